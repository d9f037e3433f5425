//! Reading queues' event streams: plain XREAD, XREVRANGE and XRANGE, on a connection of its own where it waits.

use std::collections::HashMap;
use std::time::Duration;

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::{Redis, Store, StoreError, keys, reply};
use crate::domain::event::{Event, EventKind, StreamId};
use crate::domain::follow::Question;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// How many queues are asked in one pipeline.
const QUEUES_A_PIPELINE: usize = 500;

/// The most entries one read takes of each stream. A stream that has more is read again at once.
const MOST_ENTRIES: usize = 1000;

/// The fewest: an event may carry a job's whole return value, and a thousand of them would be a huge reply.
const LEAST_ENTRIES: usize = 10;

/// How large a reply of one stream should be at most, in bytes.
const WANTED_REPLY: usize = 1_000_000;

/// What is at the end of a queue's event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// The stream can be followed from behind its newest entry; `None` where it has none.
    Stream(Option<StreamId>),
    /// The key is no stream, and can't be followed.
    NotAStream,
}

/// What one read heard of one queue.
#[derive(Debug)]
pub struct Heard {
    /// Which queue.
    pub queue: QueueId,
    /// Its events, oldest first; never empty.
    pub events: Vec<Event>,
}

/// What one read brought.
#[derive(Debug, Default)]
pub struct Reading {
    /// The queues that had events.
    pub heard: Vec<Heard>,
    /// Whether some stream has more than was taken of it.
    pub more: bool,
}

/// A connection that waits for events: nothing else can be asked on it meanwhile.
#[derive(Debug)]
pub struct EventReader {
    connection: Option<(u64, MultiplexedConnection)>,
    /// How many entries to take of each stream.
    entries: usize,
}

impl Default for EventReader {
    fn default() -> Self {
        Self {
            connection: None,
            entries: MOST_ENTRIES / 10,
        }
    }
}

impl Store {
    /// The newest entry of each queue's event stream, in the order of `queues`.
    pub async fn event_heads(&self, queues: &[QueueId]) -> Result<Vec<Head>, StoreError> {
        let mut heads = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                pipeline
                    .cmd("XREVRANGE")
                    .arg(events_of(queue))
                    .arg(&["+", "-", "COUNT", "1"]);
            }
            let answers = self.redis.read(&mut pipeline).await?;
            heads.extend(answers.into_iter().map(|answer| match answer {
                Value::ServerError(_) => Head::NotAStream,
                entries => Head::Stream(first_id(entries)),
            }));
        }
        Ok(heads)
    }

    /// The first entry of each stream from where its question says, in the order of `questions`.
    pub async fn first_events(
        &self,
        questions: &[(QueueId, Question)],
    ) -> Result<Vec<Option<StreamId>>, StoreError> {
        let mut firsts = Vec::with_capacity(questions.len());
        for some in questions.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for (queue, question) in some {
                pipeline
                    .cmd("XRANGE")
                    .arg(events_of(queue))
                    .arg(question.from.to_string())
                    .arg(&["+", "COUNT", "1"]);
            }
            firsts.extend(
                self.redis
                    .read(&mut pipeline)
                    .await?
                    .into_iter()
                    .map(first_id),
            );
        }
        Ok(firsts)
    }

    /// Waits at most `patience` for events after `places`, and returns those that are there.
    pub async fn read_events(
        &self,
        reader: &mut EventReader,
        places: &[(QueueId, StreamId)],
        patience: Duration,
    ) -> Result<Reading, StoreError> {
        let answer = reader.ask(&self.redis, places, patience).await;
        if answer.is_err() {
            reader.connection = None;
        }
        Ok(reader.take(answer?, places))
    }
}

impl EventReader {
    async fn ask(
        &mut self,
        redis: &Redis,
        places: &[(QueueId, StreamId)],
        patience: Duration,
    ) -> Result<Value, StoreError> {
        // After a failover the old connection may lead to what is now a replica.
        let generation = redis.generation();
        let mut connection = match self.connection.take() {
            Some((of, connection)) if of == generation => connection,
            _ => redis.waiting_connection(patience).await?,
        };
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(self.entries);
        // 0 would wait for ever.
        read.arg("BLOCK")
            .arg(patience.as_millis().max(1).to_string());
        read.arg("STREAMS");
        for (queue, _) in places {
            read.arg(events_of(queue));
        }
        for (_, at) in places {
            read.arg(at.to_string());
        }
        let answer = read.query_async(&mut connection).await?;
        self.connection = Some((generation, connection));
        Ok(answer)
    }

    fn take(&mut self, answer: Value, places: &[(QueueId, StreamId)]) -> Reading {
        let by_key: HashMap<String, &QueueId> = places
            .iter()
            .map(|(queue, _)| (events_of(queue), queue))
            .collect();
        let mut reading = Reading::default();
        let (mut entries, mut bytes) = (0, 0);
        for stream in reply::items(answer) {
            let mut parts = reply::items(stream).into_iter();
            let queue = parts
                .next()
                .and_then(reply::text)
                .and_then(|key| by_key.get(&key).copied());
            let found = parts.next().map(reply::items).unwrap_or_default();
            reading.more |= found.len() >= self.entries;
            entries += found.len();
            bytes += found.iter().map(size_of_reply).sum::<usize>();
            let events: Vec<Event> = found.into_iter().filter_map(event).collect();
            if let (Some(queue), false) = (queue, events.is_empty()) {
                let queue = queue.clone();
                reading.heard.push(Heard { queue, events });
            }
        }
        if let Some(size) = bytes.checked_div(entries) {
            self.entries = (WANTED_REPLY / size.max(1)).clamp(LEAST_ENTRIES, MOST_ENTRIES);
        }
        reading
    }
}

fn events_of(queue: &QueueId) -> String {
    keys::of_queue(queue, "events")
}

fn first_id(entries: Value) -> Option<StreamId> {
    let first = reply::items(entries).into_iter().next()?;
    let id = reply::items(first).into_iter().next()?;
    reply::text(id)?.parse().ok()
}

fn event(entry: Value) -> Option<Event> {
    let mut parts = reply::items(entry).into_iter();
    let id = parts.next().and_then(reply::text)?.parse().ok()?;
    let mut fields = parts
        .next()
        .map(reply::items)
        .unwrap_or_default()
        .into_iter();
    let mut event = Event {
        id,
        kind: EventKind::Other,
        job: None,
    };
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        match reply::bytes(name).as_deref() {
            Some(b"event") => {
                event.kind = EventKind::named(&reply::text(value).unwrap_or_default());
            }
            Some(b"jobId") => event.job = reply::text(value).as_deref().and_then(JobId::new),
            _ => {}
        }
    }
    Some(event)
}

fn size_of_reply(value: &Value) -> usize {
    match value {
        Value::BulkString(bytes) => bytes.len(),
        Value::Array(items) => items.iter().map(size_of_reply).sum(),
        _ => 8,
    }
}
