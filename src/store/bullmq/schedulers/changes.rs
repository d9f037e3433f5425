//! Changes of schedulers. Each is one script that also writes the audit entry, and that changes nothing if the scheduler is
//! no longer as the person saw it.

use std::sync::LazyLock;

use redis::Script;
use sha1::{Digest, Sha1};

use super::{hash, repeat};
use crate::clock::unix_millis;
use crate::domain::access::permission::RemoveScheduler;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::job_ids;
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::domain::schedulers::setup::stored::SchedulerTexts;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry_apart;

static REMOVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../operations/scripts/parts/scheduler_revision.lua"),
        include_str!("../operations/scripts/parts/edited_next_job.lua"),
        include_str!("../operations/scripts/remove_scheduler.lua")
    ))
});

static REVISION: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../operations/scripts/parts/scheduler_revision.lua"),
        "return scheduler_revision(KEYS[1])"
    ))
});

/// The fields whose digest is a scheduler's revision, in the order of scheduler_revision.lua.
const REVISED: [&str; 9] = [
    "name",
    "tz",
    "pattern",
    "every",
    "startDate",
    "endDate",
    "limit",
    "data",
    "opts",
];

/// The outcome of a change of a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulerChanged {
    /// It was done, and the entry is written.
    Done,
    /// There is no such scheduler.
    Gone,
    /// It was changed since the person saw it.
    Stale,
    /// The data of its next job was changed since it was read for the entry.
    JobChanged,
}

impl Store {
    /// The digest of what a person may change of a scheduler. Redis computes it: the texts may be large.
    pub async fn scheduler_revision(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
    ) -> Result<String, StoreError> {
        let mut invocation = REVISION.prepare_invoke();
        invocation.key(hash(queue, id));
        self.redis.script(&invocation).await
    }

    /// The fields that a person may change of a scheduler, each with its size in bytes.
    pub async fn scheduler_sizes(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
    ) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let key = hash(queue, id);
        let mut pipeline = redis::pipe();
        for field in REVISED {
            pipeline.cmd("HSTRLEN").arg(&key).arg(field);
        }
        let sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let sizes = sizes.map(|size| reply::number(size).unwrap_or(0));
        Ok(REVISED.into_iter().zip(sizes).collect())
    }

    /// What a person may change of a scheduler as it is stored, and its digest. The caller has looked at the sizes.
    pub async fn scheduler_texts(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
    ) -> Result<(SchedulerTexts, String), StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(hash(queue, id)).arg(&REVISED);
        let stored = reply::items(self.bulk().await.command(&command).await?);
        let stored: Vec<Option<Vec<u8>>> = stored.into_iter().map(reply::bytes).collect();
        let mut digest = Sha1::new();
        for value in &stored {
            match value {
                Some(bytes) => {
                    digest.update(format!("{}:", bytes.len()));
                    digest.update(bytes);
                }
                None => digest.update("-"),
            }
        }
        let mut stored = stored.into_iter();
        let mut next = || stored.next().flatten();
        let texts = SchedulerTexts {
            name: next(),
            zone: next(),
            pattern: next(),
            every: next(),
            start: next(),
            end: next(),
            limit: next(),
            data: next(),
            options: next(),
        };
        Ok((texts, base16ct::lower::encode_string(&digest.finalize())))
    }

    /// Removes the scheduler of the entry's permit with its next job, if it still has this revision, and writes the entry.
    /// `kept_data` is the SHA-1 of the next job's data that the entry keeps, in hex; empty where it keeps none.
    pub async fn remove_scheduler(
        &self,
        entry: &UnrecordedEntry<RemoveScheduler>,
        is_legacy: bool,
        revision: &str,
        kept_data: &str,
    ) -> Result<SchedulerChanged, StoreError> {
        let target = entry.permit().target();
        let (queue, id) = (&target.queue, &target.id);
        let prefix = job_ids::prefix(id, is_legacy);
        let mut invocation = REMOVE.prepare_invoke();
        invocation
            .key(repeat(queue))
            .key(hash(queue, id))
            .key(keys::of_queue(queue, "delayed"))
            .key(keys::of_queue(queue, "events"))
            .key(self.own.audit())
            .key(keys::of_queue(queue, &prefix))
            .key(self.own.audit_change(&entry.as_entry().event))
            .arg(id.as_str())
            .arg(prefix)
            .arg(revision)
            .arg(kept_data)
            .arg(self.audit_list_kept());
        add_entry_apart(&mut invocation, entry.as_entry());
        let sent = unix_millis();
        let code = match self.redis.script::<i64>(&invocation).await {
            // The answer was lost: the entry says whether it was removed.
            Err(StoreError::Away(cause)) => {
                return match self.has_audit_event(entry.as_entry(), sent).await {
                    Ok(true) => Ok(SchedulerChanged::Done),
                    _ => Err(StoreError::Away(cause)),
                };
            }
            code => code?,
        };
        match code {
            1 => Ok(SchedulerChanged::Done),
            0 => Ok(SchedulerChanged::Gone),
            -9 => Ok(SchedulerChanged::Stale),
            -10 => Ok(SchedulerChanged::JobChanged),
            code => Err(StoreError::Unexpected(format!(
                "removing a scheduler answered {code}"
            ))),
        }
    }
}
