//! The history of queues: what the leader recorded of each minute, and the minutes that are not recorded yet.

use super::Services;
use super::error::ServiceError;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::history::point::{Coverage, HistoryPoint, HistoryReading};
use crate::domain::history::range::{HistoryRange, Resolution};
use crate::domain::queue::queue_set::QueueSet;

impl Services {
    /// What happened in these queues, as far as this person may see them.
    pub(crate) async fn read_history(
        &self,
        operator: &Operator,
        set: &QueueSet,
        range: HistoryRange,
    ) -> Result<HistoryReading, ServiceError> {
        let queues = self.seen_versions(operator, set).await?;
        let span = range.span(unix_millis());
        let resolution = Resolution::Hour;
        let starts = (span.0 / resolution.millis())..=(span.1 / resolution.millis());
        let points = starts.map(|at| HistoryPoint {
            start_ms: at * resolution.millis(),
            coverage: Coverage::Nothing,
            added: None,
            completed: None,
            failed: None,
            outstanding: None,
            workers: None,
            waiting: None,
            processing: None,
        });
        Ok(HistoryReading {
            resolution,
            span,
            points: points.collect(),
            queues: queues.len(),
            since_ms: None,
            bytes: 0,
        })
    }
}
