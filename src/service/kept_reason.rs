//! A person's reason as the audit log may hold it: without the values that `redact` hides.

use super::weigh::aside;
use super::{Services, Stop};
use crate::domain::json::Document;

impl Services {
    /// The reason without what `redact` hides in these documents, and without what it hides by a name in the reason
    /// itself. What is no JSON is not looked at.
    pub(super) async fn kept_reason(
        &self,
        reason: &str,
        documents: impl FnOnce() -> Vec<Vec<u8>>,
    ) -> Result<String, Stop> {
        let reason = reason.trim().to_owned();
        if self.rules.redact.is_empty() || reason.is_empty() {
            return Ok(reason);
        }
        let documents = documents();
        let redactor = self.redactor().await?.clone();
        let size = documents.iter().map(Vec::len).sum();
        aside(size, move || {
            let values: Vec<_> = documents
                .iter()
                .filter_map(|bytes| {
                    let text = String::from_utf8_lossy(bytes);
                    Document::parse(&text).and_then(|it| it.to_value()).ok()
                })
                .collect();
            redactor.apply_text(&reason, &redactor.secrets(&values))
        })
        .await
    }
}
