//! The audit log: a Redis stream, and for each job a list of the ids of its entries.

pub(crate) mod large_change;
pub(crate) mod recorded;
mod scan;

use crate::store::audit_retention::AuditRetention;
use std::sync::LazyLock;

use redis::{Script, ScriptInvocation, Value};

use crate::domain::audit::entry::{Entry, LoggedEntry};
use crate::domain::audit::field::EntryFields;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use scan::{AuditScan, recorded};

static APPEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("append.lua")));

/// The newest end of the stream, for [`Store::audit_before`].
pub(crate) const NEWEST: &str = "+";

/// How much the clocks of Redis and of this machine may differ, in ms.
const CLOCKS_DIFFER: u64 = 60_000;

/// How many of a job's newest entries are searched for one whose answer was lost.
const LOOKED_BACK: u64 = 20;

/// How many entries are searched for one that may have been written.
const LOOKED_AT: u64 = 1_000;

/// Adds an entry's fields to a script that writes it, as its last arguments.
pub(crate) fn add_entry(invocation: &mut ScriptInvocation<'_>, entry: &Entry) {
    for (name, value) in entry.fields() {
        invocation.arg(name).arg(&*value);
    }
}

/// Adds an entry to a script that keeps a large change beside it: how many arguments that takes, its fields, and the entry's own
/// as the last ones.
pub(crate) fn add_entry_apart(invocation: &mut ScriptInvocation<'_>, entry: &Entry) {
    let (kept, beside) = entry.split();
    invocation.arg(beside.len() * 2);
    for (name, value) in beside {
        invocation.arg(name).arg(value);
    }
    add_entry(invocation, &kept);
}

impl Store {
    /// Appends an entry that belongs to no write: an intent, an outcome, a refusal, a sign-in. Returns its stream id. It
    /// takes no permit, since it adds to the log and changes nothing else.
    pub async fn append_audit(&self, entry: &Entry) -> Result<String, StoreError> {
        let mut invocation = APPEND.prepare_invoke();
        invocation.key(self.own.audit());
        if let (Some(queue), Some(job)) = (entry.queue_id(), entry.job.value()) {
            invocation.key(self.own.audit_of(&queue, job));
        }
        invocation.arg(self.audit_list_kept());
        add_entry(&mut invocation, entry);
        self.redis.script(&invocation).await
    }

    /// Up to `count` entries from the stream id `from` (or `NEWEST`) back to `until`, newest first. Entries that `keep`
    /// refuses are checked but not parsed: that way most of a log is skipped.
    pub async fn audit_before(
        &self,
        from: &str,
        until: &str,
        count: u64,
        keep: &(impl Fn(&dyn EntryFields) -> bool + Sync),
    ) -> Result<AuditScan, StoreError> {
        let answer = self.audit_range("XREVRANGE", from, until, count).await?;
        Ok(AuditScan::at(answer, keep))
    }

    /// Up to `count` entries from the stream id `from` on to `until`, oldest first.
    pub async fn audit_from(
        &self,
        from: &str,
        until: &str,
        count: u64,
    ) -> Result<Vec<LoggedEntry>, StoreError> {
        Ok(recorded(
            self.audit_range("XRANGE", from, until, count).await?,
        ))
    }

    async fn audit_range(
        &self,
        command: &str,
        from: &str,
        until: &str,
        count: u64,
    ) -> Result<Value, StoreError> {
        let mut command = redis::cmd(command);
        command
            .arg(self.own.audit())
            .arg(from)
            .arg(until)
            .arg("COUNT")
            .arg(count);
        self.bulk().await.command(&command).await
    }

    /// One entry by its stream id.
    pub async fn audit_entry(&self, id: &str) -> Result<Option<LoggedEntry>, StoreError> {
        Ok(self.audit_from(id, id, 1).await?.into_iter().next())
    }

    /// The entries about one job, newest first, without a search through the log; none if they can't be read.
    pub async fn audit_of_job(
        &self,
        queue: &QueueId,
        job: &JobId,
        from: u64,
        count: u64,
    ) -> Result<Vec<LoggedEntry>, StoreError> {
        let history = self.audit_history(queue, job, from, count).await?;
        Ok(history.unwrap_or_default())
    }

    /// The same; `None` if the key of the job's list, or of the log itself, has another type.
    pub async fn audit_history(
        &self,
        queue: &QueueId,
        job: &JobId,
        from: u64,
        count: u64,
    ) -> Result<Option<Vec<LoggedEntry>>, StoreError> {
        let mut listed = redis::pipe();
        listed
            .cmd("LRANGE")
            .arg(self.own.audit_of(queue, job))
            .arg(from)
            .arg(from + count.saturating_sub(1));
        let mut listed = self.redis.read(&mut listed).await?.into_iter();
        let listed = listed.next().unwrap_or_default();
        if reply::is_wrong_type(&listed) {
            return Ok(None);
        }
        let ids = reply::texts(listed);
        let mut pipeline = redis::pipe();
        for id in &ids {
            pipeline.cmd("XRANGE").arg(self.own.audit()).arg(id).arg(id);
        }
        let answers = self.redis.read(&mut pipeline).await?;
        if answers.iter().any(reply::is_wrong_type) {
            return Ok(None);
        }
        Ok(Some(answers.into_iter().flat_map(recorded).collect()))
    }

    /// The entries about one job after the stream id `after`, newest first, of its newest `count`; none if they can't be read.
    pub async fn audit_of_job_after(
        &self,
        queue: &QueueId,
        job: &JobId,
        after: &str,
        count: u64,
    ) -> Result<Vec<LoggedEntry>, StoreError> {
        let mut listed = redis::pipe();
        listed
            .cmd("LRANGE")
            .arg(self.own.audit_of(queue, job))
            .arg(0)
            .arg(count.saturating_sub(1));
        let mut listed = self.redis.read(&mut listed).await?.into_iter();
        let ids = reply::texts(listed.next().unwrap_or_default());
        let later: Vec<_> = ids.iter().take_while(|id| *id != after).collect();
        if later.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in later {
            pipeline.cmd("XRANGE").arg(self.own.audit()).arg(id).arg(id);
        }
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(answers.into_iter().flat_map(recorded).collect())
    }

    /// The stream id of an entry that a script was to write together with its change of the job; `None` if it is not among
    /// the job's newest entries, or that can't be determined.
    pub(crate) async fn recorded_of_job(
        &self,
        queue: &QueueId,
        job: &JobId,
        entry: &Entry,
    ) -> Option<String> {
        let newest = self.audit_of_job(queue, job, 0, LOOKED_BACK).await.ok()?;
        let is_it = |recorded: &LoggedEntry| recorded.entry.event == entry.event;
        newest.into_iter().find(is_it).map(|recorded| recorded.id)
    }

    /// Whether the log holds an entry, among the newest since it was sent.
    pub async fn has_audit_event(&self, entry: &Entry, sent: u64) -> Result<bool, StoreError> {
        Ok(self.audit_event(entry, sent).await?.is_some())
    }

    /// An entry as the log holds it, if it is among the newest since it was sent.
    pub(crate) async fn audit_event(
        &self,
        entry: &Entry,
        sent: u64,
    ) -> Result<Option<LoggedEntry>, StoreError> {
        // Redis's clock may be behind this machine's.
        let since = sent.saturating_sub(CLOCKS_DIFFER).to_string();
        let is_it = |other: &dyn EntryFields| {
            other.field("event") == entry.event && other.field("outcome") == entry.outcome.text()
        };
        let newest = self.audit_before(NEWEST, &since, LOOKED_AT, &is_it).await?;
        Ok(newest.kept.into_iter().next())
    }

    /// The retention from the settings; `None` keeps entries forever.
    pub fn audit_retention(&self) -> Option<AuditRetention> {
        self.audit_retention
    }

    /// Trims entries past their retention, and nothing else. Returns how many were trimmed. It takes no permit, since no
    /// one asks for it: the only value it accepts is the one that the store was opened with.
    pub async fn trim_audit(&self, retention: AuditRetention) -> Result<u64, StoreError> {
        let now = crate::clock::since_epoch();
        let oldest = now.saturating_sub(retention.kept()).as_millis();
        let mut command = redis::cmd("XTRIM");
        command
            .arg(self.own.audit())
            .arg("MINID")
            .arg(oldest.to_string());
        Ok(reply::number(self.redis.command(&command).await?).unwrap_or(0))
    }

    /// How long a job's list of entries is kept, in ms; 0 for ever.
    pub(crate) fn audit_list_kept(&self) -> u64 {
        self.audit_retention.map_or(0, |retention| {
            u64::try_from(retention.kept().as_millis()).unwrap_or(0)
        })
    }
}
