//! Answers that cost something, kept for a while and shared: whoever asks while one is being found waits for it, and
//! whoever asks soon after gets the same.
//!
//! There is one type for all of them. A failure is told to those who waited for it and is not kept. If whoever was
//! finding the answer goes away, the next who waits finds it. Both the number of answers and, where they can be large,
//! their bytes are bounded; the one that was not asked for the longest goes first.
//!
//! It is not `moka`, which has most of this: the overview's figures are good for as long as the snapshot is the same and
//! not for a time alone, and entries and bytes are bounded both. It would also cost 6 crates and, for five caches, 1.8 MB
//! of binary.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;

#[cfg(test)]
mod tests;

/// Answers of type `V` by what was asked; `E` is why there may be none.
#[derive(Debug)]
pub(crate) struct Cache<K, V, E = Infallible> {
    most: usize,
    most_bytes: usize,
    bytes_of: fn(&V) -> usize,
    good_for: fn(Duration) -> Duration,
    kept: Mutex<Kept<K, V, E>>,
}

/// What is kept. Every place is in both maps, and `bytes` is the sum of all places' bytes.
#[derive(Debug)]
struct Kept<K, V, E> {
    places: HashMap<Arc<K>, Place<V, E>>,
    /// The keys, the one that was not asked for the longest first.
    by_use: BTreeMap<u64, Arc<K>>,
    /// How often anything was asked for.
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Place<V, E> {
    slot: Arc<Slot<V, E>>,
    used: u64,
    bytes: usize,
    good_until: Option<Instant>,
}

/// The answer to one question, and the turn of whoever finds it.
#[derive(Debug)]
struct Slot<V, E> {
    found: Mutex<Option<Found<V, E>>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum Found<V, E> {
    Answer { good_until: Instant, value: V },
    Failure(E),
}

/// How long an answer is good that took so long to find: ten times as long, but 2 seconds at least and a minute at most. However
/// many ask, finding it takes a tenth of the time.
pub(crate) fn as_it_cost(took: Duration) -> Duration {
    let worth = took.saturating_mul(10);
    took.saturating_add(worth.clamp(Duration::from_secs(2), Duration::from_secs(60)))
}

impl<K: Eq + Hash, V: Clone, E: Clone> Cache<K, V, E> {
    /// Keeps at most `most` answers. `good_for` says how long one is good, counted from when it was asked for, by how
    /// long it took to find.
    pub(crate) fn new(most: usize, good_for: fn(Duration) -> Duration) -> Self {
        Self {
            most,
            most_bytes: usize::MAX,
            bytes_of: |_| 0,
            good_for,
            kept: Mutex::new(Kept {
                places: HashMap::new(),
                by_use: BTreeMap::new(),
                uses: 0,
                bytes: 0,
            }),
        }
    }

    /// Also keeps at most so many bytes. An answer that alone has more is given to those who wait, and not kept.
    pub(crate) fn at_most_bytes(mut self, most_bytes: usize, bytes_of: fn(&V) -> usize) -> Self {
        (self.most_bytes, self.bytes_of) = (most_bytes, bytes_of);
        self
    }

    /// The answer that is kept, or the one that `find` comes to.
    pub(crate) async fn get(
        &self,
        key: K,
        find: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        self.get_if(key, |_| true, find).await
    }

    /// The answer that is kept if it `still_fits`, or the one that `find` comes to.
    pub(crate) async fn get_if(
        &self,
        key: K,
        still_fits: impl Fn(&V) -> bool,
        find: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        // An answer is judged by when it was asked for: one that took longer to find than it is good for is still good
        // for all who waited, or they would find it one after the other.
        let asked = clock::instant();
        let key = Arc::new(key);
        let slot = self.slot(&key, asked);
        if let Some(found) = slot.found(asked, &still_fits) {
            return found;
        }
        let _turn = slot.turn.lock().await;
        if let Some(found) = slot.found(asked, &still_fits) {
            return found;
        }
        let began = clock::instant();
        let found = find.await;
        match &found {
            Ok(value) => {
                let took = clock::instant().saturating_duration_since(began);
                let good_until = began + (self.good_for)(took);
                let value = value.clone();
                let bytes = (self.bytes_of)(&value);
                slot.put(Found::Answer { good_until, value });
                self.keep(&key, &slot, bytes, good_until);
            }
            Err(error) => {
                slot.put(Found::Failure(error.clone()));
                // Who asks from now on finds another slot: only those who wait already are told.
                self.lock().remove_slot(&key, &slot);
            }
        }
        found
    }

    /// Forgets the answer to `key`, also one that is being found: only those who wait for it already get it.
    pub(crate) fn forget(&self, key: &K) {
        self.lock().remove(key);
    }

    /// The place of the answer to `key`, which is made where there is none.
    fn slot(&self, key: &Arc<K>, now: Instant) -> Arc<Slot<V, E>> {
        let mut kept = self.lock();
        if let Some(slot) = kept.touch(key) {
            return slot;
        }
        kept.remove_outdated(now);
        while kept.places.len() >= self.most.max(1) {
            kept.remove_oldest();
        }
        kept.insert(key)
    }

    /// Notes what was found in `slot`, if that is still the place for `key`.
    fn keep(&self, key: &K, slot: &Arc<Slot<V, E>>, bytes: usize, good_until: Instant) {
        let mut kept = self.lock();
        if bytes > self.most_bytes {
            kept.remove_slot(key, slot);
            return;
        }
        let place = kept.places.get_mut(key);
        let Some(place) = place.filter(|place| Arc::ptr_eq(&place.slot, slot)) else {
            return;
        };
        let before = std::mem::replace(&mut place.bytes, bytes);
        place.good_until = Some(good_until);
        kept.bytes = kept.bytes - before + bytes;
        while kept.bytes > self.most_bytes {
            kept.remove_oldest();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V, E>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone, E: Clone> Slot<V, E> {
    /// What was found, if it is good for someone who asked at `asked`.
    fn found(&self, asked: Instant, still_fits: impl Fn(&V) -> bool) -> Option<Result<V, E>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match found.as_ref()? {
            Found::Failure(error) => Some(Err(error.clone())),
            Found::Answer { good_until, value } => {
                let is_good = asked < *good_until && still_fits(value);
                is_good.then(|| Ok(value.clone()))
            }
        }
    }

    fn put(&self, found: Found<V, E>) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }
}

impl<K: Eq + Hash, V, E> Kept<K, V, E> {
    /// The place for `key`, if there is one, which is now the one that was asked for last.
    fn touch(&mut self, key: &K) -> Option<Arc<Slot<V, E>>> {
        let place = self.places.get_mut(key)?;
        if place.used != self.uses {
            self.uses += 1;
            let before = std::mem::replace(&mut place.used, self.uses);
            if let Some(key) = self.by_use.remove(&before) {
                self.by_use.insert(self.uses, key);
            }
        }
        Some(Arc::clone(&place.slot))
    }

    fn insert(&mut self, key: &Arc<K>) -> Arc<Slot<V, E>> {
        self.uses += 1;
        let slot = Arc::new(Slot {
            found: Mutex::new(None),
            turn: tokio::sync::Mutex::new(()),
        });
        let place = Place {
            slot: Arc::clone(&slot),
            used: self.uses,
            bytes: 0,
            good_until: None,
        };
        self.by_use.insert(self.uses, Arc::clone(key));
        self.places.insert(Arc::clone(key), place);
        slot
    }

    fn remove(&mut self, key: &K) {
        if let Some(place) = self.places.remove(key) {
            self.by_use.remove(&place.used);
            self.bytes -= place.bytes;
        }
    }

    /// Removes the place for `key` if it is `slot`.
    fn remove_slot(&mut self, key: &K, slot: &Arc<Slot<V, E>>) {
        if (self.places.get(key)).is_some_and(|place| Arc::ptr_eq(&place.slot, slot)) {
            self.remove(key);
        }
    }

    fn remove_oldest(&mut self) {
        let oldest = self.by_use.pop_first();
        if let Some(place) = oldest.and_then(|(_, key)| self.places.remove(&key)) {
            self.bytes -= place.bytes;
        }
    }

    /// Gives back the memory of what was not asked for the longest, as far as it is outdated or was never found.
    fn remove_outdated(&mut self, now: Instant) {
        while let Some((_, key)) = self.by_use.first_key_value() {
            // A slot is shared only under this lock: one that is held here alone is waited for by nobody.
            let is_outdated = self.places.get(key).is_none_or(|place| {
                Arc::strong_count(&place.slot) == 1
                    && place.good_until.is_none_or(|until| until <= now)
            });
            if !is_outdated {
                return;
            }
            self.remove_oldest();
        }
    }
}
