//! Slows down the guessing of passwords: counts failed tries in a sketch of fixed size, and says how long the next try
//! waits.
//!
//! Strangers may try any name from any address, so one counter for each would let them fill the memory. Tries are counted
//! in an [`AttemptSketch`] instead: every name, every network and every pair of both has one [`AttemptCell`] in each of
//! four rows, and the least of the four is its count. Others may share a cell, so a count can be too high and a try wait
//! without a reason; it is never too low. A keyed hash chooses the cells, so nobody can aim at somebody else's.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::network::Network;

/// Failed tries without a delay for one name from one network: people mistype.
const FREE_OF_PAIR: u64 = 3;

/// Failed tries without a delay for one name, from all networks where its user has not signed in lately.
const FREE_OF_NAME: u64 = 20;

/// Failed tries without a delay from one network. An office may share it, and sign in at nine o'clock.
const FREE_OF_NETWORK: u64 = 100;

/// The longest delay between two tries.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// The time in which a count halves, so that it is forgotten some time after the last try.
const HALVES_EVERY: Duration = Duration::from_secs(10 * 60);

/// The highest count. The delay reaches its longest well before.
const MOST: u64 = 0xFF;

/// How many cells each name, network or pair has.
pub(crate) const ROWS: usize = 4;

/// How many cells a row has, for each of the three kinds of counts.
const ROW: usize = 4096;

/// How many kinds of counts there are: pair, name, network.
const KINDS: usize = 3;

/// How many cells the whole sketch has.
pub(crate) const CELLS: usize = KINDS * ROWS * ROW;

/// What tries are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptCounts<'a> {
    /// One name from one network.
    Pair(&'a str, &'a Network),
    /// One name from all networks.
    Name(&'a str),
    /// All names from one network.
    Network(&'a Network),
}

impl AttemptCounts<'_> {
    /// How many tries pass without a delay.
    fn free(self) -> u64 {
        match self {
            Self::Pair(..) => FREE_OF_PAIR,
            Self::Name(_) => FREE_OF_NAME,
            Self::Network(_) => FREE_OF_NETWORK,
        }
    }

    /// The indexes of its cells, one in each row.
    pub(crate) fn places(self, key: &[u8]) -> [usize; ROWS] {
        let (kind, digest) = match self {
            Self::Pair(name, network) => (0, keyed(key, &["pair", name, network.as_str()])),
            Self::Name(name) => (1, keyed(key, &["name", name])),
            Self::Network(network) => (2, keyed(key, &["network", network.as_str()])),
        };
        std::array::from_fn(|row| {
            let bytes = [digest[2 * row], digest[2 * row + 1]];
            (kind * ROWS + row) * ROW + usize::from(u16::from_be_bytes(bytes)) % ROW
        })
    }

    /// How long a try waits, given its cells.
    pub(crate) fn wait(self, cells: &[AttemptCell], now: Duration) -> Duration {
        let least = cells
            .iter()
            .min_by_key(|cell| (cell.count(now), cell.tenths(now)));
        least.map_or(Duration::ZERO, |cell| cell.wait(self.free(), now))
    }

    /// The cells after one more try. Only the lowest of them grow, so that others who share a higher cell are not counted
    /// for it.
    pub(crate) fn counted(self, cells: &[AttemptCell], now: Duration) -> Vec<AttemptCell> {
        let least = cells.iter().map(|cell| cell.count(now)).min().unwrap_or(0);
        let grow = |cell: &AttemptCell| match cell.count(now) == least {
            true => cell.grown(now),
            false => *cell,
        };
        cells.iter().map(grow).collect()
    }
}

/// A digest that only the holder of `key` can make. The lengths of the parts are part of it, so that parts can't be
/// shifted.
pub(crate) fn keyed(key: &[u8], parts: &[&str]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// A count and the time of its last growth, in eight bytes: the count, the period in which it was last halved, and the time
/// of the last try in tenths of a second. That time may wrap around; a cell is outdated long before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AttemptCell(pub u64);

impl AttemptCell {
    fn new(count: u64, now: Duration) -> Self {
        Self((count.min(MOST) << 56) | (period(now) << 32) | tenths(now))
    }

    /// The count now, after the halving since.
    fn count(self, now: Duration) -> u64 {
        let age = (period(now) & 0xFF_FFFF).saturating_sub((self.0 >> 32) & 0xFF_FFFF);
        (self.0 >> 56)
            .checked_shr(u32::try_from(age).unwrap_or(u32::MAX))
            .unwrap_or(0)
    }

    /// How many tenths of a second ago it last grew.
    fn tenths(self, now: Duration) -> u32 {
        let (now, then) = (tenths(now) as u32, self.0 as u32);
        // After the clock went back, the last try seems to lie in the future.
        match now.wrapping_sub(then) {
            ago if ago > u32::MAX / 2 => 0,
            ago => ago,
        }
    }

    fn grown(self, now: Duration) -> Self {
        Self::new(self.count(now) + 1, now)
    }

    /// The cell with one try fewer, for a try that succeeded.
    pub(crate) fn taken_back(self, now: Duration) -> Self {
        let count = self.count(now).saturating_sub(1);
        Self((count << 56) | (period(now) << 32) | (self.0 & 0xFFFF_FFFF))
    }

    /// How long the next try waits if `free` tries pass without a delay.
    fn wait(self, free: u64, now: Duration) -> Duration {
        let ago = Duration::from_millis(100 * u64::from(self.tenths(now)));
        delay(self.count(now), free).saturating_sub(ago)
    }

    /// How long the next try waits if this cell alone counts one name from one network.
    pub(crate) fn wait_of_pair(self, now: Duration) -> Duration {
        self.wait(FREE_OF_PAIR, now)
    }

    /// The cell after one more try.
    pub(crate) fn counted(self, now: Duration) -> Self {
        self.grown(now)
    }
}

fn period(now: Duration) -> u64 {
    (now.as_secs() / HALVES_EVERY.as_secs()) & 0xFF_FFFF
}

fn tenths(now: Duration) -> u64 {
    u64::try_from(now.as_millis() / 100).unwrap_or(0) & 0xFFFF_FFFF
}

/// The delay before the next try: none after the first `free`, then 1 s, doubling up to [`LONGEST_DELAY`].
fn delay(tries: u64, free: u64) -> Duration {
    match tries.checked_sub(free + 1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(1 << doublings.min(10)).min(LONGEST_DELAY),
    }
}

/// The cells of this process, for all names, networks and pairs.
#[derive(Debug)]
pub(crate) struct AttemptSketch(Vec<AttemptCell>);

impl Default for AttemptSketch {
    fn default() -> Self {
        Self(vec![AttemptCell::default(); CELLS])
    }
}

impl AttemptSketch {
    pub(crate) fn read(&self, places: &[usize]) -> Vec<AttemptCell> {
        let cell = |place: &usize| self.0.get(*place).copied().unwrap_or_default();
        places.iter().map(cell).collect()
    }

    /// Writes `new` at `places` if the cells there still equal `seen`; returns whether it did.
    pub(crate) fn swap(
        &mut self,
        places: &[usize],
        seen: &[AttemptCell],
        new: &[AttemptCell],
    ) -> bool {
        if self.read(places) != seen {
            return false;
        }
        for (place, cell) in places.iter().zip(new) {
            if let Some(kept) = self.0.get_mut(*place) {
                *kept = *cell;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
