//! Puts the points of a reading together: what was recorded of each queue, what is not recorded yet, and what was quiet.

use super::chunks::Slots;
use super::point::{Coverage, HistoryPoint};
use super::presence::Presence;
use super::range::Resolution;
use super::slot::Slot;

/// The points of a reading, before they are filled.
#[derive(Debug)]
pub(crate) struct Gathered {
    resolution: Resolution,
    /// The minutes in which the points begin.
    starts: Vec<u64>,
    /// In how many of each point's minutes something was recorded, and how many it has up to now.
    present: Vec<(u64, u64)>,
    /// The last minute before the first point that nobody recorded.
    gap_before: Option<u64>,
    sums: Vec<Option<Slot>>,
}

/// What is known of one queue, or of several together.
#[derive(Debug, Default)]
pub(crate) struct KnownSlots {
    /// By points of the reading.
    pub(crate) slots: Slots,
    /// The outstanding jobs and workers that were recorded last before the first point, and in which minute that ended.
    pub(crate) before: Option<(u64, Slot)>,
}

impl Gathered {
    /// Points from the minute `first` on, up to `last`; `now` is the running minute.
    pub(crate) fn new(
        resolution: Resolution,
        (first, last, now): (u64, u64, u64),
        oldest: u64,
        presence: &Presence,
    ) -> Self {
        let length = resolution.minutes();
        let first = first - first % length;
        let starts: Vec<u64> = (first..=last).step_by(length as usize).collect();
        let present = starts.iter().map(|start| {
            let end = (start + length - 1).min(now);
            match *start <= end {
                true => (presence.count(*start..=end), end + 1 - start),
                false => (0, length),
            }
        });
        Self {
            resolution,
            present: present.collect(),
            gap_before: presence.gap_before(first, oldest),
            sums: vec![None; starts.len()],
            starts,
        }
    }

    /// The minute in which the first point begins.
    pub(crate) fn first(&self) -> u64 {
        self.starts.first().copied().unwrap_or_default()
    }

    /// Adds what is known of a queue.
    pub(crate) fn add(&mut self, known: &KnownSlots) {
        let unbroken = |end: &u64| self.gap_before.is_none_or(|gap| gap < *end);
        let before = known.before.as_ref().filter(|(end, _)| unbroken(end));
        let mut last = before.map(|(_, slot)| *slot);
        for ((start, sum), (present, minutes)) in
            self.starts.iter().zip(&mut self.sums).zip(&self.present)
        {
            let slot = match known.slots.get(start) {
                Some(slot) => {
                    last = Some(*slot);
                    cover(*slot, *present, *minutes)
                }
                None if *present == 0 => {
                    last = None;
                    Slot::UNKNOWN
                }
                None => {
                    let quiet = Slot {
                        outstanding: last.and_then(|last| last.outstanding),
                        workers: last.and_then(|last| last.workers),
                        ..Slot::QUIET
                    };
                    cover(quiet, *present, *minutes)
                }
            };
            match sum {
                Some(sum) => sum.beside(&slot),
                None => *sum = Some(slot),
            }
        }
    }

    /// The points. Those of no queue at all say nothing.
    pub(crate) fn points(&self) -> Vec<HistoryPoint> {
        let points = self.starts.iter().zip(&self.sums);
        points
            .map(|(start, sum)| sum.unwrap_or(Slot::UNKNOWN).point(start * 60_000))
            .collect()
    }

    /// How long each point lasts.
    pub(crate) fn resolution(&self) -> Resolution {
        self.resolution
    }
}

/// A slot of whose minutes only some were recorded.
fn cover(slot: Slot, present: u64, minutes: u64) -> Slot {
    let coverage = match slot.coverage {
        Coverage::Whole if present < minutes => Coverage::Part,
        coverage => coverage,
    };
    Slot { coverage, ..slot }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(minutes: impl IntoIterator<Item = u64>) -> Presence {
        let mut presence = Presence::default();
        minutes
            .into_iter()
            .for_each(|minute| presence.insert(minute));
        presence
    }

    fn completed(completed: u64, outstanding: u64) -> Slot {
        Slot {
            completed,
            outstanding: Some(outstanding),
            ..Slot::QUIET
        }
    }

    fn told(gathered: &Gathered) -> Vec<(Coverage, Option<u64>, Option<u64>)> {
        let points = gathered.points();
        let told = |point: &HistoryPoint| (point.coverage, point.completed, point.outstanding);
        points.iter().map(told).collect()
    }

    #[test]
    fn a_quiet_minute_is_zero_and_an_unknown_one_is_nothing() {
        let presence = recorded([100, 101, 102, 104, 105]);
        let mut gathered = Gathered::new(Resolution::Minute, (101, 105, 105), 100, &presence);
        gathered.add(&KnownSlots {
            slots: [(102, completed(7, 3))].into(),
            before: Some((101, completed(1, 9))),
        });
        use Coverage::{Nothing, Whole};
        let expected = [
            (Whole, Some(0), Some(9)),
            (Whole, Some(7), Some(3)),
            (Nothing, None, None),
            // What was outstanding before the gap says nothing about after it.
            (Whole, Some(0), None),
            (Whole, Some(0), None),
        ];
        assert_eq!(told(&gathered), expected);
    }

    #[test]
    fn what_was_outstanding_is_not_carried_over_a_gap_before_the_reading() {
        let presence = recorded([100, 102]);
        let mut gathered = Gathered::new(Resolution::Minute, (102, 102, 102), 100, &presence);
        gathered.add(&KnownSlots {
            slots: Slots::new(),
            before: Some((101, completed(1, 9))),
        });
        assert_eq!(told(&gathered), [(Coverage::Whole, Some(0), None)]);
    }

    #[test]
    fn queues_add_up_and_a_point_of_which_minutes_are_missing_is_a_part() {
        let presence = recorded([100, 101, 102, 103, 105, 106]);
        let mut gathered = Gathered::new(Resolution::FiveMinutes, (100, 109, 106), 100, &presence);
        for known in [completed(2, 5), completed(3, 6)] {
            gathered.add(&KnownSlots {
                slots: [(100, known), (105, known)].into(),
                before: None,
            });
        }
        let expected = [
            (Coverage::Part, Some(5), Some(11)),
            // The running point is whole as far as it has come.
            (Coverage::Whole, Some(5), Some(11)),
        ];
        assert_eq!(told(&gathered), expected);
    }
}
