//! The changes of a batch, ready to be written: what the entry of each keeps, and its permits.

use super::judged::JudgedJob;
use crate::clock::unix_millis;
use crate::domain::access::permission::{EditData, Operate, RepairMany};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::policy::PolicyInForce;
use crate::domain::repair::verdict::{RepairSkip, RepairVerdict};
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::edit::recorded_change::{RecordedChange, keep};
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::job::Operated;
use crate::store::bullmq::operations::repair::RepairPiece;
use crate::store::records::runs::held::HeldRun;

/// A job whose piece was written, and what came of that, or why it is skipped.
pub(crate) type WrittenPiece = (JobId, Result<Operated, &'static str>);

/// A change that is ready to be written.
#[derive(Debug)]
pub(super) struct ReadyChange {
    id: JobId,
    state: JobState,
    schema: InForce,
    policy: PolicyInForce,
    before: Vec<u8>,
    after: String,
    /// The digests of both, as the entry keeps them.
    digests: [String; 2],
    kept: RecordedChange,
    reason: String,
}

/// One job's piece of the run: its permits, and the entries, of the run's batch.
pub(super) fn piece(
    held: &HeldRun<RepairMany>,
    ready: ReadyChange,
    retry: bool,
) -> Result<RepairPiece, ServiceError> {
    let (run, by) = (held.run(), held.by());
    let job = JobRef::new(&run.source, &ready.id);
    let permit = by.permit::<EditData>(job.clone());
    let permit = permit.map_err(ServiceError::Denied)?;
    let [before, after] = ready.digests;
    let mut entry = UnrecordedEntry::new(&permit, Act::EDIT, AuditOutcome::Applied)
        .in_state(ready.state)
        .of_run(&run.id, None)
        .data_before(before)
        .data_after(after);
    if let InForce::Schema(schema) = &ready.schema {
        entry = entry.under_schema(schema.name(), schema.hash());
    }
    let retry = match retry {
        false => None,
        true => {
            let operation = Operation::Retry;
            let permit = by.permit::<Operate>(JobOperation { operation, job });
            let permit = permit.map_err(ServiceError::Denied)?;
            let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied)
                .in_state(ready.state)
                .of_run(&run.id, None)
                .reason(&ready.reason);
            Some(entry)
        }
    };
    Ok(RepairPiece {
        entry: ready
            .kept
            .put_in(entry)
            .reason(&ready.reason)
            .under_policy(&ready.policy),
        retry,
        before: ready.before,
        after: ready.after,
        state: ready.state,
    })
}

/// The jobs that change, those that stay, and how many are right already.
pub(super) type Sorted = (Vec<ReadyChange>, Vec<(JobId, RepairSkip)>, u64);

impl Services {
    /// Sorts judged jobs, and finds out what the entries of those that change keep, as an edit's entry does.
    pub(super) async fn ready_changes(
        &self,
        held: &HeldRun<RepairMany>,
        judged: Vec<JudgedJob>,
    ) -> Result<Sorted, ServiceError> {
        let names = judged.iter().map(|one| one.job.name().into_owned());
        let redactors = self.redactors_for(&held.run().source, names).await?;
        let why = held.run().reason.clone();
        let size = judged.iter().map(|one| 2 * one.job.data().len()).sum();
        let lacks_ticket: Vec<bool> = judged
            .iter()
            .map(|one| self.has_no_ticket(&one.policy, &why))
            .collect();
        let sorted = move || {
            let (mut ready, mut stays, mut right) = (Vec::new(), Vec::new(), 0);
            for (at, mut one) in judged.into_iter().enumerate() {
                let after = match one.verdict {
                    RepairVerdict::Right => {
                        right += 1;
                        continue;
                    }
                    RepairVerdict::Stays(why, _) => {
                        stays.push((one.job.id, why));
                        continue;
                    }
                    RepairVerdict::Changes(..) if lacks_ticket[at] => {
                        stays.push((one.job.id, RepairSkip::NoTicket));
                        continue;
                    }
                    RepairVerdict::Changes(after, _) => after,
                };
                let redactor = &redactors[one.job.name().as_ref()];
                let before = one.job.take_data().unwrap_or_default();
                let digest = |bytes: &[u8]| redactor.seal(Revision::of(bytes).as_str());
                let digests = [digest(&before), digest(after.as_bytes())];
                match keep(&before, &after, &why, redactor) {
                    Ok((kept, reason)) => ready.push(ReadyChange {
                        state: one.job.state,
                        id: one.job.id,
                        schema: one.policy.schema,
                        policy: one
                            .policy
                            .repair
                            .first()
                            .cloned()
                            .unwrap_or(PolicyInForce::Nothing),
                        before,
                        after,
                        digests,
                        kept,
                        reason,
                    }),
                    Err(error) => {
                        tracing::warn!(error, job = %one.job.id, "a change can't be kept");
                        stays.push((one.job.id, RepairSkip::Failed));
                    }
                }
            }
            (ready, stays, right)
        };
        run_blocking(size, sorted).await
    }

    /// Writes the pieces of a run that changes data; what came of each, or why it is skipped. `None` if the run is not held any more.
    pub(crate) async fn write_pieces(
        &self,
        held: &HeldRun<RepairMany>,
        pieces: &[RepairPiece],
    ) -> Result<Option<Vec<WrittenPiece>>, ServiceError> {
        let came = self
            .store
            .repair_in_run(held, pieces, unix_millis())
            .await?;
        let id_of = |piece: &RepairPiece| piece.entry.permit().target().id.clone();
        let ids: Vec<JobId> = pieces.iter().map(id_of).collect();
        let came = self.came_of_pieces(&held.run().source, &ids, came).await?;
        Ok(came.map(|came| ids.into_iter().zip(came).collect()))
    }
}
