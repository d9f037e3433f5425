//! Keeps repeated events from flooding the audit log.
//!
//! The first event of a kind is recorded at once. Similar ones that follow within a window are counted in memory, and
//! recorded as one entry with a count and a time span when the window closes. Events of ever new kinds are recorded one by
//! one at a limited rate for each person; beyond it they share one entry for each person and window. The number of open
//! windows is bounded too; beyond it one common entry takes the rest. So no event is lost silently, and a killed process
//! loses at most the counts of its open windows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::domain::access::Actor;
use crate::domain::accounts::network::Network;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::service::token_buckets::{BucketRate, TokenBuckets};

/// The sort of a repeatable event. Each sort has its own limits, so that strangers can't crowd out signed-in people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Someone signed in asked for something that they may not do.
    Refused,
    /// A sign-in failed.
    SignIn,
    /// Someone who may do it failed: invalid, conflict, failed.
    Failed,
    /// The audit log was read.
    Read,
    /// The audit log was exported.
    Export,
}

impl Sort {
    const ALL: [Self; 5] = [
        Self::Refused,
        Self::SignIn,
        Self::Failed,
        Self::Read,
        Self::Export,
    ];

    /// The sort of an event that can be repeated without changing anything; `None` for all others.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        let is = |outcome: AuditOutcome| entry.outcome == outcome;
        if is(AuditOutcome::Denied) && entry.action == AuditAction::SignIn {
            Some(Self::SignIn)
        } else if is(AuditOutcome::Denied) {
            Some(Self::Refused)
        } else if is(AuditOutcome::Invalid)
            || is(AuditOutcome::Conflict)
            || is(AuditOutcome::Failed)
        {
            Some(Self::Failed)
        } else {
            None
        }
    }

    fn limits(self) -> RepeatLimits {
        const MINUTE: Duration = Duration::from_secs(60);
        let (at_once, every, window, most) = match self {
            Self::Refused | Self::Export => (20, Duration::from_secs(3), MINUTE, 1000),
            Self::SignIn => (20, Duration::from_secs(3), MINUTE, 200),
            Self::Failed => (100, Duration::from_secs(1), MINUTE, 1000),
            Self::Read => (20, Duration::from_secs(3), 60 * MINUTE, 1000),
        };
        RepeatLimits {
            at_once,
            every,
            window,
            most,
        }
    }
}

/// How many events of a sort are recorded one by one.
#[derive(Debug, Clone, Copy)]
struct RepeatLimits {
    /// How many events of different kinds one person has recorded at once.
    at_once: u32,
    /// After those, how often one more is recorded.
    every: Duration,
    /// How long similar events are counted into one entry.
    window: Duration,
    /// The most open windows, and the most people remembered.
    most: usize,
}

impl RepeatLimits {
    /// How often one person has an event of a new kind recorded.
    fn rate(self) -> BucketRate {
        BucketRate {
            at_once: self.at_once,
            every: self.every,
            most: self.most,
        }
    }
}

/// A moment on two clocks: a monotonic one, and the one that entries show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) shown: OffsetDateTime,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            at: Instant::now(),
            shown: crate::clock::utc(),
        }
    }
}

/// How to treat an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Record it: it is the first of its kind.
    First,
    /// It was counted and will be recorded with others.
    Counted,
    /// It was counted, and its person must wait this long for a new kind to be recorded.
    TooMany(Duration),
}

/// The open windows of every sort.
#[derive(Debug, Default)]
pub(crate) struct Repeats([Mutex<Table>; Sort::ALL.len()]);

impl Repeats {
    /// Takes an event. Events with equal `alike` entries are of one kind, and the entry for the repeated ones has the
    /// content of `alike`.
    pub(crate) fn take(&self, sort: Sort, alike: &Entry, now: Moment) -> Repeat {
        self.table(sort, |table| table.take(sort, alike, now))
    }

    /// The entries of the windows that have closed by `now`; of all windows with `None`.
    pub(crate) fn closed(&self, now: Option<Instant>) -> Vec<Entry> {
        let each = Sort::ALL.into_iter();
        each.flat_map(|sort| self.table(sort, |table| table.closed(sort.limits(), now)))
            .collect()
    }

    fn table<T>(&self, sort: Sort, work: impl FnOnce(&mut Table) -> T) -> T {
        // A poisoned table still holds complete windows.
        let table = &self.0[sort as usize];
        work(&mut table.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a window counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum EventKey {
    /// Events of one kind.
    Kind(Actor, [String; 7]),
    /// Events of one person past their rate.
    More(Actor),
    /// All for which there was no room.
    Rest,
}

/// The events of one window.
#[derive(Debug)]
struct RepeatWindow {
    entry: Entry,
    count: u64,
    first: OffsetDateTime,
    last: OffsetDateTime,
    closes: Instant,
}

#[derive(Debug, Default)]
struct Table {
    windows: HashMap<EventKey, RepeatWindow>,
    people: TokenBuckets<Actor>,
}

impl Table {
    fn take(&mut self, sort: Sort, alike: &Entry, now: Moment) -> Repeat {
        let limits = sort.limits();
        // Strangers share one rate, from wherever they come; so do the tries of one name.
        let person = alike.actor().clone();
        let wait = self.people.take(&person, limits.rate(), now.at);
        let kind = kind(sort, alike);
        let has_room = self.windows.len() < limits.most;
        if let Some(window) = self.windows.get_mut(&kind) {
            window.add(now);
        } else if wait.is_none() && has_room {
            self.windows
                .insert(kind, RepeatWindow::new(alike, 0, limits, now));
            return Repeat::First;
        } else {
            self.take_with_others(person, alike, limits, now);
        }
        wait.map_or(Repeat::Counted, Repeat::TooMany)
    }

    /// Counts an event that has no window of its own.
    fn take_with_others(
        &mut self,
        person: Actor,
        alike: &Entry,
        limits: RepeatLimits,
        now: Moment,
    ) {
        let has_room = self.windows.len() < limits.most;
        let more = EventKey::More(person.clone());
        let (key, entry) = match has_room || self.windows.contains_key(&more) {
            true => (more, alike.several(person)),
            false => (EventKey::Rest, alike.several(Actor::Several)),
        };
        match self.windows.get_mut(&key) {
            Some(window) => window.add(now),
            None => {
                self.windows
                    .insert(key, RepeatWindow::new(&entry, 1, limits, now));
            }
        }
    }

    fn closed(&mut self, limits: RepeatLimits, now: Option<Instant>) -> Vec<Entry> {
        let is_over =
            |_: &EventKey, window: &mut RepeatWindow| now.is_none_or(|now| window.closes <= now);
        if let Some(now) = now {
            self.people.forget_full(now);
        }
        let over = self.windows.extract_if(is_over);
        let entries = over.filter_map(|(_, window)| window.into_entry()).collect();
        // A flood leaves a large table behind.
        if self.windows.capacity() > limits.most / 2 && self.windows.len() < limits.most / 8 {
            self.windows.shrink_to_fit();
        }
        entries
    }
}

impl RepeatWindow {
    fn new(entry: &Entry, count: u64, limits: RepeatLimits, now: Moment) -> Self {
        Self {
            entry: entry.clone(),
            count,
            first: now.shown,
            last: now.shown,
            closes: now.at + limits.window,
        }
    }

    fn add(&mut self, now: Moment) {
        if self.count == 0 {
            self.first = now.shown;
        }
        self.count += 1;
        self.last = now.shown;
    }

    fn into_entry(self) -> Option<Entry> {
        let Self {
            entry,
            count,
            first,
            last,
            ..
        } = self;
        (count > 0).then(|| entry.standing_for(count, first, last))
    }
}

/// What events of one kind have in common.
fn kind(sort: Sort, entry: &Entry) -> EventKey {
    let from = match sort {
        Sort::SignIn => Network::of(&entry.ip).as_str().to_owned(),
        _ => String::new(),
    };
    let said = format!("{}\n{}", entry.error, entry.note);
    let alike = [
        from,
        entry.action.text().into_owned(),
        entry.prefix.clone(),
        entry.queue.clone(),
        entry.job.text().into_owned(),
        entry.outcome.text().into_owned(),
        said,
    ];
    EventKey::Kind(entry.actor().clone(), alike)
}

#[cfg(test)]
mod tests;
