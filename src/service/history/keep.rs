//! Puts the minutes of ended hours together in chunks, adds them up to five minutes and hours, and drops what is too old.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::history::chunks::{HOUR, Slots, chunk_of, put_better, roll_up, slots_of};
use crate::domain::history::clock_trust::ClockTrust;
use crate::domain::history::encoding::{decode_minute, is_damaged};
use crate::domain::history::range::{HistoryKept, Resolution};
use crate::domain::history::slot::Slot;
use crate::service::Services;
use crate::service::large_texts::blocking::spawn_blocking;
use crate::service::leader::leadership::LeaderToken;
use crate::store::error::StoreError;
use crate::store::records::history::read::HistoryParts;
use crate::store::records::history::{HistoryField, LeaderWrite, PartsToKeep};

/// How many queues are read and written at once, and how long Redis has for others after them.
const QUEUES_AT_ONCE: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// What is further in the future than this comes from a clock that was wrong, and is dropped.
const AHEAD_MINUTES: u64 = 1440;

const EVERY: [Resolution; 3] = [
    Resolution::Minute,
    Resolution::FiveMinutes,
    Resolution::Hour,
];

impl Services {
    /// Puts the ended hours of all recorded queues together, as of the minute `now`, and drops what a clock is trusted to drop.
    pub(super) async fn keep_history(
        &self,
        token: &LeaderToken,
        now: u64,
        trust: ClockTrust,
    ) -> Result<(), StoreError> {
        let kept = self.rules.history;
        let queues = self.store.recorded_queues().await?;
        for some in queues.chunks(QUEUES_AT_ONCE) {
            let fields = self.store.history_fields(some).await?;
            let wanted = (some.iter().zip(&fields))
                .map(|(of, fields)| (of.clone(), wanted(fields, now)))
                .collect::<Vec<_>>();
            let parts = self.store.history_parts(&wanted).await?;
            let read: Vec<_> = some.iter().cloned().zip(fields).zip(parts).collect();
            let together = move || {
                let plans = read.into_iter().map(|((of, fields), parts)| {
                    let (set, drop, damaged) = put_together(&fields, &parts, (now, trust), &kept);
                    PartsToKeep {
                        of,
                        set,
                        drop,
                        damaged,
                    }
                });
                let is_due = |plan: &PartsToKeep| !plan.set.is_empty() || !plan.drop.is_empty();
                plans.filter(is_due).collect::<Vec<_>>()
            };
            let plans = match spawn_blocking(together).await {
                Ok(plans) => plans,
                Err(error) => {
                    tracing::error!(%error, "the history was not put together");
                    continue;
                }
            };
            let written = self.store.keep_parts(token.as_str(), &plans).await?;
            if written.contains(&LeaderWrite::NotLeader) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// The hours that are over and have minutes by themselves.
fn ended_hours(fields: &[HistoryField], now: u64) -> BTreeSet<u64> {
    let hours = fields.iter().filter_map(|field| match field {
        HistoryField::Minute(minute) => Some(minute / HOUR),
        HistoryField::Chunk(..) => None,
    });
    hours.filter(|hour| *hour < now / HOUR).collect()
}

/// The chunk of this resolution that an hour belongs to.
fn chunk_with(resolution: Resolution, hour: u64) -> HistoryField {
    HistoryField::Chunk(resolution, hour * HOUR / resolution.minutes_a_chunk())
}

/// What has to be read to put the ended hours together.
fn wanted(fields: &[HistoryField], now: u64) -> Vec<HistoryField> {
    let hours = ended_hours(fields, now);
    let mut wanted: BTreeSet<HistoryField> = hours
        .iter()
        .flat_map(|hour| EVERY.map(|resolution| chunk_with(resolution, *hour)))
        .collect();
    wanted.extend(fields.iter().copied().filter(|field| match field {
        HistoryField::Minute(minute) => hours.contains(&(minute / HOUR)),
        HistoryField::Chunk(..) => false,
    }));
    wanted.into_iter().collect()
}

type Set = Vec<(HistoryField, Vec<u8>)>;

/// What to set and what to drop in the history of a queue that has these fields, and which of them are damaged. A chunk of another
/// version of the encoding stays as it is, and so do the minutes that belong to it.
pub(super) fn put_together(
    fields: &[HistoryField],
    parts: &HistoryParts,
    (now, trust): (u64, ClockTrust),
    kept: &HistoryKept,
) -> (Set, Vec<HistoryField>, Vec<HistoryField>) {
    let (mut set, mut drop, mut damaged) = (Set::new(), Vec::new(), Vec::new());
    let mut changed = HistoryParts::new();
    for hour in ended_hours(fields, now) {
        let Some((chunks, minutes)) = one_hour(hour, fields, (parts, &changed), &mut damaged)
        else {
            continue;
        };
        changed.extend(chunks);
        drop.extend(minutes);
    }
    let is_old = |field: &HistoryField| {
        let (first, end, resolution) = match field {
            HistoryField::Minute(minute) => (*minute, minute + 1, Resolution::Minute),
            HistoryField::Chunk(resolution, chunk) => {
                let length = resolution.minutes_a_chunk();
                (chunk * length, (chunk + 1) * length, *resolution)
            }
        };
        let is_ahead = first > now + AHEAD_MINUTES;
        (trust.drops_old && end + kept.minutes_of(resolution) <= now)
            || (trust.drops_ahead && is_ahead)
    };
    set.extend(changed.into_iter().filter(|(field, _)| !is_old(field)));
    drop.extend(fields.iter().copied().filter(is_old));
    (set, drop, damaged)
}

/// The chunks that an ended hour goes into, and the fields of its minutes; `None` if one of the chunks is of another version. What is
/// damaged counts as absent.
fn one_hour(
    hour: u64,
    fields: &[HistoryField],
    (parts, changed): (&HistoryParts, &HistoryParts),
    damaged: &mut Vec<HistoryField>,
) -> Option<(Set, Vec<HistoryField>)> {
    let own: Vec<(u64, HistoryField)> = fields
        .iter()
        .filter_map(|field| match field {
            HistoryField::Minute(minute) if minute / HOUR == hour => Some((*minute, *field)),
            _ => None,
        })
        .collect();
    let mut chunk = |resolution: Resolution| -> Option<Slots> {
        let field = chunk_with(resolution, hour);
        let HistoryField::Chunk(_, number) = field else {
            return None;
        };
        match changed.get(&field).or_else(|| parts.get(&field)) {
            Some(bytes) => slots_of(resolution, number, bytes).or_else(|| {
                let is_lost = is_damaged(bytes);
                if is_lost && !damaged.contains(&field) {
                    damaged.push(field);
                }
                is_lost.then(Slots::new)
            }),
            None => Some(Slots::new()),
        }
    };
    let mut minutes = chunk(Resolution::Minute)?;
    let open = own.iter().map(|(minute, field)| {
        let slot = parts.get(field).and_then(|bytes| decode_minute(bytes));
        (*minute, slot.unwrap_or(Slot::UNKNOWN))
    });
    put_better(&mut minutes, open);
    let mut set = Set::new();
    for resolution in EVERY {
        let mut slots = chunk(resolution)?;
        slots.extend(roll_up(&minutes, resolution));
        let field = chunk_with(resolution, hour);
        let HistoryField::Chunk(_, number) = field else {
            return None;
        };
        set.push((field, chunk_of(resolution, number, &slots)));
    }
    let lost = own.iter().map(|(_, field)| *field).filter(|field| {
        let bytes = parts.get(field);
        bytes.is_some_and(|bytes| decode_minute(bytes).is_none() && is_damaged(bytes))
    });
    damaged.extend(lost);
    Some((set, own.iter().map(|(_, field)| *field).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::encoding::encode_minute;

    const DAY: u64 = 1440;

    /// A minute of 2026 in which an hour begins.
    const NOW: u64 = 29_921_880;

    const KEPT: HistoryKept = HistoryKept {
        minutes: Duration::from_secs(86_400),
        five_minutes: Duration::from_secs(7 * 86_400),
        hours: Duration::from_secs(30 * 86_400),
    };

    /// Which fields of a history are left as of a minute: one with a minute of the last hour by itself, an hour of yesterday, and
    /// what a clock that was a year ahead left.
    fn left(now: u64, trust: ClockTrust) -> Vec<HistoryField> {
        let minute = HistoryField::Minute(NOW - 7);
        let ahead = HistoryField::Minute(NOW + 365 * DAY);
        let yesterday = chunk_with(Resolution::Minute, (NOW - DAY / 2) / HOUR);
        let fields = [minute, ahead, yesterday];
        let quiet = encode_minute(&Slot::QUIET);
        let parts = HistoryParts::from([(minute, quiet.clone()), (ahead, quiet)]);
        let (set, drop, damaged) = put_together(&fields, &parts, (now, trust), &KEPT);
        assert_eq!(damaged, []);
        let mut left: BTreeSet<HistoryField> = fields.into();
        left.extend(set.into_iter().map(|(field, _)| field));
        drop.iter().for_each(|field| {
            left.remove(field);
        });
        left.into_iter().collect()
    }

    #[test]
    fn a_clock_that_jumps_costs_nothing_until_it_is_trusted() {
        let trust = |drops_old, drops_ahead| ClockTrust {
            drops_old,
            drops_ahead,
        };
        let hour = EVERY.map(|resolution| chunk_with(resolution, (NOW - 7) / HOUR));
        let yesterday = chunk_with(Resolution::Minute, (NOW - DAY / 2) / HOUR);
        let ahead = HistoryField::Minute(NOW + 365 * DAY);
        let with = |more: &[HistoryField]| -> Vec<HistoryField> {
            let fields: BTreeSet<HistoryField> = hour.iter().chain(more).copied().collect();
            fields.into_iter().collect()
        };
        assert_eq!(left(NOW, trust(true, false)), with(&[yesterday, ahead]));
        assert_eq!(left(NOW, trust(true, true)), with(&[yesterday]));
        // Ten days ahead, first for a moment, then for long.
        let later = NOW + 10 * DAY;
        assert_eq!(left(later, trust(false, false)), with(&[yesterday, ahead]));
        assert_eq!(left(later, trust(true, true)), [hour[2]]);
        // Two days behind.
        let minute = HistoryField::Minute(NOW - 7);
        let earlier = NOW - 2 * DAY;
        let all = left(earlier, trust(true, false));
        assert_eq!(all, [minute, ahead, yesterday]);
        assert_eq!(left(earlier, trust(true, true)), []);
    }
}
