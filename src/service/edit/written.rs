//! What is written of a checked change: the job's data, and what the audit log keeps.

use super::assess::CheckedEdit;
use super::recorded_change::keep;
use crate::domain::access::permission::ChangesData;
use crate::domain::audit::redact::Redactor;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::update_data::DataUpdate;

impl CheckedEdit {
    /// What it writes, where the job still has the data that it was made from.
    pub(crate) fn update(&self) -> DataUpdate<'_> {
        DataUpdate {
            before: (!self.job.lacks_data).then_some(&self.job.data),
            after: Some(self.after.as_bytes()),
        }
    }
}

/// Adds to an entry what the log keeps of a checked change, and of the reason for it.
pub(crate) async fn keep_checked<A: ChangesData>(
    entry: UnrecordedEntry<A>,
    change: CheckedEdit,
    reason: &str,
    redactor: Redactor,
) -> Result<(CheckedEdit, UnrecordedEntry<A>), ServiceError> {
    let size = change.job.data.len() + change.after.len();
    let reason = reason.to_owned();
    let (change, kept) = run_blocking(size, move || {
        let kept = keep(&change.job.data, &change.after, &reason, &redactor);
        (change, kept)
    })
    .await?;
    let (kept, reason) = kept.map_err(ServiceError::Bad)?;
    Ok((change, kept.put_in(entry).reason(&reason)))
}
