//! What is wrong with a typed text, and the fixes that are offered for it.

use std::sync::Arc;

use super::editable::no_job;
use super::open::Opened;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::problem::{TextProblem, fix_of, problems_of};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::QuickFix;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

impl Services {
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
        let schema = self.schema_for(queue, &job.name).await;
        let opened = (job.name, schema);
        let mut problems = self
            .schema_problems(operator, (queue, id), &text.as_str().into(), opened)
            .await?;
        problems.extend(self.policy_problems(operator, queue, id, text).await?);
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Ok(problems)
    }

    /// What is wrong with the text of an edit of a job that was opened.
    pub async fn problems_in_edit(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        text: &Arc<str>,
        opened: &Opened,
    ) -> Result<Vec<TextProblem>, ServiceError> {
        let under = (opened.job.name.clone(), opened.schema.clone());
        let mut problems = self
            .schema_problems(operator, (queue, id), text, under)
            .await?;
        let read_only = self.policy_problems(operator, queue, id, Arc::clone(text));
        problems.extend(read_only.await?);
        Ok(problems)
    }

    /// What the schema says against a text that is typed for a job of this name.
    async fn schema_problems(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        text: &Arc<str>,
        (name, schema): (String, InForce),
    ) -> Result<Vec<TextProblem>, ServiceError> {
        let text = Arc::clone(text);
        let sight = self.editor_sight(operator, queue, &name).await?;
        if sight.hiding.is_nothing() {
            return run_blocking(text.len(), move || problems_of(&text, &schema)).await;
        }
        let found = self.job_in_room(queue, id).await?;
        let (job, _room) = found.ok_or_else(|| no_job(queue, id))?;
        run_blocking(job.data.len() + text.len(), move || {
            sight.problems_of(&job.data, &text, &schema)
        })
        .await
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
        let sight = self.editor_sight(operator, queue, &job.name).await?;
        let size = job.data.len() + text.as_ref().len();
        run_blocking(size, move || {
            sight.policy_problems(&job.data, text.as_ref(), &policy)
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
}
