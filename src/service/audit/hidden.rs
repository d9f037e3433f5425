//! Audit entries without values that a policy hides from their reader. What a policy calls sensitive is redacted when an entry
//! is written; entries that were written before the policy came hold it as it was.

use std::io::Write;

use crate::domain::access::Operator;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::large_change::CompressedText;
use crate::domain::policy::mask::Hiding;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

/// The members of a scheduler's document that hold data of jobs.
pub(crate) const DATA_OF_SCHEDULER: [&str; 2] = ["data", "nextJobData"];

impl Services {
    /// The entry as its reader may see it.
    pub(crate) async fn without_hidden(
        &self,
        operator: &Operator,
        mut recorded: LoggedEntry,
    ) -> Result<LoggedEntry, ServiceError> {
        let hiding = self.hidden_in_entry(operator, &recorded).await;
        if hiding.is_nothing() {
            return Ok(recorded);
        }
        let size = recorded.entry.patch.len() + recorded.entry.before_text.len();
        run_blocking(size, move || {
            let entry = &mut recorded.entry;
            entry.patch = hiding.mask_patch(&entry.patch);
            entry.first_changes = hiding.mask_patch(&entry.first_changes);
            if !entry.before_text.is_empty() {
                let values = hiding.values(Some(entry.before_text.as_bytes()));
                for text in [&mut entry.reason, &mut entry.note, &mut entry.error] {
                    *text = values.in_text(text).into_owned();
                }
                entry.before_text = hiding.mask_text(std::mem::take(&mut entry.before_text));
            }
            // A plain digest and the rest of the data would allow guessing a short value.
            entry.before.clear();
            entry.after.clear();
            // A piece is a part of the stored text, cut where its values can't be told.
            entry.before_piece.clear();
            recorded
        })
        .await
    }

    /// The text before a large change as its reader may see it.
    pub(super) async fn text_without_hidden(
        &self,
        operator: &Operator,
        recorded: &LoggedEntry,
        text: CompressedText,
    ) -> Result<CompressedText, ServiceError> {
        let hiding = self.hidden_in_entry(operator, recorded).await;
        if hiding.is_nothing() {
            return Ok(text);
        }
        let limit = self.rules.max_data_bytes;
        let masked = run_blocking(usize::MAX, move || {
            let mut whole = Vec::new();
            for piece in text.into_pieces() {
                whole.extend(piece.map_err(|error| ServiceError::Broken(error.to_string()))?);
                let size = whole.len() as u64;
                if size > limit {
                    return Err(ServiceError::TooLarge { size, limit });
                }
            }
            let shown = hiding.mask(&whole);
            CompressedText::of(|out| out.write_all(&shown))
                .map_err(|error| ServiceError::Broken(error.to_string()))
        });
        masked.await?
    }

    /// What is hidden from a reader in the data that an entry is about. Its job may be gone, so it is what is hidden for any
    /// name.
    async fn hidden_in_entry(&self, operator: &Operator, recorded: &LoggedEntry) -> Hiding {
        let entry = &recorded.entry;
        let mut hiding = Hiding::Nothing;
        for queue in entry.queue_id().into_iter().chain(entry.to_queue_id()) {
            let sight = self.sight(operator, &queue).await;
            hiding = hiding.and(sight.of_any_job());
        }
        let inside = DATA_OF_SCHEDULER.map(|member| hiding.under(member));
        inside.iter().fold(hiding, |all, one| all.and(one))
    }
}
