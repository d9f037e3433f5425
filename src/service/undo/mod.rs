//! Undoing one edit: a new edit back to the data from before it, byte for byte, which is compared, checked and audited as any
//! other. What was changed since is never overwritten.

#[cfg(test)]
mod properties;
pub(crate) mod refusal;
pub(crate) mod save;
pub(crate) mod since;
pub(crate) mod target;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::large_change::TextKept;
use crate::domain::edit::Refusal;
use crate::domain::edit::data_policy::{Change, DataPolicy};
use crate::domain::edit::undo::{DataField, data_before, was_before, was_left_by};
use crate::domain::job::{Revision, StoredJob};
use crate::domain::json::Document;
use crate::domain::policy::Hidden;
use crate::service::Services;
use crate::service::edit::assess::{CheckedEdit, EditRejection, Reviewed, demands_under, describe};
use crate::service::edit::sight::EditorSight;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use refusal::UndoRefusal;
use since::ChangedSince;
use target::{LARGEST_CHANGE, UndoTarget, is_digest};

/// An undo that may be done.
#[derive(Debug)]
pub struct ReadyUndo {
    /// What it changes: from what is stored now to what was before the edit.
    pub reviewed: Reviewed,
    /// The revision of what is stored now.
    pub revision: Revision,
    /// Whether the job had no field for data before the edit.
    pub leaves_no_field: bool,
}

/// An undo that is checked and not written yet.
#[derive(Debug)]
pub(crate) struct CheckedUndo {
    /// The change as text; of a missing or empty field what BullMQ reads.
    pub(crate) change: CheckedEdit,
    /// What will be stored.
    pub(crate) before: DataField,
}

/// What can be done about an edit.
#[derive(Debug)]
pub enum UndoLooked {
    /// It can be undone.
    Ready(Box<ReadyUndo>),
    /// The data was changed since.
    Changed(Box<ChangedSince>),
    /// It can't be undone.
    Refused(UndoRefusal),
}

/// Whether a policy hides something of a job's data from whoever asks.
pub(crate) fn hides_something(policy: &DataPolicy) -> bool {
    !policy.asker.reveal
        && policy
            .repair
            .iter()
            .any(|policy| policy.hidden() != Hidden::Nothing)
}

impl Services {
    /// The edit of an entry that this person may read, and what happened to its job since. The person must be permitted to edit
    /// the job; a refusal is recorded.
    pub async fn undo_target(
        &self,
        operator: &Operator,
        entry: &str,
    ) -> Result<Result<UndoTarget, (LoggedEntry, UndoRefusal)>, ServiceError> {
        let recorded = self.audit_entry(operator, entry).await?;
        let refusal = match recorded.entry.action.value() {
            Some(action) if action.changes_data() => None,
            Some(AuditAction::MoveJob | AuditAction::MoveJobs) => Some(UndoRefusal::Moved),
            Some(AuditAction::Operate(operation)) if operation.spec().on.removes => {
                Some(UndoRefusal::Removed)
            }
            _ => Some(UndoRefusal::NotAnEdit),
        };
        let (queue, id) = match (recorded.entry.queue_id(), recorded.entry.job.value()) {
            (Some(queue), Some(id)) if refusal.is_none() => (queue, id.clone()),
            _ => return Ok(Err((recorded, refusal.unwrap_or(UndoRefusal::NotAnEdit)))),
        };
        self.check_may(operator, Action::EditData, &queue, Some(&id))
            .await?;
        if recorded.entry.outcome != AuditOutcome::Applied {
            return Ok(Err((recorded, UndoRefusal::NotApplied)));
        }
        // A change that was too large to be shown comes as it is stored.
        let recorded = self.store.with_change(recorded, LARGEST_CHANGE).await?;
        let recorded = self.without_hidden(operator, recorded).await?;
        let since = self.since(operator, &queue, &id, &recorded.id).await?;
        let stored = self.store.audit_entry(&recorded.id).await?;
        let digests = stored.map(|stored| [stored.entry.before, stored.entry.after]);
        Ok(Ok(UndoTarget {
            digests: digests.unwrap_or_default(),
            recorded,
            queue,
            id,
            since,
        }))
    }

    /// What undoing an edit would do. Nothing is written.
    pub async fn look_at_undo(
        &self,
        operator: &Operator,
        target: &UndoTarget,
    ) -> Result<UndoLooked, ServiceError> {
        let job = match self.job_to_undo(target).await? {
            Ok(job) => job,
            Err(refusal) => return Ok(UndoLooked::Refused(refusal)),
        };
        Ok(match self.checked_undo(operator, target, job).await? {
            Ok(undo) => {
                let size = undo.change.job.data.len() + undo.change.after.len();
                let leaves_no_field = undo.before == DataField::Absent;
                let revision = undo.change.job.revision();
                let change = undo.change;
                let policy = self.policy_for(&target.queue, &change.job.name).await;
                UndoLooked::Ready(Box::new(ReadyUndo {
                    // Whoever does not see all of the data was refused above.
                    reviewed: run_blocking(size, move || {
                        describe(change, policy, &EditorSight::default())
                    })
                    .await?,
                    revision,
                    leaves_no_field,
                }))
            }
            Err(looked) => looked,
        })
    }

    async fn job_to_undo(
        &self,
        target: &UndoTarget,
    ) -> Result<Result<StoredJob, UndoRefusal>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        Ok(
            match self
                .store
                .stored_job(&target.queue, &target.id, limit)
                .await?
            {
                Some(job) if job.size > limit => {
                    let size = job.size;
                    Err(UndoRefusal::Data(EditRejection::StoredTooLarge {
                        size,
                        limit,
                    }))
                }
                Some(job) => Ok(job),
                None => Err(UndoRefusal::Gone),
            },
        )
    }

    /// The data from before, checked as any new data of the job; or why the edit is not undone.
    async fn checked_undo(
        &self,
        operator: &Operator,
        target: &UndoTarget,
        job: StoredJob,
    ) -> Result<Result<CheckedUndo, UndoLooked>, ServiceError> {
        let refused = |refusal| Ok(Err(UndoLooked::Refused(refusal)));
        let entry = &target.compared().entry;
        // It knows a sealed and a plain digest, whichever the name of the job asked for.
        let redactor = self.redactor_for(&target.queue, None).await?;
        let is = move |revision: &Revision, digest: &str| is_digest(&redactor, revision, digest);
        let mut policy = self.data_policy(operator, &target.queue, &job.name).await;
        policy.asker.confirmed = operator.fresh_password(unix_millis()).is_some();
        if hides_something(&policy) {
            return refused(UndoRefusal::HiddenHere);
        }
        let now = DataField::of(&job);
        if was_before(entry, &now, &is) {
            return refused(UndoRefusal::Undone);
        }
        if !was_left_by(entry, &now, &is) {
            let changed = self.changed_since(target, job).await?;
            return Ok(Err(UndoLooked::Changed(Box::new(changed))));
        }
        if let Some(refusal) = Refusal::of(job.state, job.locked) {
            return refused(UndoRefusal::Job(refusal));
        }
        let whole = match self.whole_text_before(&target.recorded).await? {
            Ok(whole) => whole,
            Err(refusal) => return refused(refusal),
        };
        let size = job.data.len() + entry.large.value().map_or(0, |large| large.before as usize);
        let entry = entry.clone();
        let work = move || -> Result<CheckedUndo, UndoRefusal> {
            let before =
                data_before(&entry, whole, &now, &is).map_err(UndoRefusal::NotRestorable)?;
            let after = before.as_read().ok_or(UndoRefusal::NotJson)?.to_owned();
            if Document::parse(&after).is_err() {
                return Err(UndoRefusal::NotJson);
            }
            let schema = policy.check_change(Change {
                before: Some(&job.data),
                after: &after,
                typed: &after,
                state: Some(job.state),
            })?;
            let demands = demands_under(&policy, &job, &after);
            let change = CheckedEdit {
                job,
                after,
                schema,
                demands,
            };
            Ok(CheckedUndo { change, before })
        };
        Ok(run_blocking(size, work).await?.map_err(UndoLooked::Refused))
    }

    /// The text before an edit that is kept compressed beside its entry, if it is.
    pub(crate) async fn whole_text_before(
        &self,
        recorded: &LoggedEntry,
    ) -> Result<Result<Option<Vec<u8>>, UndoRefusal>, ServiceError> {
        let Some(large) = recorded.entry.large.value().copied() else {
            return Ok(Ok(None));
        };
        let limit = self.rules.max_data_bytes;
        if large.kept == TextKept::Whole && large.before > limit {
            let size = large.before;
            return Ok(Err(UndoRefusal::Data(EditRejection::TooLarge {
                size,
                limit,
            })));
        }
        if large.kept != TextKept::Whole {
            return Ok(Ok(None));
        }
        let Some(text) = self.store.text_before(&recorded.entry.event).await? else {
            return Ok(Ok(None));
        };
        let unpacked = run_blocking(large.before as usize, move || text.whole(limit)).await?;
        Ok(Ok(unpacked))
    }
}
