//! The history of queues: one hash a queue.
//!
//! Its fields are the minutes of the running hour, each by itself (`o` and the minute counted from 1970), and chunks of many
//! slots (`m`, `f` or `h` and the number of the chunk): see `domain/history/encoding.rs`. Beside it are the last recorded
//! minute, and the minutes in which a process recorded: without those nobody could tell a quiet minute from an unknown one.

pub(crate) mod read;

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

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
        let mut invocations = Vec::with_capacity(queues.len());
        for queue in queues {
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
            invocations.push(one);
        }
        let answers = self.redis.scripts::<i64>(&RECORD, &invocations).await?;
        let answers = answers.into_iter().zip(queues);
        let kept = |(answer, queue): (Result<i64, StoreError>, &MinutesToRecord)| match answer {
            // A damaged record of one queue keeps no other from being recorded.
            Err(error) if error.is_wrong_type() => {
                tracing::warn!(%error, queue = %queue.of, "the history of a queue can't be recorded: delete its key");
                Ok(LeaderWrite::Written)
            }
            answer => answer.map(written),
        };
        answers.map(kept).collect()
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
        let mut invocation = ADVANCE.prepare_invoke();
        invocation.key(self.own.leader());
        invocation.key(self.own.history_recorded());
        for day in &days {
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
        let answers = self.redis.scripts::<i64>(&KEEP, &invocations).await?;
        answers.into_iter().map(|one| one.map(written)).collect()
    }
}

fn written(answer: i64) -> LeaderWrite {
    match answer {
        1 => LeaderWrite::Written,
        0 => LeaderWrite::TooMany,
        _ => LeaderWrite::NotLeader,
    }
}
