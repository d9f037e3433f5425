//! How slots are stored: each minute of the running hour by itself, so that it can be set again, and later many together in a
//! compressed chunk. Both begin with a byte that names the version of the encoding, and hold a checksum.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::point::Coverage;
use super::slot::Slot;
use crate::domain::stats::buckets::{MinuteTimes, TimeBuckets};
use crate::domain::stats::varint::{put, put_signed, take, take_signed};

/// The version of both encodings.
const VERSION: u8 = 1;

/// No version is as high as to be above this: more is a damaged record. `record.lua` has the same number.
const LATEST_VERSION: u8 = 15;

/// The most bytes that a chunk may have before it is compressed; the largest possible has fewer.
const MOST_BYTES: u64 = 256 * 1024;

/// A minute by itself. After the version comes its rank, which the script that stores it compares: how much of it is known,
/// and the number of its events, in five bytes with the highest first.
pub(crate) fn encode_minute(slot: &Slot) -> Vec<u8> {
    let mut bytes = vec![VERSION, slot.coverage.rank()];
    let events = u32::try_from(slot.events()).unwrap_or(u32::MAX);
    bytes.extend(events.to_be_bytes());
    for count in [slot.added, slot.completed, slot.failed] {
        put(&mut bytes, count);
    }
    put(&mut bytes, or_unknown(slot.outstanding));
    put(&mut bytes, or_unknown(slot.workers));
    bytes.extend(slot.times.pack());
    let check = crc32fast::hash(&bytes) as u16;
    bytes.extend(check.to_le_bytes());
    bytes
}

/// A minute as it was stored; `None` if the version is another or the bytes are damaged.
pub(crate) fn decode_minute(bytes: &[u8]) -> Option<Slot> {
    let (bytes, check) = bytes.split_last_chunk::<2>()?;
    let (head, mut rest) = bytes.split_at_checked(6)?;
    if head[0] != VERSION || crc32fast::hash(bytes) as u16 != u16::from_le_bytes(*check) {
        return None;
    }
    let slot = Slot {
        coverage: Coverage::of_rank(head[1])?,
        added: take(&mut rest)?,
        completed: take(&mut rest)?,
        failed: take(&mut rest)?,
        outstanding: known(take(&mut rest)?),
        workers: known(take(&mut rest)?),
        times: MinuteTimes::unpack(rest)?,
    };
    Some(slot)
}

/// Whether bytes that can't be read are damaged. Others are of another version, and are left to it.
pub(crate) fn is_damaged(bytes: &[u8]) -> bool {
    let version = bytes.first().copied().unwrap_or_default();
    version <= VERSION || version > LATEST_VERSION
}

/// Slots with their places in the chunk, the first place first.
pub(crate) fn encode_chunk(slots: &[(u16, Slot)]) -> Vec<u8> {
    let mut plain = Vec::new();
    put(&mut plain, slots.len() as u64);
    let mut before = 0;
    for (place, _) in slots {
        put(&mut plain, u64::from(place.saturating_sub(before)));
        before = *place;
    }
    plain.extend(slots.iter().map(|(_, slot)| slot.coverage.rank()));
    for column in COLUMNS {
        let mut before = 0u64;
        for (_, slot) in slots {
            let number = (column.of)(slot);
            // Wrapping: whatever the numbers, adding the differences up again leads back to them.
            put_signed(&mut plain, number.wrapping_sub(before) as i64);
            before = number;
        }
    }
    for (_, slot) in slots {
        slot.times.waiting.put(&mut plain);
    }
    for (_, slot) in slots {
        slot.times.processing.put(&mut plain);
    }
    let mut bytes = vec![VERSION];
    bytes.extend(crc32fast::hash(&plain).to_le_bytes());
    let mut deflated = DeflateEncoder::new(bytes, Compression::best());
    // Writing to memory does not fail.
    let _ = deflated.write_all(&plain);
    deflated.finish().unwrap_or_default()
}

/// The slots of a chunk with `places` places; `None` if the version is another or the bytes are damaged.
pub(crate) fn decode_chunk(bytes: &[u8], places: u16) -> Option<Vec<(u16, Slot)>> {
    let (version, rest) = bytes.split_first()?;
    let (check, deflated) = rest.split_first_chunk::<4>()?;
    if *version != VERSION {
        return None;
    }
    let mut plain = Vec::new();
    let mut inflated = DeflateDecoder::new(deflated).take(MOST_BYTES);
    inflated.read_to_end(&mut plain).ok()?;
    if crc32fast::hash(&plain) != u32::from_le_bytes(*check) {
        return None;
    }
    let mut rest = plain.as_slice();
    let count = usize::try_from(take(&mut rest)?).ok()?;
    if count > usize::from(places) {
        return None;
    }
    let mut slots = Vec::with_capacity(count);
    let mut place = 0u16;
    for at in 0..count {
        let step = u16::try_from(take(&mut rest)?).ok()?;
        place = place.checked_add(step)?;
        if place >= places || (at > 0 && step == 0) {
            return None;
        }
        slots.push((place, Slot::QUIET));
    }
    for (_, slot) in &mut slots {
        let (rank, others) = rest.split_first()?;
        slot.coverage = Coverage::of_rank(*rank)?;
        rest = others;
    }
    for column in COLUMNS {
        let mut number = 0u64;
        for (_, slot) in &mut slots {
            number = number.wrapping_add(take_signed(&mut rest)? as u64);
            (column.set)(slot, number);
        }
    }
    for (_, slot) in &mut slots {
        slot.times.waiting = TimeBuckets::take(&mut rest)?;
    }
    for (_, slot) in &mut slots {
        slot.times.processing = TimeBuckets::take(&mut rest)?;
    }
    rest.is_empty().then_some(slots)
}

/// A number that every slot has.
struct Column {
    of: fn(&Slot) -> u64,
    set: fn(&mut Slot, u64),
}

const COLUMNS: [Column; 5] = [
    Column {
        of: |slot| slot.added,
        set: |slot, number| slot.added = number,
    },
    Column {
        of: |slot| slot.completed,
        set: |slot, number| slot.completed = number,
    },
    Column {
        of: |slot| slot.failed,
        set: |slot, number| slot.failed = number,
    },
    Column {
        of: |slot| or_unknown(slot.outstanding),
        set: |slot, number| slot.outstanding = known(number),
    },
    Column {
        of: |slot| or_unknown(slot.workers),
        set: |slot, number| slot.workers = known(number),
    },
];

/// 0 for what is not known, else one more than the number.
fn or_unknown(number: Option<u64>) -> u64 {
    number.map_or(0, |number| number.saturating_add(1))
}

fn known(stored: u64) -> Option<u64> {
    stored.checked_sub(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn times() -> impl Strategy<Value = TimeBuckets> {
        proptest::collection::vec(0u64..20_000_000, 0..9).prop_map(|times| {
            let mut buckets = TimeBuckets::default();
            times.into_iter().for_each(|ms| buckets.add(ms));
            buckets
        })
    }

    fn slot() -> impl Strategy<Value = Slot> {
        let counts = (0u64..1 << 40, any::<u64>(), 0u64..9);
        let seen = (
            proptest::option::of(0u64..u64::MAX),
            proptest::option::of(0u64..5_000),
        );
        (0u8..3, counts, seen, (times(), times())).prop_map(|(rank, counts, seen, times)| Slot {
            coverage: Coverage::of_rank(rank).unwrap(),
            added: counts.0,
            completed: counts.1,
            failed: counts.2,
            outstanding: seen.0,
            workers: seen.1,
            times: MinuteTimes {
                waiting: times.0,
                processing: times.1,
            },
        })
    }

    proptest! {
        #[test]
        fn a_minute_comes_back(slot in slot()) {
            prop_assert_eq!(decode_minute(&encode_minute(&slot)), Some(slot));
        }

        #[test]
        fn a_chunk_comes_back(slots in proptest::collection::btree_map(0u16..288, slot(), 0..60)) {
            let slots: Vec<(u16, Slot)> = slots.into_iter().collect();
            prop_assert_eq!(decode_chunk(&encode_chunk(&slots), 288), Some(slots));
        }

        #[test]
        fn any_bytes_are_unknown_at_worst(mut bytes: Vec<u8>, damaged in 0usize..400, to: u8) {
            let _ = (decode_minute(&bytes), decode_chunk(&bytes, 60));
            bytes.insert(0, VERSION);
            let _ = (decode_minute(&bytes), decode_chunk(&bytes, 60));
            let slots: Vec<(u16, Slot)> = (0..60).map(|place| (place, Slot::QUIET)).collect();
            let mut stored = [encode_chunk(&slots), encode_minute(&Slot::QUIET)];
            for stored in &mut stored {
                let (whole, at) = (stored.clone(), damaged % stored.len());
                stored[at] = to;
                let (chunk, minute) = (decode_chunk(stored, 60), decode_minute(stored));
                // The last bits of a compressed chunk may mean nothing: it is read as it was, then.
                let is_safe = chunk.is_none_or(|chunk| chunk == slots) && minute.is_none();
                prop_assert!(*stored == whole || is_safe);
                stored.truncate(at);
                prop_assert_eq!((decode_chunk(stored, 60), decode_minute(stored)), (None, None));
            }
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut minute = encode_minute(&Slot::QUIET);
        minute[0] = VERSION + 1;
        let end = minute.len() - 2;
        let check = (crc32fast::hash(&minute[..end]) as u16).to_le_bytes();
        minute[end..].copy_from_slice(&check);
        assert_eq!(decode_minute(&minute), None);
        let mut chunk = encode_chunk(&[(0, Slot::QUIET)]);
        chunk[0] = VERSION + 1;
        assert_eq!(decode_chunk(&chunk, 60), None);
    }

    #[test]
    fn a_chunk_of_the_wrong_size_is_refused() {
        let chunk = encode_chunk(&[(59, Slot::QUIET)]);
        assert!(decode_chunk(&chunk, 60).is_some());
        assert_eq!(decode_chunk(&chunk, 59), None);
    }
}
