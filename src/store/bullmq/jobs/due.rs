//! When delayed jobs are due. BullMQ scores them by the time in milliseconds × 4096, plus a counter (4.18 to 6.7).

use super::location::due;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// A span of time, in Unix milliseconds; its end is not part of it.
pub(crate) type Span = (u64, u64);

impl Store {
    /// How many delayed jobs are due in each of these spans, with one command for each in one round trip; the caller bounds
    /// them.
    pub(crate) async fn due_counts(
        &self,
        asks: &[(&QueueId, Span)],
    ) -> Result<Vec<u64>, StoreError> {
        let mut pipeline = redis::pipe();
        for (queue, span) in asks {
            let [from, to] = scores(*span);
            let key = keys::of_state(queue, JobState::Delayed);
            pipeline.cmd("ZCOUNT").arg(key).arg(from).arg(to);
        }
        let answers = self.redis.read(&mut pipeline).await?.into_iter();
        Ok(answers
            .map(|answer| reply::number(answer).unwrap_or(0))
            .collect())
    }

    /// When the first `most` delayed jobs that are due in the span are due, of each queue; the caller bounds them.
    pub(crate) async fn due_times(
        &self,
        queues: &[&QueueId],
        span: Span,
        most: u64,
    ) -> Result<Vec<Vec<u64>>, StoreError> {
        let [from, to] = scores(span);
        let mut pipeline = redis::pipe();
        for queue in queues {
            pipeline
                .cmd("ZRANGEBYSCORE")
                .arg(keys::of_state(queue, JobState::Delayed))
                .arg(&from)
                .arg(&to)
                .arg("WITHSCORES")
                .arg("LIMIT")
                .arg(0)
                .arg(most);
        }
        let answers = self.bulk().await.read(&mut pipeline).await?.into_iter();
        let times = |answer| {
            let listed = reply::scored(answer).into_iter();
            listed.map(|(_, score)| due(score)).collect()
        };
        Ok(answers.map(times).collect())
    }
}

/// The scores that a span begins with and ends before.
fn scores((from, to): Span) -> [String; 2] {
    let score = |at: u64| u128::from(at) * 4096;
    [score(from).to_string(), format!("({}", score(to))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_time_is_one_of_scores() {
        let [from, to] = scores((1_795_897_020_000, 1_795_897_080_000));
        assert_eq!(
            (from.as_str(), to.as_str()),
            ("7355994193920000", "(7355994439680000")
        );
        scores((0, u64::MAX));
    }
}
