//! The part of a large change that is kept beside its audit entry: a patch and a text, or the compressed text before.

use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::large_change::CompressedText;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The fields that hold a patch, a text before, and a piece of it.
const FIELDS: [&str; 3] = ["patch", "before_text", "before_piece"];

impl Store {
    /// The entry with its change, if that is kept beside the log. A change that is gone, or larger than `most` bytes, stays
    /// marked as apart; a large one is measured and not read, since earlier versions stored patches of any size.
    pub async fn with_change(
        &self,
        mut recorded: LoggedEntry,
        most: u64,
    ) -> Result<LoggedEntry, StoreError> {
        if recorded.entry.apart.is_empty() {
            return Ok(recorded);
        }
        let key = self.own.audit_change(&recorded.entry.event);
        let mut pipeline = redis::pipe();
        for field in FIELDS {
            pipeline.cmd("HSTRLEN").arg(&key).arg(field);
        }
        let sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let bytes: u64 = sizes.filter_map(reply::number).sum();
        if bytes > most {
            recorded.entry.apart = format!("left out: {bytes} bytes, in the hash {key}");
            return Ok(recorded);
        }
        let mut command = redis::cmd("HMGET");
        command.arg(&key).arg(&FIELDS);
        let fields = reply::items(self.bulk().await.command(&command).await?);
        let mut fields = fields.into_iter().map(reply::text);
        if let Some(patch) = fields.next().flatten() {
            recorded.entry.patch = patch;
            recorded.entry.before_text = fields.next().flatten().unwrap_or_default();
            recorded.entry.before_piece = fields.next().flatten().unwrap_or_default();
            recorded.entry.apart.clear();
        }
        Ok(recorded)
    }

    /// The text before a change that was too large for a patch; `None` if it is not or no longer kept.
    pub async fn text_before(&self, event: &str) -> Result<Option<CompressedText>, StoreError> {
        let mut command = redis::cmd("HGET");
        command.arg(self.own.audit_change(event)).arg("before_zlib");
        let stored = reply::bytes(self.bulk().await.command(&command).await?);
        Ok(stored.map(CompressedText::from_stored))
    }
}
