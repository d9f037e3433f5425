//! BullMQ's `updateData`, compared and audited: the only way in which the data of a job is changed in place.
//!
//! BullMQ's own (5.81, 6.7) is EXISTS and HSET: in any state, whoever holds the lock, and the last write wins. This script
//! compares the stored bytes with those that the edit was made from, checks the lock and the active list, and writes the
//! audit entry and then the data, in one step.

use std::sync::LazyLock;

use redis::Script;

use crate::domain::access::permission::EditData;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;

const CODE: &str = include_str!("scripts/update_data.lua");

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(CODE));

/// An edit, ready to be written.
#[derive(Debug)]
pub struct DataUpdate<'a> {
    /// The bytes that the edit was made from; `None` if the job had no field for data.
    pub before: Option<&'a Vec<u8>>,
    /// The bytes to store; `None` where the job is to have no field for data, as it had before an edit that is undone.
    pub after: Option<&'a [u8]>,
}

/// The outcome of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// Written, with the audit entry of this stream id.
    Saved(String),
    /// There is no such job.
    Gone,
    /// A worker holds its lock.
    Locked,
    /// A worker is processing it.
    Active,
    /// The stored bytes differ from those that the edit was made from.
    Stale,
}

impl Store {
    /// Writes an edit of the job of the entry's permit together with the entry, or neither.
    pub async fn update_data(
        &self,
        entry: &UnrecordedEntry<EditData>,
        update: DataUpdate<'_>,
    ) -> Result<Updated, StoreError> {
        let JobRef { queue, id: job } = entry.permit().target();
        let whole = entry.as_entry();
        let mut command = redis::cmd("EVALSHA");
        command
            .arg(SCRIPT.get_hash())
            .arg(6)
            .arg(keys::of_job(queue, job))
            .arg(keys::beside_job(queue, job, "lock"))
            .arg(keys::of_queue(queue, "active"))
            .arg(self.own.audit())
            .arg(self.own.audit_of(queue, job))
            .arg(self.own.audit_change(&whole.event))
            .arg(job.as_str())
            .arg(update.before.map_or(&[][..], Vec::as_slice))
            .arg(u8::from(update.before.is_none()))
            .arg(update.after.unwrap_or_default())
            .arg(u8::from(update.after.is_none()))
            .arg(self.audit_list_kept());
        let (entry, apart) = whole.split();
        command.arg(apart.len() * 2);
        for (name, value) in &apart {
            command.arg(*name).arg(value.as_slice());
        }
        drop(apart);
        for (name, value) in entry.fields() {
            command.arg(name).arg(value);
        }
        let answer: Vec<String> = match self.redis.evaluate(CODE, &command).await {
            Ok(answer) => answer,
            // The answer was lost. The edit's own entry says whether it was written.
            Err(StoreError::Away(cause)) => {
                let recorded = self.recorded_of_job(queue, job, whole).await;
                return recorded.map(Updated::Saved).ok_or(StoreError::Away(cause));
            }
            Err(error) => return Err(error),
        };
        match (answer.first().map(String::as_str), answer.get(1)) {
            (Some("saved"), Some(id)) => Ok(Updated::Saved(id.clone())),
            (Some("gone"), _) => Ok(Updated::Gone),
            (Some("locked"), _) => Ok(Updated::Locked),
            (Some("active"), _) => Ok(Updated::Active),
            (Some("stale"), _) => Ok(Updated::Stale),
            _ => Err(StoreError::Unexpected(format!(
                "update_data answered {answer:?}"
            ))),
        }
    }
}
