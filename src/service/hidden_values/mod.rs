//! What a person may see of the data of jobs. Everything that is read of a job's data, or was made from it, goes through here
//! on its way to somebody: what comes after has no hidden value that it could show, match, count or compare.
//!
//! Where no policy hides anything, or the person may see hidden values, nothing more is read and nothing is parsed.

mod jobs;
mod rows;
pub(crate) mod sight;

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::access::{Action, Actor, Operator};
use crate::domain::job::filter::JobFilter;
use crate::domain::policy::mask::Hiding;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::large_texts::blocking::spawn_blocking;
use crate::store::schema_folder::QueueHiding;
pub(crate) use jobs::mask_line;
pub(crate) use sight::{Sight, Sights, is_of_data};

impl Services {
    /// What someone without the right to see hidden values may see of the jobs of `queue`.
    pub(crate) async fn sight_without_right(&self, queue: &QueueId) -> Sight {
        if self.schemas.is_empty() {
            return Sight::default();
        }
        let lineage = self.rules.pattern.split(queue.name());
        let hiding = match self.schemas.known_hiding(&lineage) {
            Some(known) => known,
            None => {
                let schemas = Arc::clone(&self.schemas);
                let look = spawn_blocking(move || schemas.hiding(&lineage));
                look.await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the policies can't be read, so all data is hidden");
                    QueueHiding::everything()
                })
            }
        };
        Sight::without(hiding)
    }

    /// What `operator` may see of the data of the jobs of `queue`. The command line, and what the settings have Bullkeeper do by
    /// itself, see all: whoever runs them has Redis itself.
    pub(crate) async fn sight(&self, operator: &Operator, queue: &QueueId) -> Sight {
        let sees_all = matches!(operator.actor(), Actor::CommandLine | Actor::Policy(_));
        match sees_all || operator.may(Action::Reveal, queue) {
            true => Sight::default(),
            false => self.sight_without_right(queue).await,
        }
    }

    /// What `operator` may see of the data of the jobs of some queues.
    pub(crate) async fn sights(&self, operator: &Operator, queues: &[QueueId]) -> Sights {
        let mut sights = HashMap::new();
        for queue in queues {
            let sight = self.sight(operator, queue).await;
            if !sight.shows_all() {
                sights.insert(queue.clone(), sight);
            }
        }
        Sights::new(sights)
    }

    /// A filter as the log and the pages of runs tell it: without what it looks for, where that may be a hidden value.
    pub(crate) async fn told_filter(&self, queues: &[QueueId], filter: &JobFilter) -> JobFilter {
        for queue in queues {
            if !self.sight_without_right(queue).await.shows_all() {
                return filter.without_values();
            }
        }
        filter.clone()
    }

    /// What is hidden from `operator` in the data of a job named `job`.
    pub(crate) async fn hiding(&self, operator: &Operator, queue: &QueueId, job: &str) -> Hiding {
        self.sight(operator, queue).await.of_job(job)
    }
}
