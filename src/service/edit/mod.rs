//! Editing a job's data: open, review, save. Each step reads the job again. Of the form, only the person's text and the
//! revision that they saw are used.

pub(crate) mod assess;
pub(crate) mod break_glass;
pub(crate) mod changed_by;
mod demanded;
pub(crate) mod drafts;
pub(crate) mod recorded_change;
pub(crate) mod request;
pub(crate) mod save;

use std::sync::Arc;

use super::Services;
use super::error::ServiceError;
use super::large_texts::blocking::{run_blocking, spawn_blocking};
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::edit::data_policy::{Asker, DataPolicy};
use crate::domain::edit::limit::{EditLimit, EditsUsed};
use crate::domain::edit::problem::{TextProblem, fix_of, problems_of};
use crate::domain::job::{JobId, JobText, Revision, StoredJob};
use crate::domain::json::pretty_or_raw;
use crate::domain::policy::{FaultyPolicy, PolicyInForce};
use crate::domain::queue::QueueId;
use crate::domain::schema::SchemaFault;
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::QuickFix;
use assess::{CheckedEdit, EditRejection, Reviewed, assess, describe};
use request::EditRequest;
use save::Edited;

/// A longer error is not shown beside the editor, in bytes; the job's page has it.
const LONGEST_ERROR: u64 = 16 * 1024;

/// A job that was opened to be edited.
#[derive(Debug)]
pub struct Opened {
    /// The job as it is stored.
    pub job: StoredJob,
    /// The revision of its bytes.
    pub revision: Revision,
    /// The bytes as text; bytes that are not UTF-8 show as U+FFFD.
    pub text: String,
    /// The text that the editor starts with, pretty-printed if it is JSON.
    pub pretty: String,
    /// The schema that the data is checked against.
    pub schema: InForce,
    /// The policy that changes are checked against.
    pub policy: PolicyInForce,
    /// The problems of the data as it is stored.
    pub problems: Vec<TextProblem>,
    /// Why the job failed, as its worker said it; empty where it did not, or where that is too long to be shown.
    pub error: String,
    /// Why it can't be edited now, if so.
    pub refusal: Option<Refusal>,
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
        let policy = self.policy_for(queue, &job.name).await;
        let stored = String::from_utf8_lossy(&job.data).into_owned();
        let (text, in_force) = (stored.clone(), schema.clone());
        let (pretty, problems) = run_blocking(stored.len(), move || {
            let pretty = pretty_or_raw(&text);
            let problems = problems_of(&pretty, &in_force);
            (pretty, problems)
        })
        .await?;
        Ok(Opened {
            error: self.short_error(queue, id).await?,
            revision: job.revision(),
            text: stored,
            refusal: Refusal::of(job.state, job.locked),
            pretty,
            problems,
            schema,
            policy,
            job,
        })
    }

    async fn short_error(&self, queue: &QueueId, id: &JobId) -> Result<String, ServiceError> {
        let text = JobText::FailedReason;
        let size = self.store.text_size(queue, id, text).await?;
        if size == 0 || size > LONGEST_ERROR {
            return Ok(String::new());
        }
        let error = self.store.job_text(queue, id, text).await?;
        Ok(String::from_utf8_lossy(&error.unwrap_or_default()).into_owned())
    }

    /// What is wrong with a text that is typed for a job. Nothing is written, and only a refusal is in the audit log.
    pub async fn check_text(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        text: String,
    ) -> Result<Vec<TextProblem>, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = self.store.stored_job(queue, id, 0).await?;
        let job = job.ok_or_else(|| no_job(queue, id))?;
        let mut problems = self.problems_for(queue, &job.name, text.clone()).await?;
        problems.extend(self.policy_problems(operator, queue, id, text).await?);
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Ok(problems)
    }

    /// What the policy in force says against a text that is typed for a job. Data too large to be edited is not read.
    pub(crate) async fn policy_problems(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        text: impl AsRef<str> + Send + 'static,
    ) -> Result<Vec<TextProblem>, ServiceError> {
        if self.schemas.is_empty() {
            return Ok(Vec::new());
        }
        let limit = self.rules.max_data_bytes;
        let Some(job) = self.store.stored_job(queue, id, limit).await? else {
            return Ok(Vec::new());
        };
        let policy = self.data_policy(operator, queue, &job.name).await;
        if job.size > limit || !policy.has_policy() {
            return Ok(Vec::new());
        }
        let size = job.data.len() + text.as_ref().len();
        run_blocking(size, move || {
            policy.policy_problems(&job.data, text.as_ref())
        })
        .await
    }

    /// The fix that a person chose for a text typed for a job, and the text with it. `None` if it is not offered any more.
    /// Nothing is written, and only a refusal is in the audit log.
    pub async fn fix_text(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        text: &Arc<str>,
        fix: &str,
    ) -> Result<Option<(QuickFix, String)>, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = self.store.stored_job(queue, id, 0).await?;
        let job = job.ok_or_else(|| no_job(queue, id))?;
        self.fixed(queue, &job.name, text, fix).await
    }

    /// The fix with this name for a text as the data of a job named `name`, and the text with it.
    pub(crate) async fn fixed(
        &self,
        queue: &QueueId,
        name: &str,
        text: &Arc<str>,
        fix: &str,
    ) -> Result<Option<(QuickFix, String)>, ServiceError> {
        let schema = self.schema_for(queue, name).await;
        let (text, fix) = (Arc::clone(text), fix.to_owned());
        run_blocking(text.len(), move || {
            let fix = fix_of(&text, &schema, &fix)?;
            let fixed = fix.apply(&text);
            Some((fix, fixed))
        })
        .await
    }

    /// What is wrong with a text as the data of a job of this name.
    pub(crate) async fn problems_for(
        &self,
        queue: &QueueId,
        name: &str,
        text: String,
    ) -> Result<Vec<TextProblem>, ServiceError> {
        let schema = self.schema_for(queue, name).await;
        run_blocking(text.len(), move || problems_of(&text, &schema)).await
    }

    /// Checks whether someone may do `action` to anything at all, before a large form of theirs is received; a refusal is
    /// recorded.
    pub async fn check_may_send(
        &self,
        operator: &Operator,
        action: Action,
    ) -> Result<(), ServiceError> {
        match operator.is_granted_somewhere(action) {
            true => Ok(()),
            false => self.check_may_anywhere(operator, action).await,
        }
    }

    /// Returns what an edit would do, and writes nothing.
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
        match self.assess(operator, queue, job, draft).await? {
            Ok(change) => Ok(Edited::Ready(self.reviewed(operator, queue, change).await?)),
            Err(objection) => Ok(Edited::Not(objection)),
        }
    }

    /// The size of the data of a job that someone wants to edit, in bytes.
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

    /// The job with its data. Data larger than may be saved is not even read.
    pub(crate) async fn editable(
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

    /// Checks the draft against the job as it is now: the change that it makes, or why it is rejected.
    pub(crate) async fn assess(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: StoredJob,
        draft: &EditRequest,
    ) -> Result<Result<CheckedEdit, EditRejection>, ServiceError> {
        let mut policy = self.data_policy(operator, queue, &job.name).await;
        // Whoever saves the change sees to these: it says that it takes them.
        policy.asker.confirmed = true;
        policy.asker.approved = true;
        let (size, draft) = (job.data.len() + draft.text.len(), draft.clone());
        run_blocking(size, move || assess(job, &draft, &policy)).await
    }

    /// Adds what a review shows of a change, and what `by` has used of their limit of edits.
    pub(crate) async fn reviewed(
        &self,
        by: &Operator,
        queue: &QueueId,
        change: CheckedEdit,
    ) -> Result<Box<Reviewed>, ServiceError> {
        let used = match change.demands.limit.clone() {
            Some(limit) => Some(self.edits_used(by, limit).await?),
            None => None,
        };
        let policy = self.policy_for(queue, &change.job.name).await;
        let size = change.job.data.len() + change.after.len();
        let reviewed = run_blocking(size, move || describe(change, policy)).await?;
        Ok(Box::new(Reviewed { used, ..reviewed }))
    }

    /// What someone has used of their limit of edits.
    async fn edits_used(&self, by: &Operator, limit: EditLimit) -> Result<EditsUsed, ServiceError> {
        let (used, wait) = self.store.edits_used(by.name(), &limit).await?;
        Ok(EditsUsed { limit, used, wait })
    }

    /// The rules for the data of a job named `job` in `queue`, for one person.
    pub(crate) async fn data_policy(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: &str,
    ) -> DataPolicy {
        DataPolicy {
            schema: self.schema_for(queue, job).await,
            require_schema: self.rules.require_schema,
            max_data_bytes: self.rules.max_data_bytes,
            repair: vec![self.policy_for(queue, job).await],
            asker: Asker {
                reveal: operator.may(Action::Reveal, queue),
                confirmed: operator.fresh_password(unix_millis()).is_some(),
                ..Asker::default()
            },
        }
    }

    /// The policy in force for a job; the folder is looked at off the async threads.
    pub(crate) async fn policy_for(&self, queue: &QueueId, job: &str) -> PolicyInForce {
        if self.schemas.is_empty() {
            return PolicyInForce::Nothing;
        }
        let lineage = self.rules.pattern.split(queue.name());
        let (schemas, job) = (Arc::clone(&self.schemas), job.to_owned());
        spawn_blocking(move || schemas.policy_for(&lineage, &job))
            .await
            .unwrap_or_else(|error| {
                let message = format!("the policies could not be read: {error}");
                PolicyInForce::Faulty(Arc::new(FaultyPolicy {
                    faults: vec![SchemaFault::of_folder(message)],
                    last_good: None,
                }))
            })
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
}

fn no_job(queue: &QueueId, id: &JobId) -> ServiceError {
    ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
}
