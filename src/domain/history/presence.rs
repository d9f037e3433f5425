//! In which minutes a process recorded: what is not recorded of such a minute did not happen.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Minutes in a day.
const DAY: u64 = 1440;

/// The minutes in which a process recorded, or knows what happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence {
    /// A bit for each minute of a day, the highest of each byte first.
    days: BTreeMap<u64, Vec<u8>>,
}

impl Presence {
    /// Takes the bits of a day, counted from 1970.
    pub(crate) fn take_day(&mut self, day: u64, bits: Vec<u8>) {
        self.days.insert(day, bits);
    }

    /// Adds a minute.
    pub(crate) fn insert(&mut self, minute: u64) {
        let bits = self.days.entry(minute / DAY).or_default();
        let at = (minute % DAY) as usize;
        if bits.len() <= at / 8 {
            bits.resize(at / 8 + 1, 0);
        }
        bits[at / 8] |= 0x80 >> (at % 8);
    }

    /// Whether a process recorded in this minute.
    pub(crate) fn holds(&self, minute: u64) -> bool {
        let at = (minute % DAY) as usize;
        let byte = self
            .days
            .get(&(minute / DAY))
            .and_then(|bits| bits.get(at / 8));
        byte.is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0)
    }

    /// In how many of these minutes.
    pub(crate) fn count(&self, minutes: RangeInclusive<u64>) -> u64 {
        minutes.filter(|minute| self.holds(*minute)).count() as u64
    }

    /// The last minute before `minute` and since `oldest` in which none did.
    pub(crate) fn gap_before(&self, minute: u64, oldest: u64) -> Option<u64> {
        (oldest..minute).rev().find(|before| !self.holds(*before))
    }
}
