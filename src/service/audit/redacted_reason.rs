//! A person's reason with the values that `redact` names hidden.

use crate::domain::job::JobId;
use crate::domain::json::Document;
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
        let reason = reason.trim().to_owned();
        if self.rules.redact.is_empty() || reason.is_empty() {
            return Ok(reason);
        }
        let documents = documents();
        let redactor = self.redactor().await?.clone();
        let size = documents.iter().map(Vec::len).sum();
        run_blocking(size, move || {
            let texts: Vec<_> = documents
                .iter()
                .map(|bytes| String::from_utf8_lossy(bytes))
                .collect();
            let parsed: Vec<_> = texts
                .iter()
                .filter_map(|text| Document::parse(text).ok())
                .collect();
            redactor.knowing(&parsed).apply_text(&reason)
        })
        .await
    }

    /// The same for a job whose data was not read yet. It is read if something may have to be hidden.
    pub(crate) async fn kept_reason_for(
        &self,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> Result<String, ServiceError> {
        let found = match self.rules.redact.is_empty() || reason.trim().is_empty() {
            true => None,
            false => self.job_in_room(queue, id).await?,
        };
        let (job, _room) = found.unzip();
        let documents = || job.into_iter().map(|job| job.data).collect();
        self.kept_reason(reason, documents).await
    }
}
