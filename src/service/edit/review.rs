//! The review of an edit: what it would do, with nothing written.

use super::assess::{CheckedEdit, EditRejection, Reviewed, assess, describe};
use super::request::EditRequest;
use super::save::Edited;
use super::sight::EditorSight;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::limit::{EditLimit, EditsUsed};
use crate::domain::job::{JobId, StoredJob};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

impl Services {
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
        let sight = self.editor_sight(operator, queue, &job.name).await?;
        match self.assess(operator, queue, job, draft, &sight).await? {
            Ok(change) => {
                let reviewed = self.reviewed(operator, queue, change, &sight);
                Ok(Edited::Ready(reviewed.await?))
            }
            Err(objection) => Ok(Edited::Not(objection)),
        }
    }

    /// Checks the draft against the job as it is now: the change that it makes, or why it is rejected.
    pub(crate) async fn assess(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: StoredJob,
        draft: &EditRequest,
        sight: &EditorSight,
    ) -> Result<Result<CheckedEdit, EditRejection>, ServiceError> {
        let mut policy = self.data_policy(operator, queue, &job.name).await;
        // Whoever saves the change sees to these: it says that it takes them.
        policy.asker.confirmed = true;
        policy.asker.approved = true;
        let (size, draft) = (job.data.len() + draft.text.len(), draft.clone());
        let sight = sight.clone();
        run_blocking(size, move || assess(job, &draft, &policy, &sight)).await
    }

    /// Adds what a review shows of a change, and what `by` has used of their limit of edits.
    pub(crate) async fn reviewed(
        &self,
        by: &Operator,
        queue: &QueueId,
        change: CheckedEdit,
        sight: &EditorSight,
    ) -> Result<Box<Reviewed>, ServiceError> {
        let used = match change.demands.limit.clone() {
            Some(limit) => Some(self.edits_used(by, limit).await?),
            None => None,
        };
        let policy = self.policy_for(queue, &change.job.name).await;
        let size = change.job.data.len() + change.after.len();
        let sight = sight.clone();
        let describe = move || describe(change, policy, &sight);
        let reviewed = run_blocking(size, describe).await?;
        Ok(Box::new(Reviewed { used, ..reviewed }))
    }

    /// What someone has used of their limit of edits.
    async fn edits_used(&self, by: &Operator, limit: EditLimit) -> Result<EditsUsed, ServiceError> {
        let (used, wait) = self.store.edits_used(by.name(), &limit).await?;
        Ok(EditsUsed { limit, used, wait })
    }
}
