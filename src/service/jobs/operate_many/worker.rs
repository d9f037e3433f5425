//! The work of a run that does one operation to many jobs: queue after queue, batch after batch, in one pass through each state,
//! the next to run first. Each job is done by a script of its own, at most once by a run: the script looks for the run's entry about the job, so
//! that a job which stays in its state, comes back to it, or was done before the process was killed is passed over.

use std::collections::HashSet;

use super::skip_reason::{ASTRAY, UNKEPT, UNREAD, skip_words, skipped_queue};
use crate::clock::unix_millis;
use crate::domain::access::permission::{Operate, OperateMany};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::field::JobField;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::many::ManyJobsSpec;
use crate::domain::operations::parameters::Parameters;
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunKind};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sight;
use crate::service::jobs::filtered_walk::FilteredWalk;
use crate::service::runs::skipped_jobs::SkippedJobs;
use crate::service::runs::worker::{RunProgress, Work, broken, spec_of};
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};
use crate::store::bullmq::operations::job::{JobPiece, Operated};
use crate::store::records::runs::held::HeldRun;

/// How many jobs are done with one round trip to Redis, each by a short script of its own.
pub(crate) const BATCH: u64 = 100;

/// An operation on many jobs under way.
#[derive(Debug)]
pub(crate) struct Operating {
    walk: FilteredWalk,
    operation: Operation,
    parameters: Parameters,
    queues: Vec<QueueId>,
    /// Which of the queues is at hand.
    at: usize,
    skipped: SkippedJobs,
}

impl Operating {
    fn fields(&self, services: &Services, sight: &Sight) -> WalkFields {
        let fields = sight.fields(self.walk.fields());
        let fields = fields.with(JobField::Name, u64::MAX);
        match self.operation.spec().on.removes {
            true => fields.with(JobField::Data, services.rules.max_data_bytes),
            false => fields,
        }
    }
}

impl Work for Operating {
    type Permission = OperateMany;

    const KIND: RunKind = RunKind::Operate;

    const ACT: Act<OperateMany> = Act::OPERATE_MANY;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        let spec: ManyJobsSpec = spec_of(run)?;
        let operation = spec.operation();
        let operation = operation
            .ok_or_else(|| broken(run, format_args!("no operation {:?}", spec.operation)))?;
        let parameters = spec.parameters(operation, run.begun).map_err(|faults| {
            let faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            broken(run, faults.join(" "))
        })?;
        Ok(Self {
            walk: FilteredWalk::new(&spec.filter).map_err(|why| broken(run, why))?,
            operation,
            parameters,
            queues: run.sources().cloned().collect(),
            at: 0,
            skipped: SkippedJobs::default(),
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<OperateMany>,
    ) -> Result<RunProgress, ServiceError> {
        let Some(queue) = self.queues.get(self.at).cloned() else {
            let written = self.skipped.write(services, held).await?;
            return Ok(match written {
                true => RunProgress::Done(String::new()),
                false => RunProgress::Halted,
            });
        };
        match self.step_in(services, held, &queue).await {
            // One queue that can't be changed keeps no other from it.
            Err(ServiceError::Store(error)) if held.run().is_of_several() => {
                let Some(why) = skipped_queue(&error) else {
                    return Err(error.into());
                };
                tracing::warn!(%queue, %error, "a run skips a queue");
                self.skipped.add_in(self.at, "", why);
                self.next_queue();
                Ok(RunProgress::More)
            }
            progress => progress,
        }
    }
}

impl Operating {
    fn next_queue(&mut self) {
        self.at += 1;
        self.walk.restart();
    }

    /// Does the next piece of one queue.
    async fn step_in(
        &mut self,
        services: &Services,
        held: &HeldRun<OperateMany>,
        queue: &QueueId,
    ) -> Result<RunProgress, ServiceError> {
        // The filter finds what whoever began the run could find.
        let sight = services.sight(held.by(), queue).await;
        let fields = self.fields(services, &sight);
        let store = (&*services.store, &sight);
        let Some(mut next) = self.walk.next(store, queue, BATCH, fields).await? else {
            self.next_queue();
            return Ok(RunProgress::More);
        };
        let mut astray = Vec::new();
        for id in std::mem::take(&mut next.astray) {
            // The run may have brought it to where it is, before its process was killed.
            if !services.store.was_done_by_run(held, &id).await? {
                astray.push(id);
            }
        }
        let limit = services.rules.max_data_bytes;
        let (mut ids, mut pieces) = (Vec::new(), Vec::new());
        let mut unkept = Vec::new();
        for job in std::mem::take(&mut next.jobs) {
            if job.data_size() > limit {
                unkept.push(job.id);
                continue;
            }
            let id = job.id.clone();
            let (operation, parameters) = (self.operation, &self.parameters);
            let piece = services.piece(held, (operation, parameters), queue, job);
            match piece.await {
                Err(ServiceError::Unkept(_)) => unkept.push(id),
                piece => {
                    ids.push(id);
                    pieces.push(piece?);
                }
            }
        }
        let came = services
            .store
            .operate_in_run(held, self.operation, &pieces, unix_millis())
            .await?;
        let Some(came) = services.came_of_pieces(queue, &ids, came).await? else {
            return Ok(RunProgress::Halted);
        };
        let mut gone = HashSet::new();
        for (id, came) in ids.iter().zip(came) {
            match came.map(|came| (came, skip_words(came))) {
                Err(why) | Ok((_, Some(why))) => {
                    self.skipped.add_in(self.at, id.as_str(), why);
                }
                Ok((Operated::DoneBefore, None)) => {}
                Ok((_, None)) => {
                    gone.insert(id.as_str());
                }
            }
        }
        for id in &unkept {
            self.skipped.add_in(self.at, id.as_str(), UNKEPT);
        }
        for id in &next.unread {
            self.skipped.add_in(self.at, id.as_str(), UNREAD);
        }
        for id in &astray {
            self.skipped.add_in(self.at, id.as_str(), ASTRAY);
        }
        self.walk.pass(&next, |id| !gone.contains(id));
        Ok(RunProgress::More)
    }
}

impl Services {
    /// One job's piece of the run: its permit, and the entry with what goes where the job does.
    async fn piece(
        &self,
        held: &HeldRun<OperateMany>,
        (operation, parameters): (Operation, &Parameters),
        queue: &QueueId,
        mut job: WalkedJob,
    ) -> Result<JobPiece, ServiceError> {
        let run = held.run();
        let target = JobOperation {
            operation,
            job: JobRef::new(queue, &job.id),
        };
        let permit = held.by().permit::<Operate>(target);
        let permit = permit.map_err(ServiceError::Denied)?;
        let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied)
            .in_state(job.state)
            .of_run(&run.id, None)
            .noting(parameters.words());
        let mut parameters = parameters.for_script();
        let entry = match operation.spec().on.removes {
            false => {
                let documents = || vec![job.data().to_vec()];
                entry.reason(&self.kept_reason_in(queue, &run.reason, documents).await?)
            }
            true => {
                let data = job.take_data();
                let (entry, digest) = self
                    .keep_data_of(entry, (queue, &job.name()), data, &run.reason)
                    .await?;
                parameters.push(digest);
                entry
            }
        };
        Ok(JobPiece { entry, parameters })
    }
}
