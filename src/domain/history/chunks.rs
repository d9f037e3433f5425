//! Where slots are kept: minutes by the hour, five minutes by the day, and hours by ten days.

use std::collections::BTreeMap;

use super::encoding::{decode_chunk, encode_chunk};
use super::point::Coverage;
use super::range::Resolution;
use super::slot::Slot;

/// Minutes in an hour.
pub(crate) const HOUR: u64 = 60;

impl Resolution {
    /// How many minutes a slot lasts.
    pub(crate) fn minutes(self) -> u64 {
        self.millis() / 60_000
    }

    /// How many slots one chunk has.
    pub(crate) fn places(self) -> u16 {
        match self {
            Self::Minute => 60,
            Self::FiveMinutes => 288,
            Self::Hour => 240,
        }
    }

    /// How many minutes one chunk is about.
    pub(crate) fn minutes_a_chunk(self) -> u64 {
        self.minutes() * u64::from(self.places())
    }
}

/// Slots by the minute, counted from 1970, in which they begin.
pub(crate) type Slots = BTreeMap<u64, Slot>;

/// The slots of a chunk; `None` if it can't be read.
pub(crate) fn slots_of(resolution: Resolution, chunk: u64, bytes: &[u8]) -> Option<Slots> {
    let slots = decode_chunk(bytes, resolution.places())?;
    let first = chunk * resolution.minutes_a_chunk();
    let minute = |place: u16| first + u64::from(place) * resolution.minutes();
    Some(
        slots
            .into_iter()
            .map(|(place, slot)| (minute(place), slot))
            .collect(),
    )
}

/// A chunk of those of these slots that belong to it.
pub(crate) fn chunk_of(resolution: Resolution, chunk: u64, slots: &Slots) -> Vec<u8> {
    let first = chunk * resolution.minutes_a_chunk();
    let after = first + resolution.minutes_a_chunk();
    let placed: Vec<(u16, Slot)> = slots
        .range(first..after)
        .map(|(minute, slot)| (((minute - first) / resolution.minutes()) as u16, *slot))
        .collect();
    encode_chunk(&placed)
}

/// Adds minutes up to longer slots. A minute without a slot was quiet, if anything was recorded then at all.
pub(crate) fn roll_up(minutes: &Slots, resolution: Resolution) -> Slots {
    let length = resolution.minutes();
    let mut rolled: BTreeMap<u64, (Slot, u64)> = BTreeMap::new();
    for (minute, slot) in minutes {
        let start = minute - minute % length;
        let sum = rolled.entry(start).and_modify(|(sum, parts)| {
            sum.then(slot);
            *parts += 1;
        });
        sum.or_insert((*slot, 1));
    }
    let rolled = rolled.into_iter().map(|(start, (mut slot, parts))| {
        if slot.coverage == Coverage::Nothing && parts < length {
            slot.coverage = Coverage::Part;
        }
        (start, slot)
    });
    rolled.collect()
}

/// Puts slots in the place of others of the same time, where they know no less.
pub(crate) fn put_better(slots: &mut Slots, others: impl IntoIterator<Item = (u64, Slot)>) {
    for (minute, slot) in others {
        match slots.get(&minute) {
            Some(kept) if !slot.knows_no_less_than(kept) => {}
            _ => {
                slots.insert(minute, slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn added(added: u64, coverage: Coverage) -> Slot {
        Slot {
            added,
            coverage,
            outstanding: Some(added),
            ..Slot::QUIET
        }
    }

    #[test]
    fn minutes_add_up_to_five_minutes_and_hours() {
        let minutes: Slots = (0..60).map(|at| (at, added(at, Coverage::Whole))).collect();
        let five = roll_up(&minutes, Resolution::FiveMinutes);
        assert_eq!(five.len(), 12);
        assert_eq!(five[&5], {
            let mut sum = added(5 + 6 + 7 + 8 + 9, Coverage::Whole);
            sum.outstanding = Some(9);
            sum
        });
        let hour = roll_up(&minutes, Resolution::Hour);
        assert_eq!((hour.len(), hour[&0].added), (1, 59 * 60 / 2));
    }

    #[test]
    fn what_is_partly_unknown_is_a_part() {
        let unknown =
            |minutes: u64| -> Slots { (0..minutes).map(|at| (at, Slot::UNKNOWN)).collect() };
        let coverage = |slots: Slots| roll_up(&slots, Resolution::FiveMinutes)[&0].coverage;
        assert_eq!(coverage(unknown(5)), Coverage::Nothing);
        assert_eq!(coverage(unknown(4)), Coverage::Part);
        let mut mixed = unknown(4);
        mixed.insert(4, added(1, Coverage::Whole));
        assert_eq!(coverage(mixed), Coverage::Part);
    }

    #[test]
    fn a_chunk_holds_the_slots_of_its_time() {
        let slots: Slots = [59, 60, 119, 120]
            .map(|at| (at, added(at, Coverage::Whole)))
            .into();
        let bytes = chunk_of(Resolution::Minute, 1, &slots);
        let kept = slots_of(Resolution::Minute, 1, &bytes).unwrap();
        assert_eq!(kept.keys().copied().collect::<Vec<_>>(), [60, 119]);
        let hours: Slots = [0, 60, 120].map(|at| (at, Slot::QUIET)).into();
        let days = chunk_of(Resolution::Hour, 0, &hours);
        let kept = slots_of(Resolution::Hour, 0, &days).unwrap();
        assert_eq!(kept.keys().copied().collect::<Vec<_>>(), [0, 60, 120]);
    }

    #[test]
    fn a_slot_that_knows_less_takes_no_others_place() {
        let mut slots: Slots = [(1, added(5, Coverage::Whole))].into();
        put_better(
            &mut slots,
            [(1, added(9, Coverage::Part)), (2, Slot::QUIET)],
        );
        assert_eq!((slots[&1].added, slots.len()), (5, 2));
        put_better(&mut slots, [(1, added(6, Coverage::Whole))]);
        assert_eq!(slots[&1].added, 6);
    }

    /// A busy minute: about 1,000 jobs, whose numbers and times vary as a hash of the minute does.
    fn busy(minute: u64) -> Slot {
        let vary = |of: u64| u64::from(crc32fast::hash(&(minute * 31 + of).to_le_bytes())) % 1000;
        let mut slot = Slot {
            added: 900 + vary(1) / 5,
            completed: 900 + vary(2) / 5,
            failed: vary(3) / 50,
            outstanding: Some(5_000 + vary(4)),
            workers: Some(8),
            ..Slot::QUIET
        };
        for job in 0..1000 {
            let base = 40 + vary(job + 10);
            slot.times.waiting.add(base * base / 50);
            slot.times.processing.add(base * 3);
        }
        slot
    }

    #[test]
    fn a_busy_queue_takes_about_90_kilobytes_for_thirty_days() {
        let hour: Slots = (0..HOUR).map(|at| (at, busy(at))).collect();
        let five: Slots = (0..288).map(|at| (at * 5, busy(at * 5))).collect();
        let hours: Slots = (0..240).map(|at| (at * HOUR, busy(at * HOUR))).collect();
        let sizes = [
            24 * chunk_of(Resolution::Minute, 0, &hour).len(),
            8 * chunk_of(Resolution::FiveMinutes, 0, &five).len(),
            4 * chunk_of(Resolution::Hour, 0, &hours).len(),
            60 * super::super::encoding::encode_minute(&busy(7)).len(),
        ];
        let bytes: usize = sizes.iter().sum();
        println!("minutes, five minutes, hours, running hour: {sizes:?}, {bytes} in all");
        assert!(bytes < 100_000, "{sizes:?}");
    }
}
