//! Saves an edit together with its audit entry.

use super::assess::{CheckedEdit, EditRejection, Reviewed, conflict};
use super::demanded::{Demanded, unasked};
use super::request::EditRequest;
use super::written::keep_checked;
use crate::domain::access::permission::{ChangesData, EditData};
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, Revision};
use crate::domain::operations::Operation;
use crate::domain::operations::parameters::Parameters;
use crate::domain::proposals::ProposalId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::operate::OperationOutcome;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::update_data::{Beside, Updated};

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
            Err(objection) => {
                return Ok(Edited::Not(
                    self.not_saved(permit, act, None, draft, objection).await,
                ));
            }
        };
        let state = Some(job.state);
        if let Err(bad) = Reason::parse(&draft.reason, Need::Optional) {
            let objection = EditRejection::BadReason(bad);
            return Ok(Edited::Not(
                self.not_saved(permit, act, state, draft, objection).await,
            ));
        }
        let sight = self.editor_sight(permit.by(), queue, &job.name).await?;
        let change = match self.assess(permit.by(), queue, job, draft, &sight).await? {
            Ok(change) => change,
            Err(objection) => {
                return Ok(Edited::Not(
                    self.not_saved(permit, act, state, draft, objection).await,
                ));
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
                return Ok(Edited::Not(
                    self.not_saved(permit, act, state, draft, *objection).await,
                ));
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
        Ok(Edited::Not(
            self.not_saved(permit, act, state, draft, objection).await,
        ))
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
    pub(super) async fn reason_of(
        &self,
        queue: &QueueId,
        reason: &str,
        draft: &EditRequest,
    ) -> String {
        let texts = || [&draft.opened, &draft.text].map(|text| text.as_bytes().to_vec());
        self.kept_reason_or_none(queue, reason, || texts().into())
            .await
    }
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
