//! The ends of queues' event streams, and the checks for missed events.

use redis::Value;

use super::{StreamEnd, StreamStart, events_of, first_id};
use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::Question;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues one pipeline asks about.
const QUEUES_A_PIPELINE: usize = 500;

impl Store {
    /// What is known of each queue's event stream around `since_ms` (Unix milliseconds of Redis's clock), in the order of
    /// `queues`.
    pub async fn event_starts(
        &self,
        queues: &[QueueId],
        since_ms: u64,
    ) -> Result<Vec<StreamStart>, StoreError> {
        let mut starts = Vec::with_capacity(queues.len());
        // Without a number, the end of a range is the last entry of that millisecond.
        let before = since_ms.saturating_sub(1).to_string();
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                for end in ["+", &before] {
                    pipeline
                        .cmd("XREVRANGE")
                        .arg(events_of(queue))
                        .arg(&[end, "-", "COUNT", "1"]);
                }
            }
            let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
            while let (Some(end), Some(before)) = (answers.next(), answers.next()) {
                starts.push(StreamStart {
                    end: match end {
                        Value::ServerError(_) => StreamEnd::NotAStream,
                        entries => StreamEnd::Stream(first_id(entries)),
                    },
                    before: first_id(before),
                    first: None,
                    is_all: false,
                });
            }
        }
        self.look_for_firsts(queues, &mut starts).await?;
        Ok(starts)
    }

    /// Looks up the first entry of the streams that have none before the moment.
    async fn look_for_firsts(
        &self,
        queues: &[QueueId],
        starts: &mut [StreamStart],
    ) -> Result<(), StoreError> {
        let without = |start: &StreamStart| {
            start.before.is_none() && matches!(start.end, StreamEnd::Stream(Some(_)))
        };
        let mut unclear: Vec<(&QueueId, &mut StreamStart)> = (queues.iter().zip(starts))
            .filter(|(_, start)| without(start))
            .collect();
        for some in unclear.chunks_mut(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for (queue, _) in some.iter() {
                pipeline.cmd("XINFO").arg("STREAM").arg(events_of(queue));
            }
            let answers = self.redis.read(&mut pipeline).await?;
            for ((_, start), answer) in some.iter_mut().zip(answers) {
                let stream = StreamInfo::of(answer);
                start.first = stream.first;
                start.is_all = stream.lost_nothing();
            }
        }
        Ok(())
    }

    /// The answer to each question about a stream, in the order of `questions`: its first entry from there on.
    pub async fn first_events(
        &self,
        questions: &[(QueueId, Question)],
    ) -> Result<Vec<Option<StreamId>>, StoreError> {
        let mut firsts = Vec::with_capacity(questions.len());
        for some in questions.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for (queue, question) in some {
                match question.of_all() {
                    Some(_) => pipeline.cmd("XINFO").arg("STREAM").arg(events_of(queue)),
                    None => pipeline
                        .cmd("XRANGE")
                        .arg(events_of(queue))
                        .arg(question.from.to_string())
                        .arg(&["+", "COUNT", "1"]),
                };
            }
            let answers = self.redis.read(&mut pipeline).await?;
            for ((_, question), answer) in some.iter().zip(answers) {
                firsts.push(match question.of_all() {
                    Some(read_to) => {
                        let stream = StreamInfo::of(answer);
                        let is_read = stream.first.is_some_and(|first| first <= read_to);
                        (stream.lost_nothing() && is_read).then_some(question.from)
                    }
                    None => first_id(answer),
                });
            }
        }
        Ok(firsts)
    }
}

/// What XINFO says of a stream.
#[derive(Default)]
struct StreamInfo {
    length: Option<u64>,
    added: Option<u64>,
    first: Option<StreamId>,
}

impl StreamInfo {
    fn of(info: Value) -> Self {
        let mut fields = match info {
            Value::Map(pairs) => pairs
                .into_iter()
                .flat_map(|(name, value)| [name, value])
                .collect(),
            other => reply::items(other),
        }
        .into_iter();
        let mut stream = Self::default();
        while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
            match reply::bytes(name).as_deref() {
                Some(b"length") => stream.length = reply::number(value),
                Some(b"entries-added") => stream.added = reply::number(value),
                Some(b"first-entry") => stream.first = first_id(Value::Array(vec![value])),
                _ => {}
            }
        }
        stream
    }

    /// Whether no entry was ever removed. Before Redis 7 it does not show it.
    fn lost_nothing(&self) -> bool {
        self.added.is_some() && self.added == self.length
    }
}
