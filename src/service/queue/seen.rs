//! The queues of a set that a person may see.

use std::sync::Arc;

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
        if let QueueSet::Queue(queue) = set {
            self.check_queue(operator, queue).await?;
            return Ok(vec![queue.clone()]);
        }
        let versions = self.seen_versions(operator, set).await?;
        let queue = |version: &Arc<VersionFigures>| version.figures.queue.clone();
        Ok(versions.iter().map(queue).collect())
    }

    /// The same queues with their figures, as the snapshot has them.
    pub(crate) async fn seen_versions(
        &self,
        operator: &Operator,
        set: &QueueSet,
    ) -> Result<Vec<Arc<VersionFigures>>, ServiceError> {
        self.overview.ready().await;
        match set {
            QueueSet::All => {}
            QueueSet::Family { prefix, name } => {
                self.family(operator, prefix, name).await?;
            }
            QueueSet::Queue(queue) => {
                self.check_may(operator, Action::View, queue, None).await?;
                self.known_figures(queue).await?;
            }
        }
        let snapshot = self.overview.now();
        let is_meant = |version: &VersionFigures| {
            let queue = &version.figures.queue;
            operator.may(Action::View, queue)
                && match set {
                    QueueSet::All => true,
                    QueueSet::Family { prefix, name } => {
                        queue.prefix() == prefix && version.lineage.family == *name
                    }
                    QueueSet::Queue(only) => queue == only,
                }
        };
        let all = snapshot.queues.iter();
        Ok(all.filter(|one| is_meant(one)).cloned().collect())
    }
}
