//! What of a queue's history a reading needs, and what it makes of it.

use super::unrecorded::Unrecorded;
use crate::domain::history::chunks::{HOUR, Slots, put_better, roll_up, slots_of};
use crate::domain::history::encoding::decode_minute;
use crate::domain::history::gather::{Gathered, KnownSlots};
use crate::domain::history::range::Resolution;
use crate::domain::history::slot::Slot;
use crate::store::records::history::HistoryField;
use crate::store::records::history::read::HistoryParts;

/// The fields that a reading asks of each queue.
#[derive(Debug)]
pub(super) struct PartsPlan {
    resolution: Resolution,
    /// The minute in which the first point begins.
    first: u64,
    fields: Vec<HistoryField>,
}

impl PartsPlan {
    /// The fields for these points up to the minute `last`: the chunks of their resolution; all hours, for what was outstanding
    /// before; and the minutes of the last two recorded hours, which may not be in chunks yet.
    pub(super) fn of(gathered: &Gathered, last: u64, oldest: u64, unrecorded: &Unrecorded) -> Self {
        let (resolution, first) = (gathered.resolution(), gathered.first());
        let chunks = |resolution: Resolution, first: u64| {
            let length = resolution.minutes_a_chunk();
            (first / length..=last / length)
                .map(move |chunk| HistoryField::Chunk(resolution, chunk))
        };
        let mut fields: Vec<HistoryField> = chunks(Resolution::Hour, oldest).collect();
        if resolution != Resolution::Hour {
            fields.extend(chunks(resolution, first));
        }
        if let Some(recorded) = unrecorded.clock.recorded {
            let open = (recorded / HOUR).saturating_sub(1) * HOUR;
            let until = recorded.min(last);
            fields.extend((open..=until).map(HistoryField::Minute));
        }
        Self {
            resolution,
            first,
            fields,
        }
    }

    pub(super) fn fields(&self) -> &[HistoryField] {
        &self.fields
    }
}

/// What is known of a queue, from its parts and its unrecorded minutes, and the minute since when.
pub(super) fn known_of(
    plan: &PartsPlan,
    parts: &HistoryParts,
    unrecorded: &[(u64, Slot)],
) -> (KnownSlots, Option<u64>) {
    let (mut hours, mut slots, mut minutes) = (Slots::new(), Slots::new(), Slots::new());
    for (field, bytes) in parts {
        match field {
            HistoryField::Minute(minute) => {
                minutes.insert(*minute, decode_minute(bytes).unwrap_or(Slot::UNKNOWN));
            }
            HistoryField::Chunk(resolution, chunk) => {
                let read = slots_of(*resolution, *chunk, bytes);
                let read = read.unwrap_or_else(|| unknown(*resolution, *chunk));
                match *resolution == plan.resolution {
                    true => slots.extend(read),
                    false => hours.extend(read),
                }
            }
        }
    }
    put_better(&mut minutes, unrecorded.iter().copied());
    put_better(&mut slots, roll_up(&minutes, plan.resolution));
    let first_of = |slots: &Slots| slots.keys().next().copied();
    let since = [first_of(&hours), first_of(&slots)].into_iter().flatten();
    let last_before = |slots: &Slots, length: u64| {
        let before = slots.range(..plan.first).next_back();
        before.map(|(start, slot)| (start + length, *slot))
    };
    let before = [
        last_before(&hours, Resolution::Hour.minutes()),
        last_before(&slots, plan.resolution.minutes()),
        last_before(&minutes, 1),
    ];
    let known = KnownSlots {
        before: before
            .into_iter()
            .flatten()
            .filter(|(end, _)| *end <= plan.first)
            .max_by_key(|(end, _)| *end),
        slots,
    };
    (known, since.min())
}

/// The slots of a chunk that can't be read: nothing is known of them.
fn unknown(resolution: Resolution, chunk: u64) -> Slots {
    let first = chunk * resolution.minutes_a_chunk();
    let starts = (0..u64::from(resolution.places())).map(|at| first + at * resolution.minutes());
    starts.map(|start| (start, Slot::UNKNOWN)).collect()
}
