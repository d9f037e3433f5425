//! Records of the leading process that can't be read: a key of another type, or bytes that nobody can make sense of.
//!
//! One rule for all of them: what can't be read is set aside under another name, is said in the log and counted, and the work goes
//! on without it. Of a hash only the fields are set aside that can't be read. What is set aside is bounded: one key for each
//! record, for [`KEPT_ASIDE`].

pub(crate) mod counts;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::millis::millis;
use crate::store::Store;
use crate::store::error::StoreError;
use counts::NAMES;

/// How long a record is kept that was set aside.
pub(super) const KEPT_ASIDE: Duration = Duration::from_secs(7 * 86_400);

/// How many bytes of fields are copied in one step: some milliseconds of Redis's time.
const MOST_BYTES: usize = 1024 * 1024;

/// How many fields are set aside in one step, and how many are kept of one record.
const FIELDS_AT_ONCE: usize = 100;
const MOST_FIELDS: usize = 1_000;

/// The part of a script that sets a record aside.
pub(super) const SET_ASIDE: &str = include_str!("set_aside.lua");

static RECORDS: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{SET_ASIDE}{}", include_str!("records.lua"))));
static FIELDS: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{SET_ASIDE}{}", include_str!("fields.lua"))));

/// A record that the leading process keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LeaderRecord {
    /// The lease.
    Lease,
    /// Who leads.
    Process,
    /// The history of a queue, or of all.
    History(String),
    /// The queues that are recorded.
    HistoryQueues,
    /// The last recorded minute.
    HistoryRecorded,
    /// The minutes of a day in which a process recorded.
    HistoryMinutes(u64),
    /// The marks.
    Marks,
    /// The marks by time.
    MarksByTime,
    /// What was seen when marks were looked for.
    MarksSeen,
    /// The alerts.
    Alerts,
    /// The messages that wait.
    AlertOutbox,
    /// The silences.
    AlertSilences,
}

impl LeaderRecord {
    /// Its name, the same for all queues and days, and the type of its key.
    fn name_and_type(&self) -> (&'static str, &'static str) {
        match self {
            Self::Lease => (NAMES[0], "string"),
            Self::Process => (NAMES[1], "hash"),
            Self::History(_) => (NAMES[2], "hash"),
            Self::HistoryQueues => (NAMES[3], "zset"),
            Self::HistoryRecorded => (NAMES[4], "string"),
            Self::HistoryMinutes(_) => (NAMES[5], "string"),
            Self::Marks => (NAMES[6], "hash"),
            Self::MarksByTime => (NAMES[7], "zset"),
            Self::MarksSeen => (NAMES[8], "hash"),
            Self::Alerts => (NAMES[9], "hash"),
            Self::AlertOutbox => (NAMES[10], "hash"),
            Self::AlertSilences => (NAMES[11], "hash"),
        }
    }
}

impl Store {
    /// How many damaged records, or parts of one, this process has set aside or replaced, by the record's name.
    pub(crate) fn records_set_aside(&self) -> BTreeMap<&'static str, u64> {
        self.set_aside.all()
    }

    fn key_of(&self, record: &LeaderRecord) -> String {
        match record {
            LeaderRecord::Lease => self.own.leader(),
            LeaderRecord::Process => self.own.leader_process(),
            LeaderRecord::History(of) => self.own.history(of),
            LeaderRecord::HistoryQueues => self.own.history_queues(),
            LeaderRecord::HistoryRecorded => self.own.history_recorded(),
            LeaderRecord::HistoryMinutes(day) => self.own.history_minutes(*day),
            LeaderRecord::Marks => self.own.marks(),
            LeaderRecord::MarksByTime => self.own.marks_by_time(),
            LeaderRecord::MarksSeen => self.own.marks_seen(),
            LeaderRecord::Alerts => self.own.alerts(),
            LeaderRecord::AlertOutbox => self.own.alert_outbox(),
            LeaderRecord::AlertSilences => self.own.alert_silences(),
        }
    }

    /// Sets those of these records aside whose keys have another type than they should have.
    pub(super) async fn set_aside_odd(
        &self,
        token: &str,
        records: &[LeaderRecord],
    ) -> Result<(), StoreError> {
        let kinds = records.iter().map(|record| record.name_and_type().1);
        let asked: Vec<_> = records.iter().zip(kinds).collect();
        self.set_aside(token, &asked).await
    }

    /// Sets a record aside that can't be read, whatever its type.
    pub(super) async fn set_aside_whole(
        &self,
        token: &str,
        record: &LeaderRecord,
    ) -> Result<(), StoreError> {
        self.set_aside(token, &[(record, "")]).await
    }

    async fn set_aside(
        &self,
        token: &str,
        records: &[(&LeaderRecord, &str)],
    ) -> Result<(), StoreError> {
        let mut invocation = RECORDS.prepare_invoke();
        invocation.key(self.own.leader());
        invocation.arg(token).arg(millis(KEPT_ASIDE));
        for (record, kind) in records {
            let key = self.key_of(record);
            invocation.key(&key).key(self.own.aside(&key)).arg(*kind);
        }
        let done: Vec<usize> = self.redis.script(&invocation).await?;
        let records = done.into_iter().filter_map(|at| records.get(at - 1));
        records.for_each(|(record, _)| self.note_set_aside(record, 1));
        Ok(())
    }

    /// Sets fields of a record aside that can't be read.
    pub(crate) async fn set_aside_fields(
        &self,
        token: &str,
        record: &LeaderRecord,
        fields: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        let key = self.key_of(record);
        let mut due: Vec<&[Vec<u8>]> = fields.chunks(FIELDS_AT_ONCE).collect();
        while let Some(some) = due.pop() {
            let mut invocation = FIELDS.prepare_invoke();
            invocation.key(self.own.leader());
            invocation.key(&key).key(self.own.aside(&key));
            invocation.arg(token).arg(millis(KEPT_ASIDE));
            invocation.arg(MOST_BYTES).arg(MOST_FIELDS);
            for field in some {
                invocation.arg(field.as_slice());
            }
            let count: i64 = self.redis.script(&invocation).await?;
            match u64::try_from(count) {
                Ok(count) => self.note_set_aside(record, count),
                Err(_) => {
                    let (one, other) = some.split_at(some.len() / 2);
                    due.extend([one, other]);
                }
            }
        }
        Ok(())
    }

    /// Says and counts what was set aside, or was replaced since it was too small to be worth it.
    pub(super) fn note_set_aside(&self, record: &LeaderRecord, count: u64) {
        if count > 0 {
            let key = self.key_of(record);
            let aside = self.own.aside(&key);
            tracing::warn!(
                key,
                aside,
                count,
                "a record of Bullkeeper can't be read and was set aside; the work goes on without it"
            );
            self.set_aside.add(record.name_and_type().0, count);
        }
    }
}
