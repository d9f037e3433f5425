//! The work of a run that deletes jobs of a queue: drain, clean and obliterate. It goes through each state, the next to run or the
//! oldest first, and deletes some jobs with each script, which takes Redis well under 50 ms.

use std::collections::HashSet;
use std::marker::PhantomData;

use crate::clock::unix_millis;
use crate::domain::access::permission::{CleanQueue, DeletesJobs, DrainQueue, ObliterateQueue};
use crate::domain::audit::unrecorded::Act;
use crate::domain::job::cursor::JobCursor;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::on_queue::emptying::{Emptying, EmptyingSpec};
use crate::domain::run::{Run, RunKind};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::skipped_jobs::SkippedJobs;
use crate::service::runs::worker::{RunProgress, Work, broken, spec_of};
use crate::store::bullmq::jobs::walk::{Walk, WalkFields, WalkOrder};
use crate::store::bullmq::queue_operations::delete_jobs::{Deleted, Deletion, RestDeleted};
use crate::store::records::runs::held::HeldRun;

/// How many jobs one script deletes at most: about 3 ms of Redis's time (11 µs a job, Redis 7.0).
const BATCH: u64 = 250;

/// Taking a job out of a list takes as long as what lies before it: about 12 ns a job (Redis 7.0). One script passes so many
/// at most, in about 10 ms.
const PASSED: u64 = 800_000;

/// Why an obliteration ends early.
const RESUMED: &str = "the queue is not paused any more; pause it and go on with the run";
const ACTIVE: &str = "the queue has active jobs; go on with the run when they have ended";

/// Deleting jobs.
#[derive(Debug)]
pub(crate) struct DeletingJobs<A> {
    emptying: Emptying,
    /// Which of the states is at hand, and how far the pass is in it.
    at: usize,
    cursor: JobCursor,
    /// How many more may be deleted.
    left: Option<u64>,
    skipped: SkippedJobs,
    operation: PhantomData<fn() -> A>,
}

/// What each of these operations has of its own as a run.
pub(crate) trait DeletingRun: DeletesJobs {
    /// Its kind.
    const KIND: RunKind;

    /// Deletes what the queue has besides jobs, where it does.
    fn delete_rest(
        services: &Services,
        held: &HeldRun<Self>,
    ) -> impl Future<Output = Result<RestDeleted, ServiceError>> + Send;
}

impl DeletingRun for DrainQueue {
    const KIND: RunKind = RunKind::Drain;

    async fn delete_rest(_: &Services, _: &HeldRun<Self>) -> Result<RestDeleted, ServiceError> {
        Ok(RestDeleted::Gone)
    }
}

impl DeletingRun for CleanQueue {
    const KIND: RunKind = RunKind::Clean;

    async fn delete_rest(_: &Services, _: &HeldRun<Self>) -> Result<RestDeleted, ServiceError> {
        Ok(RestDeleted::Gone)
    }
}

impl DeletingRun for ObliterateQueue {
    const KIND: RunKind = RunKind::Obliterate;

    async fn delete_rest(
        services: &Services,
        held: &HeldRun<Self>,
    ) -> Result<RestDeleted, ServiceError> {
        Ok(services.store.delete_rest(held, unix_millis()).await?)
    }
}

/// Why a job was not deleted; `None` where that is as it should be.
fn skip_words(became: Deletion) -> Option<&'static str> {
    match became {
        Deletion::Deleted | Deletion::NotThere | Deletion::Young | Deletion::Freed => None,
        Deletion::Locked => Some("held by a worker"),
        Deletion::Scheduled => Some("the next job of a scheduler"),
        Deletion::OfFlow => Some("part of a flow"),
        Deletion::Refused => Some("Redis refused to delete it or to put its parent in line"),
    }
}

impl<A: DeletingRun> DeletingJobs<A> {
    /// How many jobs to look at next, in a state of which `past` were passed.
    fn batch(&self, state: JobState) -> u64 {
        let most = match state {
            JobState::Waiting | JobState::Paused | JobState::Active => {
                PASSED / (self.cursor.past() + 1)
            }
            _ => BATCH,
        };
        most.min(self.left.unwrap_or(BATCH)).clamp(1, BATCH)
    }

    fn next_state(&mut self) -> RunProgress {
        (self.at, self.cursor) = (self.at + 1, JobCursor::default());
        RunProgress::More
    }

    /// What comes behind all jobs.
    async fn end(
        &mut self,
        services: &Services,
        held: &HeldRun<A>,
    ) -> Result<RunProgress, ServiceError> {
        match A::delete_rest(services, held).await? {
            RestDeleted::More => return Ok(RunProgress::More),
            RestDeleted::Jobs => {
                // Some were added meanwhile.
                (self.at, self.cursor) = (0, JobCursor::default());
                return Ok(RunProgress::More);
            }
            RestDeleted::Halted => return Ok(RunProgress::Halted),
            RestDeleted::NotPaused => return Err(ServiceError::Bad(RESUMED.to_owned())),
            RestDeleted::Gone => {}
        }
        services.overview.look_again(&held.run().source);
        Ok(match self.skipped.write(services, held).await? {
            true => RunProgress::Done(String::new()),
            false => RunProgress::Halted,
        })
    }

    /// Counts what became of jobs; returns whether the rest of a finished state is too young.
    fn count(&mut self, state: JobState, ids: &[JobId], became: &[Deletion]) -> bool {
        let deleted = became.iter().filter(|one| **one == Deletion::Deleted);
        let deleted = deleted.count() as u64;
        self.left = self.left.map(|left| left.saturating_sub(deleted));
        for (id, one) in ids.iter().zip(became) {
            if let Some(why) = skip_words(*one) {
                self.skipped.add(id, why);
            }
        }
        // They are in the order in which they ended.
        let by_age = matches!(state, JobState::Completed | JobState::Failed);
        by_age && became.contains(&Deletion::Young)
    }
}

impl<A: DeletingRun> Work for DeletingJobs<A> {
    type Permission = A;

    const KIND: RunKind = <A as DeletingRun>::KIND;

    const ACT: Act<A> = Act::<A>::DELETE_JOBS;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        let spec: EmptyingSpec = spec_of(run)?;
        let parameters = spec.parameters(A::OPERATION, run.begun).map_err(|faults| {
            let faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            broken(run, faults.join(" "))
        })?;
        let emptying = Emptying::of(A::OPERATION, &parameters, run.begun);
        let emptying = emptying.ok_or_else(|| broken(run, "it deletes no jobs"))?;
        Ok(Self {
            left: emptying
                .limit
                .map(|limit| limit.saturating_sub(run.figures.done)),
            emptying,
            at: 0,
            cursor: JobCursor::default(),
            skipped: SkippedJobs::default(),
            operation: PhantomData,
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<A>,
    ) -> Result<RunProgress, ServiceError> {
        let state = self.emptying.states.get(self.at).copied();
        let Some(state) = state.filter(|_| self.left != Some(0)) else {
            return self.end(services, held).await;
        };
        let walk = Walk {
            queue: &held.run().source,
            state,
            order: WalkOrder::NextFirst,
        };
        let count = self.batch(state);
        let batch = services
            .store
            .walk_jobs(walk, &self.cursor, count, WalkFields::default())
            .await?;
        if batch.places.is_empty() {
            return Ok(self.next_state());
        }
        let ids = batch.jobs.into_iter().map(|job| job.id);
        let ids: Vec<JobId> = ids.collect();
        let deleted = services
            .store
            .delete_jobs(held, unix_millis(), &self.emptying, state, &ids)
            .await?;
        let became = match deleted {
            Deleted::Jobs(became) => became,
            Deleted::Halted => return Ok(RunProgress::Halted),
            Deleted::NotPaused => return Err(ServiceError::Bad(RESUMED.to_owned())),
            Deleted::HasActive => return Err(ServiceError::Bad(ACTIVE.to_owned())),
        };
        if self.count(state, &ids, &became) {
            return Ok(self.next_state());
        }
        let stays = |one: &Deletion| !matches!(one, Deletion::Deleted | Deletion::NotThere);
        let gone: HashSet<&str> = ids
            .iter()
            .zip(&became)
            .filter(|(_, one)| !stays(one))
            .map(|(id, _)| id.as_str())
            .collect();
        self.cursor.pass(&batch.places, |id| !gone.contains(id));
        Ok(RunProgress::More)
    }
}
