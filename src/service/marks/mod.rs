//! The marks: moments that explain what the charts show.

pub mod add;
mod begin;
mod seen;
mod watch;

use std::sync::Arc;

use super::Services;
use super::error::ServiceError;
use super::live::snapshot::VersionFigures;
use crate::domain::access::Operator;
use crate::domain::access::scope::Scope;
use crate::domain::history::mark::{Mark, MarkTarget};
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;

impl Services {
    /// The marks from one time up to another, in Unix milliseconds, oldest first, of these queues as far as this person may see
    /// them.
    pub async fn read_marks(
        &self,
        operator: &Operator,
        set: &QueueSet,
        (from, to): (u64, u64),
    ) -> Result<Vec<Mark>, ServiceError> {
        let queues = self.seen_versions(operator, set).await?;
        let marks = self.store.marks_between(from, to).await?;
        let is_seen = |mark: &Mark| match &mark.target {
            // The queue may be gone by now.
            MarkTarget::Queue(queue) => operator.scope().holds(queue) && self.is_in_set(set, queue),
            MarkTarget::Pattern(pattern) => is_any_named(pattern, &queues),
        };
        Ok(marks.into_iter().filter(is_seen).collect())
    }

    fn is_in_set(&self, set: &QueueSet, queue: &QueueId) -> bool {
        match set {
            QueueSet::All => true,
            QueueSet::Family { prefix, name } => {
                queue.prefix() == prefix && self.rules.pattern.split(queue.name()).family == *name
            }
            QueueSet::Queue(only) => queue == only,
        }
    }
}

/// Whether a pattern names any of these queues.
fn is_any_named(pattern: &str, queues: &[Arc<VersionFigures>]) -> bool {
    let named = Scope::of(vec![pattern.to_owned()]);
    queues
        .iter()
        .any(|version| named.holds(&version.figures.queue))
}
