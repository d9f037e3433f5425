//! The past of a queue as the leader would have stored it, put together in memory hour by hour: the benchmark of the history
//! stores it to measure how many bytes it takes.

use std::ops::Range;

use super::keep::put_together;
use crate::domain::history::chunks::HOUR;
use crate::domain::history::clock_trust::ClockTrust;
use crate::domain::history::encoding::encode_minute;
use crate::domain::history::range::HistoryKept;
use crate::domain::history::slot::Slot;
use crate::domain::stats::buckets::MinuteTimes;
use crate::store::records::history::HistoryField;
use crate::store::records::history::read::HistoryParts;

/// What happened in a minute of the past.
#[derive(Debug, Clone, Default)]
pub struct PastMinute {
    /// Jobs added.
    pub added: u64,
    /// Jobs completed.
    pub completed: u64,
    /// Jobs failed without attempts left.
    pub failed: u64,
    /// Outstanding jobs at its end.
    pub outstanding: u64,
    /// Workers at its end.
    pub workers: u64,
    /// How long each job waited that a worker took, in milliseconds.
    pub waited: Vec<u64>,
    /// How long each attempt took that ended, in milliseconds.
    pub worked: Vec<u64>,
}

impl PastMinute {
    fn slot(&self) -> Slot {
        let mut times = MinuteTimes::EMPTY;
        self.waited.iter().for_each(|ms| times.waiting.add(*ms));
        self.worked.iter().for_each(|ms| times.processing.add(*ms));
        Slot {
            added: self.added,
            completed: self.completed,
            failed: self.failed,
            outstanding: Some(self.outstanding),
            workers: Some(self.workers),
            times,
            ..Slot::QUIET
        }
    }
}

/// The fields of a queue's history, each with its value, that are left of these minutes, counted from 1970, when the last of them
/// is over. `happened` says what happened in a minute; `None` for a minute that is not recorded.
pub fn stored_past(
    minutes: Range<u64>,
    kept: &HistoryKept,
    happened: impl Fn(u64) -> Option<PastMinute>,
) -> Vec<(String, Vec<u8>)> {
    const TRUSTED: ClockTrust = ClockTrust {
        drops_old: true,
        drops_ahead: true,
    };
    let mut parts = HistoryParts::new();
    for minute in minutes {
        if minute.is_multiple_of(HOUR) {
            let fields: Vec<HistoryField> = parts.keys().copied().collect();
            let (set, drop, _) = put_together(&fields, &parts, (minute, TRUSTED), kept);
            parts.extend(set);
            drop.iter().for_each(|field| {
                parts.remove(field);
            });
        }
        if let Some(happened) = happened(minute) {
            parts.insert(
                HistoryField::Minute(minute),
                encode_minute(&happened.slot()),
            );
        }
    }
    let fields = parts.into_iter();
    fields
        .map(|(field, bytes)| (field.to_string(), bytes))
        .collect()
}
