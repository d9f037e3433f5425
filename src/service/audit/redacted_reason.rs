//! A person's reason with the values hidden that the setting `redact` names, or a policy.

use crate::domain::audit::redact::Redactor;
use crate::domain::job::JobId;
use crate::domain::json::{Document, MAX_EDIT_DEPTH};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

impl Services {
    /// The reason without the values that `redact` hides in these documents or by a name in the reason itself. Documents
    /// that are not JSON are skipped.
    pub(crate) async fn kept_reason(
        &self,
        reason: &str,
        documents: impl FnOnce() -> Vec<Vec<u8>>,
    ) -> Result<String, ServiceError> {
        let redactor = self.redactor().await?.clone();
        redact_reason(reason, redactor, documents).await
    }

    /// The same for documents of jobs of a queue, in which a policy may hide values too.
    pub(crate) async fn kept_reason_in(
        &self,
        queue: &QueueId,
        reason: &str,
        documents: impl FnOnce() -> Vec<Vec<u8>>,
    ) -> Result<String, ServiceError> {
        let redactor = self.redactor_for(queue, None).await?;
        redact_reason(reason, redactor, documents).await
    }

    /// The same for an entry that must not wait for it: if what to hide can't be determined, the reason is left out.
    pub(crate) async fn kept_reason_or_none(
        &self,
        queue: &QueueId,
        reason: &str,
        documents: impl FnOnce() -> Vec<Vec<u8>>,
    ) -> String {
        let kept = self.kept_reason_in(queue, reason, documents).await;
        kept.unwrap_or_else(|stop| {
            tracing::error!(%stop, "a reason could not be redacted, and is left out");
            String::new()
        })
    }

    /// The same for a job whose data was not read yet. It is read if something may have to be hidden.
    pub(crate) async fn kept_reason_for(
        &self,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> Result<String, ServiceError> {
        let redactor = self.redactor_for(queue, None).await?;
        let found = match redactor.is_empty() || reason.trim().is_empty() {
            true => None,
            false => self.job_in_room(queue, id).await?,
        };
        let (job, _room) = found.unzip();
        let documents = || job.into_iter().map(|job| job.data).collect();
        self.kept_reason_in(queue, reason, documents).await
    }
}

async fn redact_reason(
    reason: &str,
    redactor: Redactor,
    documents: impl FnOnce() -> Vec<Vec<u8>>,
) -> Result<String, ServiceError> {
    let reason = reason.trim().to_owned();
    if redactor.is_empty() || reason.is_empty() {
        return Ok(reason);
    }
    let documents = documents();
    let size = documents.iter().map(Vec::len).sum();
    run_blocking(size, move || {
        let texts: Vec<_> = documents
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .collect();
        let parsed: Vec<_> = texts
            .iter()
            .filter_map(|text| Document::parse(text).ok())
            .filter(|document| document.depth() <= MAX_EDIT_DEPTH)
            .collect();
        redactor.knowing(&parsed).apply_text(&reason)
    })
    .await
}
