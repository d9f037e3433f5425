//! The ends of queues' event streams, and the checks for missed events.

use redis::Value;

use super::{StreamEnd, events_of, first_id};
use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::Question;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues one pipeline asks about.
const QUEUES_A_PIPELINE: usize = 500;

impl Store {
    /// The end of each queue's event stream, in the order of `queues`.
    pub async fn event_heads(&self, queues: &[QueueId]) -> Result<Vec<StreamEnd>, StoreError> {
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
                Value::ServerError(_) => StreamEnd::NotAStream,
                entries => StreamEnd::Stream(first_id(entries)),
            }));
        }
        Ok(heads)
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
                    Some(read_to) => lost_nothing(answer, read_to).then_some(question.from),
                    None => first_id(answer),
                });
            }
        }
        Ok(firsts)
    }
}

/// Whether XINFO shows that no entry of a stream was ever removed and its first one is no later than `read_to`. Before
/// Redis 7 it does not show it.
fn lost_nothing(info: Value, read_to: StreamId) -> bool {
    let mut fields = match info {
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(name, value)| [name, value])
            .collect(),
        other => reply::items(other),
    }
    .into_iter();
    let (mut length, mut added, mut first) = (None, None, None);
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        match reply::bytes(name).as_deref() {
            Some(b"length") => length = reply::number(value),
            Some(b"entries-added") => added = reply::number(value),
            Some(b"first-entry") => first = first_id(Value::Array(vec![value])),
            _ => {}
        }
    }
    added.is_some() && added == length && first.is_some_and(|first| first <= read_to)
}
