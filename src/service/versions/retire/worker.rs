//! The work of a retirement, piece by piece.

use super::facts::FINISHED;
use crate::clock::unix_millis;
use crate::domain::access::permission::RetireVersion;
use crate::domain::audit::unrecorded::Act;
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunKind};
use crate::domain::versions::retire::{Obstacle, obstacles};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::worker::{RunProgress, Work};
use crate::store::bullmq::retire::RetireStep;
use crate::store::records::runs::held::HeldRun;

/// The work of a retirement: check whether the version may go, search all finished jobs for live flows, then remove its
/// keys step by step.
#[derive(Debug)]
pub(crate) struct Retiring {
    queue: QueueId,
    doing: RetireStage,
}

#[derive(Debug)]
enum RetireStage {
    /// Nothing was checked yet.
    Checking,
    /// Searching the finished jobs: of which state, and from which position on.
    Looking {
        state: usize,
        from: u64,
        newest_event: Option<String>,
    },
    /// Removing jobs, as long as nothing happens in the version.
    Removing { newest_event: Option<String> },
}

impl Retiring {
    async fn check(&mut self, services: &Services) -> Result<RunProgress, ServiceError> {
        let (facts, signs) = services.retire_facts(&self.queue).await?;
        let found = obstacles(&facts, services.rules.retire_quiet);
        if !found.is_empty() {
            let found: Vec<String> = found.iter().map(Obstacle::to_string).collect();
            return Err(in_use(&found.join("; ")));
        }
        self.doing = RetireStage::Looking {
            state: 0,
            from: 0,
            newest_event: signs.newest_event,
        };
        Ok(RunProgress::More)
    }

    async fn remove(
        &self,
        services: &Services,
        held: &HeldRun<RetireVersion>,
    ) -> Result<RunProgress, ServiceError> {
        let RetireStage::Removing { newest_event } = &self.doing else {
            return Ok(RunProgress::More);
        };
        let seen = services.overview.now();
        if seen
            .queue(&self.queue)
            .is_some_and(|seen| seen.standing.is_current)
        {
            return Err(in_use("it is its family’s current version now"));
        }
        match services.workers_now(&self.queue).await? {
            None => {
                return Err(in_use(
                    "whether workers are connected can’t be told any more",
                ));
            }
            Some(0) => {}
            Some(workers) => return Err(in_use(&format!("workers are connected: {workers}"))),
        }
        let removed = services
            .store
            .retire_some(held, unix_millis(), newest_event.as_deref())
            .await?;
        match removed {
            RetireStep::Removed(_) => Ok(RunProgress::More),
            RetireStep::Gone => Ok(RunProgress::Done("The version is out of Redis.".to_owned())),
            RetireStep::Halted => Ok(RunProgress::Halted),
            RetireStep::InUse(what) => Err(in_use(&what)),
        }
    }
}

impl Work for Retiring {
    type Permission = RetireVersion;

    const KIND: RunKind = RunKind::Retire;

    const ACT: Act<RetireVersion> = Act::RETIRE;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        Ok(Self {
            queue: run.source.clone(),
            doing: RetireStage::Checking,
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<RetireVersion>,
    ) -> Result<RunProgress, ServiceError> {
        match &mut self.doing {
            RetireStage::Checking => self.check(services).await,
            RetireStage::Looking {
                state,
                from,
                newest_event,
            } => {
                let Some(looked_at) = FINISHED.get(*state) else {
                    let newest_event = newest_event.take();
                    self.doing = RetireStage::Removing { newest_event };
                    return Ok(RunProgress::More);
                };
                let (seen, found) = services
                    .store
                    .live_relative(&self.queue, *looked_at, *from)
                    .await?;
                if let Some(relative) = found {
                    return Err(in_use(&relative.to_string()));
                }
                (*state, *from) = match seen {
                    0 => (*state + 1, 0),
                    seen => (*state, *from + seen),
                };
                Ok(RunProgress::More)
            }
            RetireStage::Removing { .. } => self.remove(services, held).await,
        }
    }
}

fn in_use(what: &str) -> ServiceError {
    ServiceError::Bad(format!(
        "Retiring stopped, for the version may still be wanted: {what}. What had not gone by then is as it was."
    ))
}
