//! Audit entries that Redis did not take, kept until it does.
//!
//! The list is in memory and bounded. Beyond the bound, entries are only counted, into one entry that says how many they
//! were. Each entry is also in the process's log, in case the process ends first.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::domain::access::Actor;
use crate::domain::audit::entry::Entry;

/// How many entries are kept.
const MOST: usize = 100;

/// The longest time between two attempts to write them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A waiting entry.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) entry: Entry,
    /// When it was sent, in Unix milliseconds, if the answer was lost, so that Redis may have taken it.
    pub(crate) sent: Option<u64>,
    /// Since when it waits.
    since: Instant,
}

/// The waiting entries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct UnwrittenEntries {
    inner: Mutex<UnwrittenQueue>,
    /// Held by the task that writes them.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct UnwrittenQueue {
    waiting: VecDeque<Waiting>,
    /// The entries beyond the bound, as one.
    more: Option<More>,
    /// How many times in a row Redis refused the oldest entry, and when it is tried again.
    failures: u32,
    again: Option<Instant>,
}

#[derive(Debug)]
struct More {
    like: Entry,
    count: u64,
    first: OffsetDateTime,
    last: OffsetDateTime,
    /// Since when the first of them waits.
    since: Instant,
}

impl UnwrittenEntries {
    /// Keeps an entry, or counts it if there are too many.
    pub(crate) fn keep(&self, entry: Entry, sent: Option<u64>) {
        let mut inner = self.lock();
        let since = Instant::now();
        if inner.waiting.len() < MOST {
            inner.waiting.push_back(Waiting { entry, sent, since });
            return;
        }
        let now = crate::clock::utc();
        let events = entry.events();
        let more = inner.more.get_or_insert_with(|| More {
            like: entry.several(Actor::Several),
            count: 0,
            first: now,
            last: now,
            since,
        });
        more.count += events;
        more.last = now;
    }

    /// The oldest entry, which stays until [`Self::written`].
    pub(crate) fn next(&self) -> Option<Waiting> {
        let mut inner = self.lock();
        if inner.waiting.is_empty()
            && let Some(more) = inner.more.take()
        {
            let entry = more.like.standing_for(more.count, more.first, more.last);
            inner.waiting.push_back(Waiting {
                entry,
                sent: None,
                since: more.since,
            });
        }
        inner.waiting.front().cloned()
    }

    /// Whether it is time to try again.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.lock().again.is_none_or(|again| again <= now)
    }

    /// Redis refused the oldest entry: the next attempt waits longer each time, since a refusal by a replica also costs the
    /// connection.
    pub(crate) fn failed(&self, now: Instant) {
        let mut inner = self.lock();
        let wait = Duration::from_secs(1 << inner.failures.min(5));
        inner.failures += 1;
        inner.again = Some(now + wait.min(LONGEST_WAIT));
    }

    /// The oldest entry was sent, and the answer was lost.
    pub(crate) fn sent(&self, at: u64) {
        if let Some(waiting) = self.lock().waiting.front_mut() {
            waiting.sent.get_or_insert(at);
        }
    }

    /// How many entries wait.
    pub(crate) fn len(&self) -> usize {
        let inner = self.lock();
        inner.waiting.len() + usize::from(inner.more.is_some())
    }

    /// For how long the entry has waited that waits the longest; zero if none does.
    pub(crate) fn age(&self) -> Duration {
        let inner = self.lock();
        let waiting = inner.waiting.iter().map(|waiting| waiting.since);
        let oldest = waiting.chain(inner.more.as_ref().map(|more| more.since));
        oldest.min().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The oldest entry can't be written, but others may: it is moved to the end.
    pub(crate) fn put_last(&self) {
        let mut inner = self.lock();
        if let Some(waiting) = inner.waiting.pop_front() {
            inner.waiting.push_back(waiting);
        }
    }

    /// The oldest entry is in the log.
    pub(crate) fn written(&self) {
        let mut inner = self.lock();
        inner.waiting.pop_front();
        (inner.failures, inner.again) = (0, None);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, UnwrittenQueue> {
        // A poisoned lock still holds complete entries.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::access::Operator;
    use crate::domain::audit::action::{AuditAction, AuditOutcome};
    use crate::domain::operations::Operation;

    #[test]
    fn what_waits_is_bounded_and_none_is_lost_uncounted() {
        let unwritten = UnwrittenEntries::default();
        for _ in 0..250 {
            let entry = Entry::new(
                &Operator::console(),
                AuditAction::Operate(Operation::Retry),
                AuditOutcome::Failed,
            );
            unwritten.keep(entry, None);
        }
        assert!(unwritten.age() > Duration::ZERO);
        let mut total = 0;
        let mut written = 0;
        while let Some(waiting) = unwritten.next() {
            total += waiting.entry.events();
            written += 1;
            unwritten.written();
        }
        assert_eq!((written, total), (101, 250));
        assert_eq!(unwritten.age(), Duration::ZERO);
    }
}
