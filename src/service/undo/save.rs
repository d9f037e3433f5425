//! Writes the undo of an edit together with its audit entry.

use super::refusal::UndoRefusal;
use super::target::UndoTarget;
use super::{CheckedUndo, UndoLooked};
use crate::domain::access::permission::EditData;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::edit::undo::DataField;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobState, Revision};
use crate::service::Services;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::demanded::unasked;
use crate::service::edit::recorded_change::{keep, keep_removed};
use crate::service::error::ServiceError;
use crate::service::jobs::operate::OperationOutcome;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::update_data::{Beside, DataUpdate, Updated};

/// The result of undoing an edit.
#[derive(Debug)]
pub enum UndoSaved {
    /// The data is what it was before the edit.
    Saved {
        /// The result of the retry, if one was asked for.
        retry: Option<OperationOutcome>,
    },
    /// Nothing was written: what was read now is not what the person saw, or can't be undone.
    Not(Box<UndoLooked>),
    /// Nothing was written, because of the reason.
    BadReason(BadReason),
}

/// How often a write that another one overtook is looked at again.
const TRIES: usize = 3;

impl Services {
    /// Undoes an edit, with the audit entry of that, or does neither; then retries the job if that was asked for.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %target.queue, job = %target.id))]
    pub async fn save_undo(
        &self,
        operator: &Operator,
        target: &UndoTarget,
        reason: &str,
        then_retry: bool,
    ) -> Result<UndoSaved, ServiceError> {
        let (queue, id) = (&target.queue, &target.id);
        let permit = self
            .permit::<EditData>(operator, JobRef::new(queue, id))
            .await?;
        let saved = self.try_undo(&permit, target, reason).await?;
        self.overview.touch(queue, id);
        match saved {
            UndoSaved::Saved { .. } if then_retry => {
                let retry = self.then_retry(operator, queue, id, reason).await;
                Ok(UndoSaved::Saved { retry: Some(retry) })
            }
            saved => Ok(saved),
        }
    }

    async fn try_undo(
        &self,
        permit: &Permit<EditData>,
        target: &UndoTarget,
        reason: &str,
    ) -> Result<UndoSaved, ServiceError> {
        for _ in 0..TRIES {
            let job = match self.job_to_undo(target).await? {
                Ok(job) => job,
                Err(refusal) => {
                    let looked = UndoLooked::Refused(refusal);
                    return Ok(self.not_undone(permit, target, None, reason, looked).await);
                }
            };
            let state = Some(job.state);
            let undo = match self.checked_undo(permit.by(), target, job).await? {
                Ok(undo) => undo,
                Err(looked) => {
                    return Ok(self.not_undone(permit, target, state, reason, looked).await);
                }
            };
            let policy = self.policy_for(&target.queue, &undo.change.job.name).await;
            if let Err(bad) = self.rules.reason_under(&[&policy], reason) {
                return Ok(UndoSaved::BadReason(bad));
            }
            let (undo, entry) = self.entry_of_undo(permit, target, undo, reason).await?;
            let entry = entry.under_policy(&policy);
            let update = DataUpdate {
                before: (!undo.change.job.lacks_data).then_some(&undo.change.job.data),
                after: match &undo.before {
                    DataField::Absent => None,
                    DataField::Bytes(bytes) => Some(bytes),
                },
            };
            let limit = undo.change.demands.limit.clone();
            let beside = limit.as_ref().map_or(Beside::Nothing, Beside::Limit);
            let updated = self.store.update_data_beside(&entry, update, beside).await;
            let refusal = match self.witnessed(entry.as_entry(), updated)? {
                Updated::Saved(_) => return Ok(UndoSaved::Saved { retry: None }),
                Updated::Gone => UndoRefusal::Gone,
                Updated::Locked => UndoRefusal::Job(Refusal::Locked),
                Updated::Active => UndoRefusal::Job(Refusal::Active),
                Updated::Limited(wait) => match limit {
                    Some(limit) => UndoRefusal::Data(EditRejection::Limited(limit, wait)),
                    None => return Err(unasked()),
                },
                Updated::Unmet(_) => return Err(unasked()),
                // What is stored now says what was changed, and that it was.
                Updated::Stale => continue,
            };
            let looked = UndoLooked::Refused(refusal);
            return Ok(self.not_undone(permit, target, state, reason, looked).await);
        }
        Err(ServiceError::Busy(
            "The job's data is changed all the time. Nothing was undone.".to_owned(),
        ))
    }

    async fn entry_of_undo(
        &self,
        permit: &Permit<EditData>,
        target: &UndoTarget,
        undo: CheckedUndo,
        reason: &str,
    ) -> Result<(CheckedUndo, UnrecordedEntry<EditData>), ServiceError> {
        let job = &undo.change.job;
        let mut entry = UnrecordedEntry::new(permit, Act::EDIT, AuditOutcome::Applied)
            .in_state(job.state)
            .undoing(&target.recorded.id);
        if let Some(schema) = &undo.change.schema {
            entry = entry.under_schema(schema.name(), schema.hash());
        }
        let redactor = self.redactor_for(&target.queue, Some(&job.name)).await?;
        let seal = |bytes: &[u8]| redactor.seal(Revision::of(bytes).as_str());
        entry = match job.lacks_data {
            true => entry.noting("the job had no data field"),
            false => entry.data_before(seal(&job.data)),
        };
        entry = match &undo.before {
            DataField::Absent => entry.noting_also("the job has no data field again"),
            DataField::Bytes(bytes) => entry.data_after(seal(bytes)),
        };
        let size = job.data.len() + undo.before.bytes().len();
        let reason = reason.to_owned();
        let work = move || {
            let stored = &undo.change.job.data;
            let kept = match undo.before.bytes().is_empty() {
                // A patch needs two documents: all of the data is kept where none is left.
                true => keep_removed(stored, &reason, &redactor).map_err(|why| why.to_string()),
                false => keep(stored, &undo.change.after, &reason, &redactor),
            };
            (undo, kept)
        };
        let (undo, kept) = run_blocking(size, work).await?;
        let (kept, reason) = kept.map_err(ServiceError::Bad)?;
        Ok((undo, kept.put_in(entry).reason(&reason)))
    }

    /// Records an undo that was asked for and not done, and passes on why.
    async fn not_undone(
        &self,
        permit: &Permit<EditData>,
        target: &UndoTarget,
        state: Option<JobState>,
        reason: &str,
        looked: UndoLooked,
    ) -> UndoSaved {
        let (outcome, cause) = match &looked {
            UndoLooked::Refused(UndoRefusal::Undone) | UndoLooked::Ready(_) => {
                return UndoSaved::Not(Box::new(looked));
            }
            UndoLooked::Changed(_) => (
                AuditOutcome::Conflict,
                "the data was changed since".to_owned(),
            ),
            UndoLooked::Refused(refusal) => {
                let outcome = match refusal {
                    UndoRefusal::Job(_) => AuditOutcome::Conflict,
                    UndoRefusal::Data(_) | UndoRefusal::NotJson => AuditOutcome::Invalid,
                    _ => AuditOutcome::Failed,
                };
                (outcome, refusal.to_string())
            }
        };
        let reason = self
            .kept_reason_for(&target.queue, &target.id, reason)
            .await;
        let mut entry = Entry::of(permit, AuditAction::EditData, outcome)
            .on_job(&target.id, state)
            .reason(&reason.unwrap_or_default())
            .because(cause);
        entry.undoes = target.recorded.id.clone();
        self.note(&entry).await;
        UndoSaved::Not(Box::new(looked))
    }
}
