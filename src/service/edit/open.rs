//! Opening a job for an edit: its data as this person may see it, and what is wrong with it.

use super::editable::no_job;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::{JobId, JobText, Revision, StoredJob};
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

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
        let sight = self.editor_sight(operator, queue, &job.name).await?;
        let revision = sight.revision(&job);
        let in_force = schema.clone();
        let (job, text, pretty, problems) = run_blocking(job.data.len(), move || {
            let mut job = job;
            let (text, pretty) = (sight.shown(&job.data), sight.pretty(&job.data));
            let problems = sight.problems_of(&job.data, &pretty, &in_force);
            if !sight.hiding.is_nothing() {
                job.data = text.clone().into_bytes();
            }
            (job, text, pretty, problems)
        })
        .await?;
        Ok(Opened {
            error: self.short_error(operator, queue, id).await?,
            revision,
            text,
            refusal: Refusal::of(job.state, job.locked),
            pretty,
            problems,
            schema,
            policy,
            job,
        })
    }

    async fn short_error(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<String, ServiceError> {
        let text = JobText::FailedReason;
        let size = self.store.text_size(queue, id, text).await?;
        if size == 0 || size > LONGEST_ERROR {
            return Ok(String::new());
        }
        let error = self.shown_text(operator, (queue, id), text).await?;
        Ok(String::from_utf8_lossy(&error.unwrap_or_default()).into_owned())
    }
}
