//! The work of a run that undoes another one's edits: one part of the log after the other, newest first. Each job is changed by a script
//! of its own, which compares its bytes, writes its entry and counts it, at most once by a run. So going on after the process was
//! killed does nothing twice.

use super::cursor::UndoCursor;
use super::judged::{BATCH, JudgedUndo, ReadyJob};
use crate::domain::access::permission::{EditData, RepairMany};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, Revision};
use crate::domain::run::{Run, RunKind};
use crate::domain::schema::in_force::InForce;
use crate::domain::undo_run::{UndoRunSpec, UndoSkip};
use crate::service::Services;
use crate::service::edit::recorded_change::keep;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::runs::skipped_jobs::SkippedJobs;
use crate::service::runs::worker::{RunProgress, Work, spec_of};
use crate::store::bullmq::operations::job::Operated;
use crate::store::bullmq::operations::repair::RepairPiece;
use crate::store::records::runs::held::HeldRun;

/// An undo of a run under way.
#[derive(Debug)]
pub(crate) struct UndoingRun {
    spec: UndoRunSpec,
    cursor: UndoCursor,
    /// Edits that were found and not judged yet.
    waiting: Vec<LoggedEntry>,
    skipped: SkippedJobs,
}

impl Work for UndoingRun {
    type Permission = RepairMany;

    const KIND: RunKind = RunKind::Undo;

    const ACT: Act<RepairMany> = Act::UNDO_RUN;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        Ok(Self {
            spec: spec_of(run)?,
            cursor: UndoCursor::default(),
            waiting: Vec::new(),
            skipped: SkippedJobs::default(),
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<RepairMany>,
    ) -> Result<RunProgress, ServiceError> {
        if self.waiting.is_empty() {
            let part = services.edits_of_run(&self.spec, &mut self.cursor).await?;
            if part.end {
                let written = self.skipped.write(services, held).await?;
                return Ok(match written {
                    true => RunProgress::Done(String::new()),
                    false => RunProgress::Halted,
                });
            }
            self.waiting = part.edits;
            return Ok(RunProgress::More);
        }
        let some = self.waiting.len().min(BATCH);
        // Whatever fails is tried again with the same edits.
        if !self
            .undo(services, held, self.waiting[..some].to_vec())
            .await?
        {
            return Ok(RunProgress::Halted);
        }
        self.waiting.drain(..some);
        Ok(RunProgress::More)
    }
}

impl UndoingRun {
    /// Undoes these edits; `false` if the run is not held.
    async fn undo(
        &mut self,
        services: &Services,
        held: &HeldRun<RepairMany>,
        edits: Vec<LoggedEntry>,
    ) -> Result<bool, ServiceError> {
        let queue = &held.run().source;
        let (mut ready, mut stays) = (Vec::new(), Vec::new());
        let asked = (queue, Some(held.run().reason.as_str()));
        for one in services.judge_undo(held.by(), asked, edits).await? {
            match one {
                JudgedUndo::Ready(job) => ready.push(job),
                JudgedUndo::Stays(id, why) => stays.push((id, why)),
            }
        }
        let (pieces, unkept) = services.undo_pieces(held, ready).await?;
        stays.extend(unkept);
        let Some(written) = services.write_pieces(held, &pieces).await? else {
            return Ok(false);
        };
        for (id, came) in written {
            match came {
                Ok(came) if came.is_done() => {}
                Ok(came) => self.skipped.add(&id, skip_of(came).words()),
                Err(words) => self.skipped.add(&id, words),
            }
        }
        for (id, why) in stays {
            // The run may have done it before its process was killed, whatever became of the job since.
            if !services.store.was_done_by_run(held, &id).await? {
                self.skipped.add(&id, why.words());
            }
        }
        Ok(true)
    }
}

/// Why the script left a job as it is.
fn skip_of(came: Operated) -> UndoSkip {
    match came {
        Operated::Gone => UndoSkip::Gone,
        Operated::Locked => UndoSkip::Locked,
        Operated::WrongState => UndoSkip::Moved,
        Operated::Changed => UndoSkip::Changed,
        Operated::TooLarge => UndoSkip::TooLarge,
        _ => UndoSkip::Failed,
    }
}

/// The pieces of a batch, and the jobs whose change can't be kept.
type Pieces = (Vec<RepairPiece>, Vec<(JobId, UndoSkip)>);

impl Services {
    /// Finds out what the entries keep, as an edit's entry does, and makes a piece of each job.
    async fn undo_pieces(
        &self,
        held: &HeldRun<RepairMany>,
        ready: Vec<ReadyJob>,
    ) -> Result<Pieces, ServiceError> {
        let names = ready.iter().map(|job| job.name.clone());
        let redactors = self.redactors_for(&held.run().source, names).await?;
        let reason = held.run().reason.clone();
        let size = ready.iter().map(|job| 2 * job.now.len()).sum();
        let kept = run_blocking(size, move || {
            let keep_of = |job: ReadyJob| {
                let redactor = &redactors[&job.name];
                let digest = |bytes: &[u8]| redactor.seal(Revision::of(bytes).as_str());
                let digests = [digest(&job.now), digest(job.before.as_bytes())];
                let kept = keep(&job.now, &job.before, &reason, redactor);
                (job, digests, kept)
            };
            ready.into_iter().map(keep_of).collect::<Vec<_>>()
        });
        let (mut pieces, mut unkept) = (Vec::new(), Vec::new());
        let (run, by) = (held.run(), held.by());
        for (job, [now, before], kept) in kept.await? {
            let (kept, reason) = match kept {
                Ok(kept) => kept,
                Err(error) => {
                    tracing::warn!(error, job = %job.id, "the undo of a change can't be kept");
                    unkept.push((job.id, UndoSkip::Failed));
                    continue;
                }
            };
            let permit = by.permit::<EditData>(JobRef::new(&run.source, &job.id));
            let permit = permit.map_err(ServiceError::Denied)?;
            let mut entry = UnrecordedEntry::new(&permit, Act::EDIT, AuditOutcome::Applied)
                .in_state(job.state)
                .of_run(&run.id, None)
                .undoing(&job.entry)
                .data_before(now)
                .data_after(before);
            if let InForce::Schema(schema) = &job.schema {
                entry = entry.under_schema(schema.name(), schema.hash());
            }
            pieces.push(RepairPiece {
                entry: kept.put_in(entry).reason(&reason).under_policy(&job.policy),
                retry: None,
                before: job.now,
                after: job.before,
                state: job.state,
            });
        }
        Ok((pieces, unkept))
    }
}
