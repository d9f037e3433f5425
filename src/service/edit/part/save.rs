//! Storing a part with its audit entry.

use std::sync::Arc;

use super::check::{reviewed, stale};
use super::outcome::{PartEdited, PartRejection};
use super::request::PartRequest;
use crate::domain::access::permission::EditData;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::Act;
use crate::domain::edit::Refusal;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::demanded::unasked;
use crate::service::edit::request::EditRequest;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::update_data::{Beside, Updated};

impl Services {
    /// Stores a part and its audit entry, or neither; then retries the job if that was asked for.
    #[tracing::instrument(level = "error", skip_all, fields(%queue, job = %id))]
    pub async fn save_part(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        request: &PartRequest,
        then_retry: bool,
    ) -> Result<PartEdited, ServiceError> {
        let permit = self
            .permit::<EditData>(operator, JobRef::new(queue, id))
            .await?;
        let edited = self.try_save_part(&permit, request).await?;
        self.overview.touch(queue, id);
        match edited {
            PartEdited::Saved(_) if then_retry => {
                let retry = self.then_retry(operator, queue, id, &request.reason).await;
                Ok(PartEdited::Saved(Some(retry)))
            }
            edited => Ok(edited),
        }
    }

    async fn try_save_part(
        &self,
        permit: &Permit<EditData>,
        request: &PartRequest,
    ) -> Result<PartEdited, ServiceError> {
        let JobRef { queue, id } = permit.target();
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(rejection) => {
                return Ok(self
                    .part_not_saved(permit, None, request, rejection.into())
                    .await);
            }
        };
        let state = Some(job.state);
        if let Err(bad) = Reason::parse(&request.reason, Need::Optional) {
            let rejection = EditRejection::BadReason(bad).into();
            return Ok(self.part_not_saved(permit, state, request, rejection).await);
        }
        let part = match self.checked_part(permit.by(), queue, job, request).await? {
            Ok(part) => part,
            Err(rejection) => {
                return Ok(self.part_not_saved(permit, state, request, rejection).await);
            }
        };
        let policy = self.policy_for(queue, &part.change.job.name).await;
        if let Err(bad) = self.rules.reason_under(&[&policy], &request.reason) {
            return Ok(PartEdited::NeedsReason(reviewed(part, request).await?, bad));
        }
        let draft = EditRequest {
            seen: request.seen.clone(),
            opened: "".into(),
            text: Arc::clone(&request.text),
            reason: request.reason.clone(),
        };
        let (change, entry) = self
            .entry_of(permit, Act::EDIT, part.change, &draft)
            .await?;
        let entry = entry.under_policy(&policy);
        let limit = change.demands.limit.clone();
        let beside = limit.as_ref().map_or(Beside::Nothing, Beside::Limit);
        let updated = self
            .store
            .update_data_beside(&entry, change.update(), beside)
            .await;
        let rejection = match self.witnessed(entry.as_entry(), updated)? {
            Updated::Saved(_) => return Ok(PartEdited::Saved(None)),
            Updated::Gone => EditRejection::Gone.into(),
            Updated::Locked => EditRejection::Refused(Refusal::Locked).into(),
            Updated::Active => EditRejection::Refused(Refusal::Active).into(),
            Updated::Limited(wait) => match limit {
                Some(limit) => EditRejection::Limited(limit, wait).into(),
                None => return Err(unasked()),
            },
            Updated::Unmet(_) => return Err(unasked()),
            Updated::Stale => match self.editable(queue, id).await? {
                Ok(job) => {
                    let (size, request) = (job.data.len(), request.clone());
                    let stale = run_blocking(size, move || stale(&job, &request)).await?;
                    PartRejection::Stale(Box::new(stale))
                }
                Err(rejection) => rejection.into(),
            },
        };
        Ok(self.part_not_saved(permit, state, request, rejection).await)
    }

    /// Records a part that was to be stored and was not, and passes on why. The entry holds nothing of the data.
    async fn part_not_saved(
        &self,
        permit: &Permit<EditData>,
        state: Option<JobState>,
        request: &PartRequest,
        rejection: PartRejection,
    ) -> PartEdited {
        let (outcome, cause) = match &rejection {
            PartRejection::Edit(EditRejection::Unchanged) => return PartEdited::Not(rejection),
            PartRejection::Stale(_) => (
                AuditOutcome::Conflict,
                "the data was changed by someone else".to_owned(),
            ),
            PartRejection::NoPart(bad) => (AuditOutcome::Invalid, bad.to_string()),
            PartRejection::TooLarge(size) => {
                (AuditOutcome::Invalid, format!("a part of {size} bytes"))
            }
            PartRejection::Edit(EditRejection::Refused(refusal)) => {
                (AuditOutcome::Conflict, refusal.words().to_owned())
            }
            PartRejection::Edit(EditRejection::Gone) => {
                (AuditOutcome::Failed, "there is no such job".to_owned())
            }
            PartRejection::Edit(EditRejection::Policy(refusal)) => {
                (AuditOutcome::Invalid, refusal.to_string())
            }
            PartRejection::Edit(EditRejection::Invalid(problems)) => (
                AuditOutcome::Invalid,
                format!("{} problems", problems.len()),
            ),
            PartRejection::Edit(_) => (
                AuditOutcome::Invalid,
                "the data may not be stored".to_owned(),
            ),
        };
        let JobRef { queue, id } = permit.target();
        let reason = Reason::as_far_as_kept(&request.reason);
        let reason = self.kept_reason_for(queue, id, &reason).await;
        let mut entry = Entry::of(permit, AuditAction::EditData, outcome)
            .on_job(id, state)
            .reason(&reason.unwrap_or_default())
            .because(cause);
        let redactor = self.redactor_for(queue, None).await;
        if redactor.is_ok_and(|redactor| redactor.is_empty()) {
            entry.before = request.seen.as_str().to_owned();
        }
        self.note(&entry).await;
        PartEdited::Not(rejection)
    }
}
