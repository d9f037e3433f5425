//! BullMQ's own metrics of a queue, if its workers keep them.

use redis::Value;

use super::keys;
use crate::domain::queue::QueueId;
use crate::domain::stats::series::Metrics;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues one pipeline asks about.
const QUEUES_A_PIPELINE: usize = 500;

/// How many commands one queue takes.
const COMMANDS_A_QUEUE: usize = 4;

/// How many of the newest points are read: a series holds an hour.
const POINTS: isize = 60;

/// What workers counted of a queue's finished and failed jobs; `None` if they don't count.
#[derive(Debug, Clone, Default)]
pub struct QueueMetrics {
    /// Completed jobs.
    pub finished: Option<Metrics>,
    /// Failed jobs.
    pub failed: Option<Metrics>,
}

impl Store {
    /// The metrics of each of `queues`, in their order.
    pub async fn metrics(&self, queues: &[QueueId]) -> Result<Vec<QueueMetrics>, StoreError> {
        let mut all = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                for of in ["metrics:completed", "metrics:failed"] {
                    pipeline.cmd("HMGET").arg(keys::of_queue(queue, of)).arg(&[
                        "prevTS",
                        "count",
                        "prevCount",
                    ]);
                    pipeline
                        .cmd("LRANGE")
                        .arg(keys::of_queue(queue, &format!("{of}:data")))
                        .arg(&[0, POINTS - 1]);
                }
            }
            let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
            for _ in some {
                let mut of_queue = answers.by_ref().take(COMMANDS_A_QUEUE);
                all.push(QueueMetrics {
                    finished: metrics(&mut of_queue),
                    failed: metrics(&mut of_queue),
                });
            }
        }
        Ok(all)
    }
}

fn metrics(answers: &mut impl Iterator<Item = Value>) -> Option<Metrics> {
    let (fields, points) = (answers.next(), answers.next());
    let mut fields = reply::items(fields?).into_iter().map(reply::number);
    Some(Metrics {
        prev_ts_ms: fields.next().flatten()?,
        count: fields.next().flatten().unwrap_or(0),
        prev_count: fields.next().flatten().unwrap_or(0),
        points: reply::items(points?)
            .into_iter()
            .filter_map(reply::number)
            .collect(),
    })
}
