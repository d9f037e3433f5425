//! The queues of a set that a person may see.

use crate::domain::access::{Action, Operator};
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::VersionFigures;

impl Services {
    /// The queues of the set that this person may see. A queue or a family that does not exist, or that the person may not see,
    /// is refused.
    pub(crate) async fn seen_queues(
        &self,
        operator: &Operator,
        set: &QueueSet,
    ) -> Result<Vec<QueueId>, ServiceError> {
        match set {
            QueueSet::Queue(queue) => {
                self.check_queue(operator, queue).await?;
                return Ok(vec![queue.clone()]);
            }
            QueueSet::Family { prefix, name } => {
                self.family(operator, prefix, name).await?;
            }
            QueueSet::All => self.overview.ready().await,
        }
        let snapshot = self.overview.now();
        let seen = |version: &VersionFigures| operator.may(Action::View, &version.figures.queue);
        let queue = |version: &VersionFigures| version.figures.queue.clone();
        Ok(match set {
            QueueSet::Family { prefix, name } => {
                let versions = snapshot.family(prefix, name);
                versions
                    .filter(|one| seen(one))
                    .map(|one| queue(one))
                    .collect()
            }
            _ => {
                let all = snapshot.queues.iter();
                all.filter(|one| seen(one)).map(|one| queue(one)).collect()
            }
        })
    }
}
