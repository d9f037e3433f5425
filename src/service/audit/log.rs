//! Reads the audit log: single entries, and all of it in parts for an export.

use super::rows::PAGE;
use super::settled_intents::{SettledIntents, is_intent};
use super::visibility::seen_by;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::filter::AuditFilter;
use crate::domain::audit::large_change::CompressedText;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;

/// How many entries an export reads at once.
const EXPORT_CHUNK: u64 = 200;

/// A part of an export ends with the entry that brings it past this many bytes.
const EXPORT_PART: usize = 1024 * 1024;

/// The largest change, in bytes, that is shown or exported. Earlier versions stored patches of any size.
const LARGEST_SHOWN: u64 = 256 * 1024;
const LARGEST_EXPORTED: u64 = 1024 * 1024;

impl Services {
    /// One entry by its stream id.
    pub async fn audit_entry(
        &self,
        operator: &Operator,
        id: &str,
    ) -> Result<LoggedEntry, ServiceError> {
        self.check_may_anywhere(operator, Action::ReadAudit).await?;
        self.note_read(operator).await;
        let missing = || ServiceError::NotFound(format!("audit entry {id:?}"));
        if !is_stream_id(id) {
            return Err(missing());
        }
        let found = self.store.audit_entry(id).await?;
        let recorded = found
            .and_then(|recorded| seen_by(operator, recorded))
            .ok_or_else(missing)?;
        if is_intent(&recorded) && !self.has_outcome(&recorded).await? {
            return SettledIntents::default().show(recorded).ok_or_else(missing);
        }
        Ok(self.store.with_change(recorded, LARGEST_SHOWN).await?)
    }

    /// The text before a change that was too large for a patch, for readers who may see its entry.
    pub async fn audit_text_before(
        &self,
        operator: &Operator,
        id: &str,
    ) -> Result<CompressedText, ServiceError> {
        let recorded = self.audit_entry(operator, id).await?;
        let text = self.store.text_before(&recorded.entry.event).await?;
        text.ok_or_else(|| ServiceError::NotFound(format!("text before in audit entry {id:?}")))
    }

    /// The entries of an export after the stream id `after`, oldest first; empty at the end. The next part continues after
    /// the last id.
    pub async fn audit_part(
        &self,
        operator: &Operator,
        filter: &AuditFilter,
        after: Option<&str>,
    ) -> Result<(Vec<LoggedEntry>, Option<String>), ServiceError> {
        self.check_may_anywhere(operator, Action::ReadAudit).await?;
        let from = match after {
            Some(id) => format!("({id}"),
            None => filter
                .since
                .map_or("-".to_owned(), |since| since.to_string()),
        };
        let until = filter
            .until
            .map_or("+".to_owned(), |until| until.to_string());
        let entries = self.store.audit_from(&from, &until, EXPORT_CHUNK).await?;
        let (mut last, mut bytes) = (None, 0);
        let mut wanted = Vec::with_capacity(entries.len());
        for recorded in entries {
            last = Some(recorded.id.clone());
            let seen = seen_by(operator, recorded).filter(|seen| filter.wants(&seen.entry));
            if let Some(seen) = seen {
                let whole = self.store.with_change(seen, LARGEST_EXPORTED).await?;
                let entry = &whole.entry;
                bytes += entry.patch.len() + entry.before_text.len() + entry.before_piece.len();
                wanted.push(whole);
            }
            if bytes > EXPORT_PART {
                break;
            }
        }
        Ok((wanted, last))
    }

    /// Whether the outcome of an intent is among the newest entries about its job.
    pub(crate) async fn has_outcome(&self, intent: &LoggedEntry) -> Result<bool, StoreError> {
        let (Some(queue), Some(job)) = (intent.entry.queue_id(), intent.entry.job.value()) else {
            return Ok(false);
        };
        let entries = self.store.audit_of_job(&queue, job, 0, PAGE as u64).await?;
        let ends =
            |other: &LoggedEntry| other.entry.event == intent.entry.event && other.id != intent.id;
        Ok(entries.iter().any(ends))
    }
}

/// Whether `id` is a stream id, `milliseconds-sequence`.
pub fn is_stream_id(id: &str) -> bool {
    // Redis refuses numbers that do not fit 64 bits.
    let number =
        |part: &str| part.parse::<u64>().is_ok() && part.bytes().all(|byte| byte.is_ascii_digit());
    id.split_once('-')
        .is_some_and(|(millis, sequence)| number(millis) && number(sequence))
}

/// The actions and outcomes that a filter offers. Intents are shown as their outcome, so "intent" is not offered.
pub fn choices() -> (Vec<&'static str>, Vec<&'static str>) {
    let actions = AuditAction::all().map(AuditAction::name);
    let outcomes = AuditOutcome::ALL
        .iter()
        .filter(|it| **it != AuditOutcome::Intent)
        .map(|it| it.name());
    (actions.collect(), outcomes.collect())
}
