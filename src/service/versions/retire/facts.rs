//! The facts about a version that may be retired, and the plan of the run.

use crate::domain::job::JobState;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::stats::memory::Memory;
use crate::domain::versions::retire::{Facts, LiveRelative};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::RunPlan;
use crate::store::bullmq::retire::SignsOfUse;

/// How many finished jobs of each state a page checks for live flows; the run checks all.
pub(crate) const LOOKED_AT: u64 = 2_000;

/// The states whose jobs are removed.
pub(crate) const FINISHED: [JobState; 2] = [JobState::Completed, JobState::Failed];

/// The plan of the run, with all that the audit log keeps.
pub(crate) fn plan(
    queue: &QueueId,
    facts: &Facts,
    memory: Option<Memory>,
    reason: &str,
) -> RunPlan {
    let Counts {
        completed, failed, ..
    } = facts.counts;
    let bytes = match memory {
        Some(memory) => format!("about {} bytes", memory.total()),
        None => "an unknown number of bytes".to_owned(),
    };
    RunPlan {
        source: queue.clone(),
        more: Vec::new(),
        target: None,
        spec: "{}".to_owned(),
        total: completed + failed,
        reason: reason.to_owned(),
        about: format!(
            "takes out {completed} completed and {failed} failed jobs with their logs, the events, metrics and settings \
             of the queue: {bytes}"
        ),
    }
}

impl Services {
    /// The current facts about a version, and its signs of use.
    pub(crate) async fn retire_facts(
        &self,
        queue: &QueueId,
    ) -> Result<(Facts, SignsOfUse), ServiceError> {
        let is_current = self.is_current(queue)?;
        let signs = self.store.signs(queue).await?;
        let looked = self.store.figures(std::slice::from_ref(queue)).await?;
        let Some(looked) = looked.into_iter().next() else {
            return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
        };
        let facts = Facts {
            counts: looked.figures.counts,
            workers: self.workers_now(queue).await?,
            unnamed_workers: looked.worker_was_there,
            schedulers: signs.schedulers,
            is_current,
            quiet: signs.quiet,
            relative: self.live_relative(queue).await?,
        };
        Ok((facts, signs))
    }

    /// How many workers are connected now; `None` if Bullkeeper can't tell.
    pub(crate) async fn workers_now(&self, queue: &QueueId) -> Result<Option<u32>, ServiceError> {
        let clients = self.store.clients().await?;
        Ok(clients.map(|clients| clients.workers_of(queue)))
    }

    /// Which version is current depends on the whole family, so the snapshot must have the queue.
    fn is_current(&self, queue: &QueueId) -> Result<bool, ServiceError> {
        match self.overview.now().queue(queue) {
            Some(seen) => Ok(seen.standing.is_current),
            None => Err(ServiceError::NotFound(format!(
                "queue {:?} among those counted so far",
                queue.name()
            ))),
        }
    }

    /// A finished job that a live flow needs, among the first jobs of each state.
    pub(crate) async fn live_relative(
        &self,
        queue: &QueueId,
    ) -> Result<Option<LiveRelative>, ServiceError> {
        for state in FINISHED {
            let mut from = 0;
            while from < LOOKED_AT {
                let (seen, found) = self.store.live_relative(queue, state, from).await?;
                if found.is_some() {
                    return Ok(found);
                }
                if seen == 0 {
                    break;
                }
                from += seen;
            }
        }
        Ok(None)
    }
}
