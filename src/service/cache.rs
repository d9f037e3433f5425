//! Caches answers that cost Redis something. A caller that asks while an answer is being found waits for it, and one that
//! asks soon after gets the same. So a page costs no more with more viewers.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time for which an answer is good.
const FRESH: Duration = Duration::from_secs(5);

/// An answer is good for this many times as long as it took: so finding it takes a tenth of the time at most, however many
/// ask.
const WORTH: u32 = 10;

/// The longest time for which an answer is good.
const OLD: Duration = Duration::from_secs(60);

/// Answers by key, at most a fixed number; the one unused for longest goes first.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    most: usize,
    slots: Mutex<VecDeque<(K, Arc<Slot<V>>)>>,
}

type Slot<V> = tokio::sync::Mutex<Option<Answer<V>>>;

/// An answer, and how long it is good.
#[derive(Debug)]
struct Answer<V> {
    good_until: Instant,
    value: V,
}

impl<K: PartialEq, V: Clone> Cache<K, V> {
    /// A cache of at most `most` answers.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            slots: Mutex::default(),
        }
    }

    /// The cached answer, or the result of `find`.
    pub(crate) async fn get(&self, key: K, find: impl Future<Output = V>) -> V {
        let slot = self.slot(key);
        let mut slot = slot.lock().await;
        let began = Instant::now();
        if let Some(answer) = slot.as_ref().filter(|answer| began < answer.good_until) {
            return answer.value.clone();
        }
        let value = find.await;
        *slot = Some(Answer {
            good_until: Instant::now() + good_for(began.elapsed()),
            value: value.clone(),
        });
        value
    }

    fn slot(&self, key: K) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|(other, _)| *other == key);
        let entry = known.and_then(|at| slots.remove(at));
        let (key, slot) = entry.unwrap_or_else(|| (key, Arc::default()));
        while slots.len() >= self.most {
            slots.pop_front();
        }
        slots.push_back((key, Arc::clone(&slot)));
        slot
    }
}

/// How long an answer is good that took this long to find.
fn good_for(took: Duration) -> Duration {
    took.saturating_mul(WORTH).clamp(FRESH, OLD)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_and_soon_after_cost_one_answer() {
        let (kept, found) = (Cache::new(2), AtomicU32::new(0));
        let ask = |key: &'static str| {
            let found = &found;
            kept.get(key, async move {
                tokio::task::yield_now().await;
                found.fetch_add(1, Ordering::Relaxed) + 1
            })
        };
        let answers = futures::future::join_all((0..50).map(|_| ask("a"))).await;
        assert!(answers.iter().all(|answer| *answer == 1), "{answers:?}");
        assert_eq!((ask("b").await, ask("a").await), (2, 1));
        assert_eq!(ask("c").await, 3);
        assert_eq!(ask("a").await, 1);
        assert_eq!(ask("b").await, 4, "it had to go: it was longest unasked");
    }

    #[test]
    fn what_took_long_is_kept_longer() {
        let seconds = Duration::from_secs;
        for (took, good) in [(0, 5), (1, 10), (3, 30), (60, 60)] {
            assert_eq!(good_for(seconds(took)), seconds(good));
        }
    }
}
