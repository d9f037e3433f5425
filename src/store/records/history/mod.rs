//! The history of queues: one hash a queue.
//!
//! Its fields are the minutes of the running hour, each by itself (`o` and the minute counted from 1970), and chunks of many
//! slots (`m`, `f` or `h` and the number of the chunk): see `domain/history/encoding.rs`. Beside it are the last recorded
//! minute, and the minutes in which a process recorded: without those nobody could tell a quiet minute from an unknown one.
//! What can't be read of it is set aside: see [`damaged`](super::damaged).

pub(crate) mod read;

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::damaged::LeaderRecord;
use super::millis::millis;
use crate::domain::history::range::Resolution;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::error::StoreError;

/// How many queues are recorded at most.
pub(crate) const MOST_QUEUES: usize = 10_000;

/// Minutes in a day.
const DAY: u64 = 1440;

static RECORD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("record.lua")));
static ADVANCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("advance.lua")));
static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("keep.lua")));

/// Whose history it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum HistoryOf {
    /// One queue's.
    Queue(QueueId),
    /// That of all recorded queues together.
    All,
}

impl fmt::Display for HistoryOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(queue) => queue.fmt(f),
            // A queue has a colon.
            Self::All => f.write_str("all"),
        }
    }
}

impl HistoryOf {
    fn parse(text: &str) -> Option<Self> {
        match text.rsplit_once(':') {
            Some((prefix, name)) => QueueId::new(prefix, name).ok().map(Self::Queue),
            None => (text == "all").then_some(Self::All),
        }
    }
}

/// A field of a queue's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum HistoryField {
    /// A minute by itself, counted from 1970.
    Minute(u64),
    /// A chunk of slots, by its number.
    Chunk(Resolution, u64),
}

impl fmt::Display for HistoryField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minute(minute) => write!(f, "o{minute}"),
            Self::Chunk(Resolution::Minute, chunk) => write!(f, "m{chunk}"),
            Self::Chunk(Resolution::FiveMinutes, chunk) => write!(f, "f{chunk}"),
            Self::Chunk(Resolution::Hour, chunk) => write!(f, "h{chunk}"),
        }
    }
}

/// No minute is as late as this, which is some two million years ahead: more is a damaged record.
pub(super) const LATEST_MINUTE: u64 = 1 << 40;

impl HistoryField {
    fn parse(text: &str) -> Option<Self> {
        let number = text.get(1..)?.parse().ok();
        let number = number.filter(|number| *number < LATEST_MINUTE)?;
        Some(match text.get(..1)? {
            "o" => Self::Minute(number),
            "m" => Self::Chunk(Resolution::Minute, number),
            "f" => Self::Chunk(Resolution::FiveMinutes, number),
            "h" => Self::Chunk(Resolution::Hour, number),
            _ => return None,
        })
    }
}

/// Minutes of one queue to record, each encoded.
#[derive(Debug)]
pub(crate) struct MinutesToRecord {
    pub(crate) of: HistoryOf,
    pub(crate) minutes: Vec<(u64, Vec<u8>)>,
}

/// The result of a write that only the leader may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaderWrite {
    /// It is written.
    Written,
    /// There are too many queues.
    TooMany,
    /// Another process leads.
    NotLeader,
}

/// Parts of a history that are put together, and what is dropped.
#[derive(Debug)]
pub(crate) struct PartsToKeep {
    pub(crate) of: HistoryOf,
    pub(crate) set: Vec<(HistoryField, Vec<u8>)>,
    pub(crate) drop: Vec<HistoryField>,
    /// What can't be read, and is set aside before.
    pub(crate) damaged: Vec<HistoryField>,
}

impl Store {
    /// Records minutes of some queues, kept for `keep` from now on. What is known better already stays as it is.
    pub(crate) async fn record_minutes(
        &self,
        token: &str,
        queues: &[MinutesToRecord],
        now_ms: u64,
        keep: Duration,
    ) -> Result<Vec<LeaderWrite>, StoreError> {
        let invocation = |queue: &MinutesToRecord| self.recording(token, queue, now_ms, keep);
        let invocations: Vec<_> = queues.iter().map(invocation).collect();
        let mut answers = self.redis.scripts::<i64>(&RECORD, &invocations).await?;
        let is_odd = |answer: &Result<i64, StoreError>| matches!(answer, Err(error) if error.is_wrong_type());
        let odd: Vec<usize> = (0..answers.len())
            .filter(|at| is_odd(&answers[*at]))
            .collect();
        if !odd.is_empty() {
            let mut records = vec![LeaderRecord::HistoryQueues];
            records.extend(odd.iter().map(|at| record_of(&queues[*at].of)));
            self.set_aside_odd(token, &records).await?;
            let again: Vec<_> = odd.iter().map(|at| invocation(&queues[*at])).collect();
            let again = self.redis.scripts::<i64>(&RECORD, &again).await?;
            for (at, answer) in odd.into_iter().zip(again) {
                answers[at] = answer;
            }
        }
        let kept = answers.into_iter().zip(queues).map(|(answer, queue)| {
            answer.map(|answer| {
                let replaced = u64::try_from(answer - 1).unwrap_or_default();
                self.note_set_aside(&record_of(&queue.of), replaced);
                written(answer)
            })
        });
        kept.collect()
    }

    fn recording(
        &self,
        token: &str,
        queue: &MinutesToRecord,
        now_ms: u64,
        keep: Duration,
    ) -> ScriptInvocation<'static> {
        let mut one = RECORD.prepare_invoke();
        one.key(self.own.leader())
            .key(self.own.history_queues())
            .key(self.own.history(&queue.of.to_string()));
        one.arg(token).arg(queue.of.to_string());
        // All together take no queue's place.
        let most = MOST_QUEUES + usize::from(queue.of == HistoryOf::All);
        one.arg(most).arg(millis(keep)).arg(now_ms);
        for (minute, bytes) in &queue.minutes {
            one.arg(HistoryField::Minute(*minute).to_string())
                .arg(bytes.as_slice());
        }
        one
    }

    /// Notes that the minutes up to `recorded` are recorded for all queues, and that a process recorded in these.
    pub(crate) async fn advance_history(
        &self,
        token: &str,
        recorded: u64,
        minutes: &[u64],
        keep: Duration,
    ) -> Result<LeaderWrite, StoreError> {
        let mut days: Vec<u64> = minutes.iter().map(|minute| minute / DAY).collect();
        days.dedup();
        match self.advance(token, recorded, (minutes, &days), keep).await {
            Err(error) if error.is_wrong_type() => {
                let days_of = days.iter().map(|day| LeaderRecord::HistoryMinutes(*day));
                let records: Vec<_> = days_of.collect();
                self.set_aside_odd(token, &records).await?;
                self.advance(token, recorded, (minutes, &days), keep).await
            }
            done => done,
        }
    }

    async fn advance(
        &self,
        token: &str,
        recorded: u64,
        (minutes, days): (&[u64], &[u64]),
        keep: Duration,
    ) -> Result<LeaderWrite, StoreError> {
        let mut invocation = ADVANCE.prepare_invoke();
        invocation.key(self.own.leader());
        invocation.key(self.own.history_recorded());
        for day in days {
            invocation.key(self.own.history_minutes(*day));
        }
        invocation.arg(token).arg(recorded).arg(millis(keep));
        for minute in minutes {
            let key = days.iter().position(|day| *day == minute / DAY);
            invocation
                .arg(key.unwrap_or_default() + 1)
                .arg(minute % DAY);
        }
        self.redis.script(&invocation).await.map(written)
    }

    /// Puts parts of some queues' histories together, and drops those that are in them or too old.
    pub(crate) async fn keep_parts(
        &self,
        token: &str,
        queues: &[PartsToKeep],
    ) -> Result<Vec<LeaderWrite>, StoreError> {
        let mut invocations = Vec::with_capacity(queues.len());
        for queue in queues {
            let mut one = KEEP.prepare_invoke();
            one.key(self.own.leader())
                .key(self.own.history_queues())
                .key(self.own.history(&queue.of.to_string()));
            one.arg(token)
                .arg(queue.of.to_string())
                .arg(queue.set.len());
            for (field, bytes) in &queue.set {
                one.arg(field.to_string()).arg(bytes.as_slice());
            }
            for field in &queue.drop {
                one.arg(field.to_string());
            }
            invocations.push(one);
        }
        for queue in queues {
            let damaged = queue.damaged.iter();
            let fields: Vec<_> = damaged
                .map(|field| field.to_string().into_bytes())
                .collect();
            let record = record_of(&queue.of);
            self.set_aside_fields(token, &record, &fields).await?;
        }
        let answers = self.redis.scripts::<i64>(&KEEP, &invocations).await?;
        answers.into_iter().map(|one| one.map(written)).collect()
    }
}

fn record_of(of: &HistoryOf) -> LeaderRecord {
    LeaderRecord::History(of.to_string())
}

fn written(answer: i64) -> LeaderWrite {
    match answer {
        1.. => LeaderWrite::Written,
        0 => LeaderWrite::TooMany,
        _ => LeaderWrite::NotLeader,
    }
}
