//! Editing a part of large data: the person gets and sends one value, and the server puts it into the stored bytes. What may be
//! stored is decided for the whole data, as for any edit.

use std::sync::Arc;

use super::assess::{CONTEXT, CheckedEdit, EditRejection, demands_under};
use super::demanded::unasked;
use super::request::EditRequest;
use crate::clock::unix_millis;
use crate::domain::access::permission::EditData;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::{BadReason, LONGEST_REASON, Need, Reason};
use crate::domain::audit::unrecorded::Act;
use crate::domain::edit::Refusal;
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::part::{
    BadPart, LARGEST_PART, Outline, PartDraft, find, outline, placed, put_in,
};
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState, Revision, StoredJob};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::operate::OperationOutcome;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::undo::hides_something;
use crate::store::bullmq::operations::update_data::{Beside, DataUpdate, Updated};

/// How many members of a value are shown at once.
const ROWS: usize = 100;

/// A part that a person wants to store.
#[derive(Debug, Clone)]
pub struct PartRequest {
    /// The revision of the whole data that they saw.
    pub seen: Revision,
    /// Which value it replaces.
    pub pointer: String,
    /// Their text.
    pub text: Arc<str>,
    /// Their reason.
    pub reason: String,
}

/// A part that was opened.
#[derive(Debug)]
pub struct OpenedPart {
    /// The job's name.
    pub name: String,
    /// Its state.
    pub state: JobState,
    /// The revision of the whole data.
    pub revision: Revision,
    /// The size of the whole data, in bytes.
    pub size: u64,
    /// What the value holds.
    pub outline: Outline,
    /// The value, pretty-printed; `None` if it is too large to be edited at once.
    pub text: Option<String>,
    /// Why the job can't be edited now, if so.
    pub refusal: Option<Refusal>,
    /// The schema that the whole data is checked against.
    pub schema: InForce,
}

/// What storing a part would do.
#[derive(Debug)]
pub struct ReviewedPart {
    /// The job's name.
    pub name: String,
    /// Its state.
    pub state: JobState,
    /// The part as it is stored and as it will be.
    pub diff: Diff,
    /// The schema that the whole data passed; empty if there is none.
    pub schema: String,
    /// The size of the whole data before and after.
    pub sizes: (u64, u64),
}

/// Why a part is not stored.
#[derive(Debug)]
pub enum PartRejection {
    /// There is no such part.
    NoPart(BadPart),
    /// The text is larger than a part may be, in bytes.
    TooLarge(usize),
    /// The data was changed since the part was opened.
    Stale(Box<StalePart>),
    /// As any edit.
    Edit(EditRejection),
}

impl From<EditRejection> for PartRejection {
    fn from(rejection: EditRejection) -> Self {
        Self::Edit(rejection)
    }
}

impl From<BadPart> for PartRejection {
    fn from(bad: BadPart) -> Self {
        Self::NoPart(bad)
    }
}

/// The data was changed since a part of it was opened.
#[derive(Debug)]
pub struct StalePart {
    /// The revision now.
    pub revision: Revision,
    /// From the part as it is now to the typed text; or why there is no such part now.
    pub diff: Result<Diff, BadPart>,
}

/// The result of an edit of a part.
#[derive(Debug)]
pub enum PartEdited {
    /// It is stored.
    Saved(Option<OperationOutcome>),
    /// It passed the checks; nothing was written yet.
    Ready(Box<ReviewedPart>),
    /// The same, but not its reason.
    NeedsReason(Box<ReviewedPart>, BadReason),
    /// It was rejected; nothing was written.
    Not(PartRejection),
}

/// A checked part: the whole change, and both texts of the part.
struct CheckedPart {
    change: CheckedEdit,
    part_before: String,
}

impl Services {
    /// Opens a part of a job's data, with the members from the one with the index `from` on.
    pub async fn open_part(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        pointer: &str,
        from: usize,
    ) -> Result<Result<OpenedPart, BadPart>, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(EditRejection::StoredTooLarge { size, limit }) => {
                return Err(ServiceError::TooLarge { size, limit });
            }
            Err(_) => return Err(super::no_job(queue, id)),
        };
        let policy = self.data_policy(operator, queue, &job.name).await;
        if hides_something(&policy) {
            return Ok(Err(BadPart::Hidden));
        }
        let schema = policy.schema;
        let pointer = pointer.to_owned();
        run_blocking(job.data.len(), move || {
            let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
            let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
            let at = find(&document, &pointer)?;
            let token = document.token(at);
            Ok(OpenedPart {
                outline: outline(&document, (at, &pointer), from, ROWS),
                text: (token.len() <= LARGEST_PART).then(|| pretty_or_raw(token)),
                revision: job.revision(),
                refusal: Refusal::of(job.state, job.locked),
                size: job.size,
                state: job.state,
                name: job.name,
                schema,
            })
        })
        .await
    }

    /// What storing a part would do; nothing is written.
    pub async fn review_part(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        request: &PartRequest,
    ) -> Result<PartEdited, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(rejection) => return Ok(PartEdited::Not(rejection.into())),
        };
        Ok(
            match self.checked_part(operator, queue, job, request).await? {
                Ok(part) => PartEdited::Ready(reviewed(part, request).await?),
                Err(rejection) => PartEdited::Not(rejection),
            },
        )
    }

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
        let update = DataUpdate {
            before: (!change.job.lacks_data).then_some(&change.job.data),
            after: Some(change.after.as_bytes()),
        };
        let limit = change.demands.limit.clone();
        let beside = limit.as_ref().map_or(Beside::Nothing, Beside::Limit);
        let updated = self.store.update_data_beside(&entry, update, beside).await;
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

    async fn checked_part(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: StoredJob,
        request: &PartRequest,
    ) -> Result<Result<CheckedPart, PartRejection>, ServiceError> {
        if request.text.len() > 3 * LARGEST_PART {
            return Ok(Err(PartRejection::TooLarge(request.text.len())));
        }
        let mut policy = self.data_policy(operator, queue, &job.name).await;
        policy.asker.confirmed = operator.fresh_password(unix_millis()).is_some();
        if hides_something(&policy) {
            return Ok(Err(BadPart::Hidden.into()));
        }
        let (size, request) = (job.data.len() + request.text.len(), request.clone());
        run_blocking(size, move || check(job, &request, &policy)).await
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
        let typed = request
            .reason
            .trim()
            .chars()
            .filter(|one| !one.is_control());
        let reason: String = typed.take(LONGEST_REASON).collect();
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

fn check(
    job: StoredJob,
    request: &PartRequest,
    policy: &DataPolicy,
) -> Result<CheckedPart, PartRejection> {
    if request.seen != job.revision() {
        return Err(PartRejection::Stale(Box::new(stale(&job, request))));
    }
    let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
    let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
    let at = find(&document, &request.pointer)?;
    let part_before = document.token(at).to_owned();
    let after = match put_in(&document, at, &request.text) {
        PartDraft::Unchanged => return Err(EditRejection::Unchanged.into()),
        PartDraft::Faulty(problems) => return Err(EditRejection::Invalid(problems).into()),
        PartDraft::Change(after) => after,
    };
    drop(document);
    if let Some(refusal) = Refusal::of(job.state, job.locked) {
        return Err(EditRejection::Refused(refusal).into());
    }
    let checked = policy.check_change(Change {
        before: Some(&job.data),
        after: &after,
        typed: &after,
        state: Some(job.state),
    });
    let schema = checked.map_err(|refusal| match refusal {
        DataRefusal::Invalid(problems) => {
            EditRejection::Invalid(placed(problems, &request.pointer, &request.text))
        }
        other => other.into(),
    })?;
    let demands = demands_under(policy, &job, &after);
    Ok(CheckedPart {
        change: CheckedEdit {
            job,
            after,
            schema,
            demands,
        },
        part_before,
    })
}

fn stale(job: &StoredJob, request: &PartRequest) -> StalePart {
    let part = || {
        let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
        let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
        let at = find(&document, &request.pointer)?;
        Ok(pretty_or_raw(document.token(at)))
    };
    StalePart {
        revision: job.revision(),
        diff: part().map(|now| side_by_side(&now, &pretty_or_raw(&request.text), CONTEXT)),
    }
}

async fn reviewed(
    part: CheckedPart,
    request: &PartRequest,
) -> Result<Box<ReviewedPart>, ServiceError> {
    let CheckedPart {
        change,
        part_before,
    } = part;
    let typed = Arc::clone(&request.text);
    run_blocking(part_before.len() + typed.len(), move || {
        Box::new(ReviewedPart {
            diff: side_by_side(
                &pretty_or_raw(&part_before),
                &pretty_or_raw(&typed),
                CONTEXT,
            ),
            schema: change
                .schema
                .as_ref()
                .map_or_else(String::new, |schema| schema.name().to_owned()),
            sizes: (change.job.data.len() as u64, change.after.len() as u64),
            state: change.job.state,
            name: change.job.name,
        })
    })
    .await
}
