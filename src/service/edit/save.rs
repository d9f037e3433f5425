//! Saves an edit together with its audit entry.

use super::assess::{CheckedEdit, EditRejection, Reviewed, conflict};
use super::demanded::{Demanded, unasked};
use super::recorded_change::keep;
use super::request::EditRequest;
use crate::domain::access::permission::{ChangesData, EditData};
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::audit::redact::Redactor;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::edit::limit::within;
use crate::domain::edit::policy_refusal::{PolicyRefusal, RefusalKind};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::operations::Operation;
use crate::domain::operations::parameters::Parameters;
use crate::domain::proposals::ProposalId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::operate::OperationOutcome;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::update_data::{Beside, Updated};

fn told(problems: &[TextProblem]) -> String {
    let at = problems.first().map_or(String::new(), |first| {
        let pointer = first.pointer.as_deref().unwrap_or_default();
        format!(
            ", the first at line {}, column {} {pointer}",
            first.line, first.column
        )
    });
    format!("{} problems{at}", problems.len())
        .trim_end()
        .to_owned()
}

/// How the audit log counts a policy's refusal.
pub(crate) fn refused_as(refusal: &PolicyRefusal) -> AuditOutcome {
    match refusal.kind {
        RefusalKind::Faulty(_) => AuditOutcome::Failed,
        RefusalKind::StateNotAllowed { .. } => AuditOutcome::Conflict,
        RefusalKind::NotEditable { .. }
        | RefusalKind::HiddenChanged(_)
        | RefusalKind::NeedsPassword(_)
        | RefusalKind::NeedsApproval(_) => AuditOutcome::Denied,
    }
}

impl Services {
    /// Stores an edit and its audit entry, or neither; then retries the job if that was asked for.
    #[tracing::instrument(level = "error", skip_all, fields(%queue, job = %id))]
    pub async fn save_edit(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        draft: &EditRequest,
        then_retry: bool,
    ) -> Result<Edited, ServiceError> {
        let permit = self
            .permit::<EditData>(operator, JobRef::new(queue, id))
            .await?;
        let edited = self
            .try_save(&permit, Act::EDIT, draft, Some(&permit))
            .await?;
        self.overview.touch(queue, id);
        match edited {
            Edited::Saved { entry, .. } if then_retry => {
                // The edit stays even if the retry fails, and the answer says so.
                let reason = self.reason_of(queue, &draft.reason, draft).await;
                // The script then leaves the attempts as they are.
                let parameters = Parameters::default();
                let retry = self
                    .operate(operator, Operation::Retry, queue, id, &parameters, &reason)
                    .await;
                let retry = retry.unwrap_or_else(|stop| {
                    tracing::error!(%stop, "the retry after a saved edit failed");
                    OperationOutcome::Unknown
                });
                Ok(Edited::Saved {
                    entry,
                    retry: Some(retry),
                })
            }
            edited => Ok(edited),
        }
    }

    /// Stores an edit as `act`. One that takes a second person is asked for with the permit `ask`; without one it is saved
    /// alone.
    pub(super) async fn try_save<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        draft: &EditRequest,
        ask: Option<&Permit<EditData>>,
    ) -> Result<Edited, ServiceError> {
        let JobRef { queue, id } = permit.target();
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(objection) => return Ok(self.not_saved(permit, act, None, draft, objection).await),
        };
        let state = Some(job.state);
        if let Err(bad) = Reason::parse(&draft.reason, Need::Optional) {
            let objection = EditRejection::BadReason(bad);
            return Ok(self.not_saved(permit, act, state, draft, objection).await);
        }
        let sight = self.editor_sight(permit.by(), queue, &job.name).await?;
        let change = match self.assess(permit.by(), queue, job, draft, &sight).await? {
            Ok(change) => change,
            Err(objection) => {
                return Ok(self.not_saved(permit, act, state, draft, objection).await);
            }
        };
        let policy = self.policy_for(queue, &change.job.name).await;
        if let Err(bad) = self.rules.reason_under(&[&policy], &draft.reason) {
            let reviewed = self.reviewed(permit.by(), queue, change, &sight).await?;
            return Ok(Edited::NeedsReason(reviewed, bad));
        }
        let change = match self.demanded(permit, ask, change, draft).await? {
            Demanded::Met(change) => *change,
            Demanded::Password(change) => {
                let reviewed = self.reviewed(permit.by(), queue, *change, &sight).await?;
                return Ok(Edited::NeedsPassword(reviewed));
            }
            Demanded::Proposed(id) => return Ok(Edited::Proposed(id)),
            Demanded::Refused(objection) => {
                return Ok(self.not_saved(permit, act, state, draft, *objection).await);
            }
        };
        let (change, entry) = self.entry_of(permit, act, change, draft).await?;
        let entry = entry.under_policy(&policy);
        let beside = match (ask, &change.demands.limit) {
            (None, _) => Beside::Alarm,
            (Some(_), Some(limit)) => Beside::Limit(limit),
            (Some(_), None) => Beside::Nothing,
        };
        let updated = self
            .store
            .update_data_beside(&entry, change.update(), beside)
            .await;
        let objection = match self.witnessed(entry.as_entry(), updated)? {
            Updated::Saved(entry) => return Ok(Edited::Saved { entry, retry: None }),
            Updated::Gone => EditRejection::Gone,
            Updated::Locked => EditRejection::Refused(Refusal::Locked),
            Updated::Active => EditRejection::Refused(Refusal::Active),
            Updated::Limited(wait) => match change.demands.limit {
                Some(limit) => EditRejection::Limited(limit, wait),
                None => return Err(unasked()),
            },
            Updated::Unmet(_) => return Err(unasked()),
            Updated::Stale => match self.editable(queue, id).await? {
                Ok(job) => {
                    let (size, draft) = (job.data.len() + draft.text.len(), draft.clone());
                    let conflict =
                        run_blocking(size, move || conflict(&job, &draft, &sight)).await?;
                    EditRejection::Stale(Box::new(conflict))
                }
                Err(objection) => objection,
            },
        };
        Ok(self.not_saved(permit, act, state, draft, objection).await)
    }

    pub(crate) async fn entry_of<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        change: CheckedEdit,
        draft: &EditRequest,
    ) -> Result<(CheckedEdit, UnrecordedEntry<A>), ServiceError> {
        let mut entry =
            UnrecordedEntry::new(permit, act, AuditOutcome::Applied).in_state(change.job.state);
        if let Some(schema) = &change.schema {
            entry = entry.under_schema(schema.name(), schema.hash());
        }
        let queue = &permit.target().queue;
        let redactor = self.redactor_for(queue, Some(&change.job.name)).await?;
        entry = match change.job.lacks_data {
            true => entry.noting("the job had no data field"),
            false => entry.data_before(redactor.seal(Revision::of(&change.job.data).as_str())),
        };
        entry = entry.data_after(redactor.seal(Revision::of(change.after.as_bytes()).as_str()));
        keep_checked(entry, change, &draft.reason, redactor).await
    }

    /// The reason without what is hidden in the two texts that its writer saw.
    async fn reason_of(&self, queue: &QueueId, reason: &str, draft: &EditRequest) -> String {
        let texts = || [&draft.opened, &draft.text].map(|text| text.as_bytes().to_vec());
        self.kept_reason_or_none(queue, reason, || texts().into())
            .await
    }

    /// Records an edit that was asked for and not done, and passes on why. The entry holds nothing of the data: a problem's
    /// words may quote a value that must be hidden.
    async fn not_saved<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        state: Option<JobState>,
        draft: &EditRequest,
        objection: EditRejection,
    ) -> Edited {
        let queue = &permit.target().queue;
        let redactor = self.redactor_for(queue, None).await;
        let hides_nothing = redactor.is_ok_and(|redactor| redactor.is_empty());
        let (outcome, cause) = match &objection {
            EditRejection::Unchanged => return Edited::Not(objection),
            EditRejection::Invalid(problems) => (AuditOutcome::Invalid, told(problems)),
            EditRejection::Policy(refusal) => (refused_as(refusal), refusal.to_string()),
            EditRejection::SchemaFaulty(_) => (
                AuditOutcome::Failed,
                "the schema in force is faulty".to_owned(),
            ),
            EditRejection::SchemaMissing => (
                AuditOutcome::Invalid,
                "no schema, and one is required".to_owned(),
            ),
            EditRejection::TooLarge { size, limit } => (
                AuditOutcome::Invalid,
                format!("{size} bytes, and {limit} are allowed"),
            ),
            EditRejection::StoredTooLarge { size, limit } => (
                AuditOutcome::Invalid,
                format!("the stored data has {size} bytes, and {limit} are allowed"),
            ),
            EditRejection::HiddenChanged(changed) => (AuditOutcome::Invalid, changed.to_string()),
            EditRejection::BadReason(bad) => (AuditOutcome::Invalid, bad.to_string()),
            EditRejection::Stale(conflict) => (
                AuditOutcome::Conflict,
                match hides_nothing {
                    true => format!("the data is now {}", conflict.now_revision.as_str()),
                    false => "the data was changed by someone else".to_owned(),
                },
            ),
            EditRejection::Refused(refusal) => (AuditOutcome::Conflict, refusal.words().to_owned()),
            EditRejection::Gone => (AuditOutcome::Failed, "there is no such job".to_owned()),
            // Without the time that is left, so that repeats are counted into one entry.
            EditRejection::Limited(limit, _) => (
                AuditOutcome::Denied,
                format!("{} edits were made {}", limit.edits, within(limit.per)),
            ),
            EditRejection::NoRoom(why) => (AuditOutcome::Failed, why.clone()),
        };
        let reason = Reason::as_far_as_kept(&draft.reason);
        let reason = self.reason_of(queue, &reason, draft).await;
        let mut entry = Entry::of(permit, act.action(), outcome)
            .on_job(&permit.target().id, state)
            .reason(&reason)
            .because(cause);
        if hides_nothing {
            entry.before = draft.seen.as_str().to_owned();
        }
        self.note(&entry).await;
        Edited::Not(objection)
    }
}

/// Adds to an entry what the log keeps of a checked change, and of the reason for it.
pub(crate) async fn keep_checked<A: ChangesData>(
    entry: UnrecordedEntry<A>,
    change: CheckedEdit,
    reason: &str,
    redactor: Redactor,
) -> Result<(CheckedEdit, UnrecordedEntry<A>), ServiceError> {
    let size = change.job.data.len() + change.after.len();
    let reason = reason.to_owned();
    let (change, kept) = run_blocking(size, move || {
        let kept = keep(&change.job.data, &change.after, &reason, &redactor);
        (change, kept)
    })
    .await?;
    let (kept, reason) = kept.map_err(ServiceError::Bad)?;
    Ok((change, kept.put_in(entry).reason(&reason)))
}

/// The result of saving an edit.
#[derive(Debug)]
pub enum Edited {
    /// The edit was stored.
    Saved {
        /// The stream id of its audit entry.
        entry: String,
        /// The result of the retry, if one was asked for.
        retry: Option<OperationOutcome>,
    },
    /// The edit passed the checks; nothing was written yet.
    Ready(Box<Reviewed>),
    /// The edit passed the checks, but not its reason.
    NeedsReason(Box<Reviewed>, BadReason),
    /// The edit passed the checks, but the person has to type their password again.
    NeedsPassword(Box<Reviewed>),
    /// It waits for a second person.
    Proposed(ProposalId),
    /// The edit was rejected; nothing was written.
    Not(EditRejection),
}
