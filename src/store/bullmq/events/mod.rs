//! Reads queues' event streams: plain XREAD, on a connection of its own that blocks.

pub(crate) mod gaps;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::keys;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::queue::event::{Event, EventKind, StreamId};
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::{Redis, Store};

/// The most entries that one read takes of each stream. A stream with more is read again at once.
const MOST_ENTRIES: usize = 1000;

/// The sizes, in bytes, that one stream's part of a reply and a whole reply should not exceed. An event may carry a job's
/// whole return value, and a thousand of those would occupy Redis for seconds.
const WANTED_OF_STREAM: usize = 1_000_000;
const WANTED_REPLY: usize = 16_000_000;

/// The end of a queue's event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// The stream can be followed from its newest entry on; `None` if it is empty.
    Stream(Option<StreamId>),
    /// The key is not a stream and can't be followed.
    NotAStream,
}

/// What is known of a stream before it is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamStart {
    /// Its end.
    pub end: StreamEnd,
    /// Its last entry before the moment that was asked for.
    pub before: Option<StreamId>,
    /// Its first entry, if there is none before that moment.
    pub first: Option<StreamId>,
    /// Whether there is none before that moment, and none was ever removed.
    pub is_all: bool,
}

/// The events of one queue that one read returned.
#[derive(Debug)]
pub struct ReadEvents {
    pub queue: QueueId,
    /// Its events, oldest first; never empty.
    pub events: Vec<Event>,
}

/// The result of one read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The queues that had events.
    pub heard: Vec<ReadEvents>,
    /// Whether a stream has more entries than were taken.
    pub more: bool,
}

/// A connection that blocks while it waits for events, so that nothing else can use it.
#[derive(Debug)]
pub struct EventReader {
    connection: Option<(u64, MultiplexedConnection)>,
    /// How many entries to take of each stream.
    entries: usize,
    /// How many streams to read at once, starting with which; all, unless their events are huge.
    streams: usize,
    first: usize,
}

impl Default for EventReader {
    fn default() -> Self {
        Self {
            connection: None,
            entries: MOST_ENTRIES / 10,
            streams: usize::MAX,
            first: 0,
        }
    }
}

impl Store {
    /// Waits at most `patience` for events after `places`, and returns those that are there.
    pub async fn read_events(
        &self,
        reader: &mut EventReader,
        places: &[(QueueId, StreamId)],
        patience: Duration,
    ) -> Result<Reading, StoreError> {
        let some = reader.next_of(places);
        // If only some streams are read at once, the read does not wait, since the others' turn comes next.
        let wait = match some.len() < places.len() {
            true => Duration::from_millis(1),
            false => patience,
        };
        let answer = reader.ask(&self.redis, some, wait, patience).await;
        if answer.is_err() {
            reader.connection = None;
            // The reply may have been too large to arrive in time, so the next one is smaller.
            reader.entries = 1;
            reader.streams = (some.len() / 2).max(1);
        }
        let mut reading = reader.take(answer?, some);
        reading.more |= some.len() < places.len();
        Ok(reading)
    }
}

impl EventReader {
    /// The streams whose turn it is.
    fn next_of<'a>(&mut self, places: &'a [(QueueId, StreamId)]) -> &'a [(QueueId, StreamId)] {
        if self.streams >= places.len() {
            return places;
        }
        let first = if self.first < places.len() {
            self.first
        } else {
            0
        };
        let last = first.saturating_add(self.streams).min(places.len());
        self.first = last;
        &places[first..last]
    }

    async fn ask(
        &mut self,
        redis: &Redis,
        places: &[(QueueId, StreamId)],
        wait: Duration,
        longest_wait: Duration,
    ) -> Result<Value, StoreError> {
        // After a failover the old connection may lead to a server that is now a replica.
        let generation = redis.generation();
        let mut connection = match self.connection.take() {
            Some((of, connection)) if of == generation => connection,
            _ => redis.waiting_connection(longest_wait).await?,
        };
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(self.entries);
        // 0 would wait forever.
        read.arg("BLOCK").arg(wait.as_millis().max(1).to_string());
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
        let mut reading = Reading::default();
        let (mut entries, mut bytes) = (0, 0);
        let streams = reply::items(answer);
        // Most readings end with nothing.
        let asked = places.iter().filter(|_| !streams.is_empty());
        let by_key: HashMap<String, &QueueId> =
            asked.map(|(queue, _)| (events_of(queue), queue)).collect();
        for stream in streams {
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
                reading.heard.push(ReadEvents { queue, events });
            }
        }
        if let Some(size) = bytes.checked_div(entries) {
            self.entries = (WANTED_OF_STREAM / size.max(1)).clamp(1, MOST_ENTRIES);
        }
        if bytes > WANTED_REPLY {
            self.streams = (places.len() / 2).max(1);
        } else if bytes < WANTED_REPLY / 4 {
            self.streams = self.streams.saturating_mul(2);
        }
        reading
    }
}

pub(crate) fn events_of(queue: &QueueId) -> String {
    keys::of_queue(queue, "events")
}

pub(crate) fn first_id(entries: Value) -> Option<StreamId> {
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
