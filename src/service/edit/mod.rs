//! Repairing a job's data: open, review, save. Each step looks at the job anew; nothing rests on what a form says but
//! the person's text, and the revision they saw.

pub(crate) mod assess;
pub(crate) mod recorded_change;

use std::sync::Arc;

use super::Services;
use super::blocking::{run_blocking, spawn_blocking};
use super::error::ServiceError;
use super::jobs::operate::OperationOutcome;
use crate::domain::access::permission::EditData;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::job::{JobId, JobRef, JobState, Revision, StoredJob};
use crate::domain::json::pretty_or_raw;
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::domain::schema::SchemaFault;
use crate::store::bullmq::operations::update_data::{DataUpdate, Updated};
use crate::store::schema_folder::InForce;
use assess::{
    CheckedEdit, EditRejection, EditRules, LONGEST_REASON, Reviewed, TextProblem, assess, conflict,
    describe, problems_of,
};
use recorded_change::keep;

/// What a person wants to store, and what they saw when they began.
#[derive(Debug, Clone)]
pub struct EditRequest {
    /// The revision of the bytes they saw.
    pub seen: Revision,
    /// Those bytes as their form kept them, to show the three ways of a conflict; never trusted for more.
    pub opened: Arc<str>,
    /// Their text.
    pub text: Arc<str>,
    /// Why.
    pub reason: String,
}

/// A job, opened to be edited.
#[derive(Debug)]
pub struct Opened {
    /// Where it stands and what it holds.
    pub job: StoredJob,
    /// The revision of its bytes.
    pub revision: Revision,
    /// The bytes as text; what is not UTF-8 shows as U+FFFD.
    pub text: String,
    /// The same, pretty-printed where it is JSON: what the editor begins with.
    pub pretty: String,
    /// What the data is checked against.
    pub schema: InForce,
    /// What is wrong with the data as it is.
    pub problems: Vec<TextProblem>,
    /// Why it can't be edited now.
    pub refusal: Option<Refusal>,
}

/// What an edit came to.
#[derive(Debug)]
pub enum Edited {
    /// Stored, and recorded under this stream id; with what became of a retry where one was asked for.
    Saved {
        /// The audit entry.
        entry: String,
        /// The retry that was asked for with it.
        retry: Option<OperationOutcome>,
    },
    /// It may stand; nothing was written yet.
    Ready(Box<Reviewed>),
    /// It may stand, but a reason is needed.
    NeedsReason(Box<Reviewed>),
    /// It does not stand; nothing was written.
    Not(EditRejection),
}

impl Services {
    /// Opens a job for an edit.
    pub async fn open_job(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Opened, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let limit = self.rules.max_data_bytes;
        let Some(job) = self.store.stored_job(queue, id, limit).await? else {
            return Err(no_job(queue, id));
        };
        if job.size > limit {
            let size = job.size;
            return Err(ServiceError::TooLarge { size, limit });
        }
        self.overview.look_up(queue);
        let schema = self.schema_for(queue, &job.name).await;
        let stored = String::from_utf8_lossy(&job.data).into_owned();
        let (text, in_force) = (stored.clone(), schema.clone());
        let (pretty, problems) = run_blocking(stored.len(), move || {
            let pretty = pretty_or_raw(&text);
            let problems = problems_of(&pretty, &in_force);
            (pretty, problems)
        })
        .await?;
        Ok(Opened {
            revision: job.revision(),
            text: stored,
            refusal: Refusal::of(job.state, job.locked),
            pretty,
            problems,
            schema,
            job,
        })
    }

    /// Whether someone may edit any job at all; a refusal is in the audit log.
    pub async fn check_may_edit(&self, operator: &Operator) -> Result<(), ServiceError> {
        self.check_may_anywhere(operator, Action::EditData).await
    }

    /// Says what an edit would do, and writes nothing.
    pub async fn review_edit(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        draft: &EditRequest,
    ) -> Result<Edited, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(objection) => return Ok(Edited::Not(objection)),
        };
        match self.assess(queue, job, draft).await? {
            Ok(change) => Ok(Edited::Ready(self.reviewed(change).await?)),
            Err(objection) => Ok(Edited::Not(objection)),
        }
    }

    /// Stores an edit with its audit entry, or neither; then retries the job where that was asked for.
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
        let edited = self.try_save(&permit, draft).await?;
        self.overview.touch(queue, id);
        match edited {
            Edited::Saved { entry, .. } if then_retry => {
                // The edit stands, whatever becomes of the retry: that is told beside it.
                let reason = self.reason_of(&draft.reason, draft).await;
                let retry = self
                    .operate(operator, Operation::Retry, queue, id, &reason)
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

    async fn try_save(
        &self,
        permit: &Permit<EditData>,
        draft: &EditRequest,
    ) -> Result<Edited, ServiceError> {
        let JobRef { queue, id } = permit.target();
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(objection) => return Ok(self.not_saved(permit, None, draft, objection).await),
        };
        let state = Some(job.state);
        let length = draft.reason.chars().count();
        if length > LONGEST_REASON {
            let objection = EditRejection::ReasonTooLong(length);
            return Ok(self.not_saved(permit, state, draft, objection).await);
        }
        let change = match self.assess(queue, job, draft).await? {
            Ok(change) => change,
            Err(objection) => return Ok(self.not_saved(permit, state, draft, objection).await),
        };
        if self.rules.require_reason && draft.reason.trim().is_empty() {
            return Ok(Edited::NeedsReason(self.reviewed(change).await?));
        }
        let (change, entry) = self.entry_of(permit, change, draft).await?;
        let update = DataUpdate {
            before: (!change.job.lacks_data).then_some(&change.job.data),
            after: &change.after,
        };
        let updated = self.store.update_data(&entry, update).await;
        let objection = match self.witnessed(entry.as_entry(), updated)? {
            Updated::Saved(entry) => return Ok(Edited::Saved { entry, retry: None }),
            Updated::Gone => EditRejection::Gone,
            Updated::Locked => EditRejection::Refused(Refusal::Locked),
            Updated::Active => EditRejection::Refused(Refusal::Active),
            Updated::Stale => match self.editable(queue, id).await? {
                Ok(job) => {
                    let (size, draft) = (job.data.len() + draft.text.len(), draft.clone());
                    let conflict = run_blocking(size, move || conflict(&job, &draft)).await?;
                    EditRejection::Stale(Box::new(conflict))
                }
                Err(objection) => objection,
            },
        };
        Ok(self.not_saved(permit, state, draft, objection).await)
    }

    /// How large the data of a job is that someone wants to edit, in bytes.
    pub async fn size_to_edit(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<u64, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = self.store.stored_job(queue, id, 0).await?;
        Ok(job.ok_or_else(|| no_job(queue, id))?.size)
    }

    /// The job with its data, unless that is larger than what may be saved: then it is not even read.
    async fn editable(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Result<StoredJob, EditRejection>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        Ok(match self.store.stored_job(queue, id, limit).await? {
            Some(job) if job.size > limit => {
                let size = job.size;
                Err(EditRejection::StoredTooLarge { size, limit })
            }
            Some(job) => Ok(job),
            None => Err(EditRejection::Gone),
        })
    }

    /// Whether the draft may stand against the job as it is now: what it would change, or why not.
    async fn assess(
        &self,
        queue: &QueueId,
        job: StoredJob,
        draft: &EditRequest,
    ) -> Result<Result<CheckedEdit, EditRejection>, ServiceError> {
        let weights = EditRules {
            schema: self.schema_for(queue, &job.name).await,
            require_schema: self.rules.require_schema,
            max_data_bytes: self.rules.max_data_bytes,
        };
        let (size, draft) = (job.data.len() + draft.text.len(), draft.clone());
        run_blocking(size, move || assess(job, &draft, weights)).await
    }

    async fn reviewed(&self, change: CheckedEdit) -> Result<Box<Reviewed>, ServiceError> {
        let size = change.job.data.len() + change.after.len();
        run_blocking(size, move || Box::new(describe(change))).await
    }

    /// The schema in force for a job; the folder is looked at off the async threads.
    pub(crate) async fn schema_for(&self, queue: &QueueId, job: &str) -> InForce {
        if self.schemas.is_empty() {
            return InForce::Nothing;
        }
        let lineage = self.rules.pattern.split(queue.name());
        let (schemas, job) = (Arc::clone(&self.schemas), job.to_owned());
        spawn_blocking(move || schemas.for_job(&lineage, &job))
            .await
            .unwrap_or_else(|error| {
                let message = format!("the schemas could not be read: {error}");
                InForce::Faulty(Arc::new(vec![SchemaFault::of_folder(message)]))
            })
    }

    async fn entry_of(
        &self,
        permit: &Permit<EditData>,
        change: CheckedEdit,
        draft: &EditRequest,
    ) -> Result<(CheckedEdit, UnrecordedEntry<EditData>), ServiceError> {
        let mut entry = UnrecordedEntry::new(permit, Act::EDIT, AuditOutcome::Applied)
            .in_state(change.job.state);
        if let Some(schema) = &change.schema {
            entry = entry.under_schema(schema.name(), schema.hash());
        }
        let redactor = self.redactor().await?.clone();
        entry = match change.job.lacks_data {
            true => entry.noting("the job had no data field"),
            false => entry.data_before(redactor.seal(Revision::of(&change.job.data).as_str())),
        };
        entry = entry.data_after(redactor.seal(Revision::of(change.after.as_bytes()).as_str()));
        let size = change.job.data.len() + change.after.len();
        let reason = draft.reason.clone();
        let (change, kept) = run_blocking(size, move || {
            let kept = keep(&change.job.data, &change.after, &reason, &redactor);
            (change, kept)
        })
        .await?;
        let (kept, reason) = kept.map_err(ServiceError::Bad)?;
        Ok((change, kept.put_in(entry).reason(&reason)))
    }

    /// A reason without what is hidden in the two texts that its writer saw. Where that can't be told it is left out.
    async fn reason_of(&self, reason: &str, draft: &EditRequest) -> String {
        let texts = || [&draft.opened, &draft.text].map(|text| text.as_bytes().to_vec());
        let kept = self.kept_reason(reason, || texts().into()).await;
        kept.unwrap_or_else(|stop| {
            tracing::error!(%stop, "a reason could not be redacted, and is left out");
            String::new()
        })
    }

    /// Leaves an entry about an edit that was asked for and not done, and passes on why. Nothing of the data is in it:
    /// a problem's words may quote what has to be hidden.
    async fn not_saved(
        &self,
        permit: &Permit<EditData>,
        state: Option<JobState>,
        draft: &EditRequest,
        objection: EditRejection,
    ) -> Edited {
        let (outcome, cause) = match &objection {
            EditRejection::Unchanged => return Edited::Not(objection),
            EditRejection::Invalid(problems) => (AuditOutcome::Invalid, told(problems)),
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
            EditRejection::ReasonTooLong(length) => (
                AuditOutcome::Invalid,
                format!("a reason of {length} characters, and {LONGEST_REASON} are allowed"),
            ),
            EditRejection::Stale(conflict) => (
                AuditOutcome::Conflict,
                match self.rules.redact.is_empty() {
                    true => format!("the data is now {}", conflict.now_revision.as_str()),
                    false => "the data was changed by someone else".to_owned(),
                },
            ),
            EditRejection::Refused(refusal) => (AuditOutcome::Conflict, refusal.words().to_owned()),
            EditRejection::Gone => (AuditOutcome::Failed, "there is no such job".to_owned()),
        };
        let reason: String = draft.reason.trim().chars().take(LONGEST_REASON).collect();
        let reason = self.reason_of(&reason, draft).await;
        let mut entry = Entry::of(permit, AuditAction::EditData, outcome)
            .on_job(&permit.target().id, state)
            .reason(&reason)
            .because(cause);
        if self.rules.redact.is_empty() {
            entry.before = draft.seen.as_str().to_owned();
        }
        self.note(&entry).await;
        Edited::Not(objection)
    }
}

fn no_job(queue: &QueueId, id: &JobId) -> ServiceError {
    ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
}

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
