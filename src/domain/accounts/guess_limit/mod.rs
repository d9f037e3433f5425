//! How fast passwords may be guessed: how tries are counted in a space of fixed size, and how long the next one waits.
//!
//! Strangers may try any name from any address, so a count for each would let them fill the memory of whoever counts.
//! Tries are counted in a [`AttemptSketch`] instead: every name, network and pair of both has one [`AttemptCell`] in each of four rows,
//! and the least of the four is its count. Others may share a cell, so a count can be too high and a try wait without a
//! reason, but it is never too low. A keyed hash chooses the cells, so nobody can aim at somebody else's.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::network::Network;

/// So many failed tries pass without a delay, of one name from one network: people mistype.
const FREE_OF_PAIR: u64 = 3;

/// So many of one name from all networks where its user has not signed in lately.
const FREE_OF_NAME: u64 = 20;

/// So many from one network, which an office may share and sign in from at nine o'clock.
const FREE_OF_NETWORK: u64 = 100;

/// The longest delay between two tries.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// A count halves with every such period, so that it is forgotten some time after the last try.
const HALVES_EVERY: Duration = Duration::from_secs(10 * 60);

/// A count does not grow past this; the delay is the longest long before.
const MOST: u64 = 0xFF;

/// How many cells each name, network or pair has.
pub(crate) const ROWS: usize = 4;

/// How many cells a row has, for each kind of count.
const ROW: usize = 4096;

/// How many kinds of counts there are.
const KINDS: usize = 3;

/// How many cells a sketch has.
pub(crate) const CELLS: usize = KINDS * ROWS * ROW;

/// What tries are counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptCounts<'a> {
    /// One name from one network.
    Pair(&'a str, &'a Network),
    /// One name from everywhere.
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

    /// Where its cells are, one in each row.
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

    /// How long a try has to wait where these are its cells.
    pub(crate) fn wait(self, cells: &[AttemptCell], now: Duration) -> Duration {
        let least = cells
            .iter()
            .min_by_key(|cell| (cell.count(now), cell.tenths(now)));
        least.map_or(Duration::ZERO, |cell| cell.wait(self.free(), now))
    }

    /// The cells once one more try is counted: only the least of them grow, so that those who share one of the others
    /// are not counted for it.
    pub(crate) fn counted(self, cells: &[AttemptCell], now: Duration) -> Vec<AttemptCell> {
        let least = cells.iter().map(|cell| cell.count(now)).min().unwrap_or(0);
        let grow = |cell: &AttemptCell| match cell.count(now) == least {
            true => cell.grown(now),
            false => *cell,
        };
        cells.iter().map(grow).collect()
    }
}

/// A digest that only who has `key` can make; the parts are told apart by their lengths.
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

/// One count and when it last grew, in eight bytes: the count, the period it was last halved for, and the time of the
/// last try in tenths of a second, which may wrap around, since a cell is outdated long before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AttemptCell(pub u64);

impl AttemptCell {
    fn new(count: u64, now: Duration) -> Self {
        Self((count.min(MOST) << 56) | (period(now) << 32) | tenths(now))
    }

    /// The count as it is now.
    fn count(self, now: Duration) -> u64 {
        let age = (period(now) & 0xFF_FFFF).saturating_sub((self.0 >> 32) & 0xFF_FFFF);
        (self.0 >> 56)
            .checked_shr(u32::try_from(age).unwrap_or(u32::MAX))
            .unwrap_or(0)
    }

    /// How many tenths of a second ago it last grew.
    fn tenths(self, now: Duration) -> u32 {
        let (now, then) = (tenths(now) as u32, self.0 as u32);
        // A clock that went back makes it look like the future.
        match now.wrapping_sub(then) {
            ago if ago > u32::MAX / 2 => 0,
            ago => ago,
        }
    }

    fn grown(self, now: Duration) -> Self {
        Self::new(self.count(now) + 1, now)
    }

    /// The same with one try fewer: it succeeded.
    pub(crate) fn taken_back(self, now: Duration) -> Self {
        let count = self.count(now).saturating_sub(1);
        Self((count << 56) | (period(now) << 32) | (self.0 & 0xFFFF_FFFF))
    }

    /// How long the next try has to wait where `free` pass without a delay.
    fn wait(self, free: u64, now: Duration) -> Duration {
        let ago = Duration::from_millis(100 * u64::from(self.tenths(now)));
        delay(self.count(now), free).saturating_sub(ago)
    }

    /// How long the next try has to wait where the cell counts one name from one network by itself.
    pub(crate) fn wait_of_pair(self, now: Duration) -> Duration {
        self.wait(FREE_OF_PAIR, now)
    }

    /// The same once one more try is counted.
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

/// The time from a try to the next: none for the first `free`, then 1 s, doubling to [`LONGEST_DELAY`].
fn delay(tries: u64, free: u64) -> Duration {
    match tries.checked_sub(free + 1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(1 << doublings.min(10)).min(LONGEST_DELAY),
    }
}

/// The cells of names, networks and pairs that tries were counted of, in this process.
#[derive(Debug)]
pub(crate) struct AttemptSketch(Vec<AttemptCell>);

impl Default for AttemptSketch {
    fn default() -> Self {
        Self(vec![AttemptCell::default(); CELLS])
    }
}

impl AttemptSketch {
    /// The cells at `places`.
    pub(crate) fn read(&self, places: &[usize]) -> Vec<AttemptCell> {
        let cell = |place: &usize| self.0.get(*place).copied().unwrap_or_default();
        places.iter().map(cell).collect()
    }

    /// Writes `new` at `places` if the cells there are still `seen`; whether they are.
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
