//! Queues that are looked up by name, so that they are found long before the walk through the keys reaches them: those that
//! connected clients name, the likely next versions of each family, and those that somebody asked for.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::queue::QueueId;

/// The most queues that are looked up at once.
pub(crate) const AT_ONCE: usize = 200;

/// After this time a queue that a client names and that does not exist is looked up again; then after twice that, and so
/// on, up to the second value.
const AGAIN: [Duration; 2] = [Duration::from_millis(400), Duration::from_secs(60)];

/// The queues to look up.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// The queues to look up next; at most [`AT_ONCE`].
    due: Vec<QueueId>,
    /// Unknown queues that connected clients name; never more than there are clients.
    named: HashMap<QueueId, Tried>,
}

/// When to look up a queue again, and how long to wait after that.
#[derive(Debug)]
struct Tried {
    again: Instant,
    wait: Duration,
}

impl Lookups {
    /// Adds an unknown queue that somebody asked for.
    pub(crate) fn add(&mut self, queue: QueueId) {
        if self.due.len() < AT_ONCE && !self.due.contains(&queue) {
            self.due.push(queue);
        }
    }

    /// Sets the unknown queues that connected clients name.
    pub(crate) fn named<'a>(&mut self, queues: impl Iterator<Item = &'a QueueId>, now: Instant) {
        let mut before = std::mem::take(&mut self.named);
        for queue in queues {
            let mut tried = before.remove(queue).unwrap_or(Tried {
                again: now,
                wait: AGAIN[0],
            });
            if tried.again <= now && self.due.len() < AT_ONCE {
                self.due.push(queue.clone());
                tried.again = now + tried.wait;
                tried.wait = (tried.wait * 2).min(AGAIN[1]);
            }
            self.named.insert(queue.clone(), tried);
        }
    }

    /// Whether there is no queue to look up.
    pub(crate) fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// The queues to look up now.
    pub(crate) fn take(&mut self) -> Vec<QueueId> {
        std::mem::take(&mut self.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> QueueId {
        QueueId::new("bull", name).unwrap()
    }

    #[test]
    fn a_named_queue_that_is_not_there_is_asked_for_more_and_more_seldom() {
        let (mut lookups, start) = (Lookups::default(), Instant::now());
        let asked: Vec<u64> = (0..600)
            .filter(|second| {
                lookups.named([queue("gone")].iter(), start + Duration::from_secs(*second));
                !lookups.take().is_empty()
            })
            .collect();
        assert_eq!(&asked[..4], [0, 1, 2, 4], "soon at first");
        assert!(asked.len() < 20, "and seldom at last: {asked:?}");
        // Its client disconnected and connected again.
        let later = start + Duration::from_secs(600);
        lookups.named([].iter(), later);
        assert!(lookups.named.is_empty(), "nothing is kept of it");
        lookups.named([queue("gone")].iter(), later);
        assert_eq!(lookups.take(), [queue("gone")]);
    }

    #[test]
    fn no_more_than_some_are_asked_for_at_once_and_the_others_after_them() {
        let (mut lookups, now) = (Lookups::default(), Instant::now());
        let names: Vec<QueueId> = (0..AT_ONCE + 50).map(|n| queue(&format!("q{n}"))).collect();
        lookups.named(names.iter(), now);
        assert_eq!(lookups.take().len(), AT_ONCE);
        lookups.named(names.iter(), now);
        assert_eq!(
            lookups.take().len(),
            50,
            "those that were not asked for yet"
        );
        for name in names.iter().chain(&names) {
            lookups.add(name.clone());
        }
        assert_eq!(lookups.take().len(), AT_ONCE);
    }
}
