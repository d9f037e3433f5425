//! Which queues have series of their own, and the sums of all others.
//!
//! A queue keeps its series for as long as it exists, so that no series comes and goes while others appear. Counters of
//! those beyond the limit are summed by how much they grew: a sum never shrinks, whichever queues vanish.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::queue::{Counts, QueueId};
use crate::domain::stats::totals::QueueTotals;
use crate::domain::versions::lifecycle::Lifecycle;
use crate::service::live::snapshot::{Snapshot, VersionFigures};

/// The queues of a scrape.
#[derive(Debug, Default)]
pub struct ListedQueues {
    /// Those with series of their own, in the order of the snapshot.
    pub own: Vec<Arc<VersionFigures>>,
    /// The sum of the others of each prefix.
    pub rest: BTreeMap<String, RestOfQueues>,
}

/// The queues of one prefix beyond the limit, as one.
#[derive(Debug, Clone, Default)]
pub struct RestOfQueues {
    /// How many they are now.
    pub queues: u64,
    /// Their jobs.
    pub counts: Counts,
    /// How many of the waiting jobs a pause holds back.
    pub held: u64,
    /// How many of them are paused.
    pub paused: u64,
    /// Their workers, as far as known.
    pub workers: u64,
    /// When the job that has waited longest was added, in Unix milliseconds.
    pub oldest_waiting: Option<u64>,
    /// How many are in each lifecycle.
    pub lifecycles: Vec<(Lifecycle, u64)>,
    /// What their events counted.
    pub totals: QueueTotals,
}

/// The choice, which lasts from one scrape to the next.
#[derive(Debug)]
pub(crate) struct QueueListing {
    most: usize,
    chosen: Mutex<Chosen>,
}

#[derive(Debug, Default)]
struct Chosen {
    own: HashSet<QueueId>,
    /// What the totals of the others were at the last scrape.
    rest: HashMap<QueueId, Option<Arc<QueueTotals>>>,
    sums: BTreeMap<String, QueueTotals>,
}

impl QueueListing {
    /// Lists at most `most` queues one by one.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            chosen: Mutex::default(),
        }
    }

    /// The queues of a snapshot.
    pub(super) fn list(&self, snapshot: &Snapshot) -> ListedQueues {
        // A poisoned lock still holds a whole choice; at worst some growth is counted later.
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.forget_gone(snapshot);
        let mut listed = ListedQueues::default();
        for version in snapshot.queues.iter() {
            if chosen.has_own(&version.figures.queue, self.most) {
                listed.own.push(Arc::clone(version));
                continue;
            }
            chosen.sum(version);
            let prefix = version.figures.queue.prefix();
            let rest = listed.rest.entry(prefix.to_owned()).or_default();
            rest.add(version);
        }
        // A sum that once began goes on, also when no queue is beyond the limit any more.
        for (prefix, totals) in &chosen.sums {
            listed.rest.entry(prefix.clone()).or_default().totals = *totals;
        }
        listed
    }
}

impl Chosen {
    fn forget_gone(&mut self, snapshot: &Snapshot) {
        self.own.retain(|queue| snapshot.queue(queue).is_some());
        self.rest.retain(|queue, _| snapshot.queue(queue).is_some());
    }

    /// Whether the queue has series of its own; while there is room it gets them.
    fn has_own(&mut self, queue: &QueueId, most: usize) -> bool {
        if self.own.contains(queue) {
            return true;
        }
        let has_room = self.own.len() < most;
        if has_room {
            self.rest.remove(queue);
            self.own.insert(queue.clone());
        }
        has_room
    }

    /// Adds to the sums by how much the queue's totals grew since the last scrape.
    fn sum(&mut self, version: &VersionFigures) {
        let nothing = QueueTotals::default();
        let queue = &version.figures.queue;
        let before = self.rest.insert(queue.clone(), version.totals.clone());
        let before = before.flatten();
        let before = before.as_deref().unwrap_or(&nothing);
        let now = version.totals.as_deref().unwrap_or(&nothing);
        let sum = match self.sums.get_mut(queue.prefix()) {
            Some(sum) => sum,
            None => self.sums.entry(queue.prefix().to_owned()).or_default(),
        };
        sum.grow(before, now);
    }
}

impl RestOfQueues {
    fn add(&mut self, version: &VersionFigures) {
        let figures = &version.figures;
        self.queues += 1;
        self.counts = self.counts.plus(&figures.counts);
        self.held += figures.held_in_waiting();
        self.paused += u64::from(figures.paused);
        self.workers += u64::from(figures.workers.unwrap_or_default());
        self.oldest_waiting = match (self.oldest_waiting, figures.oldest_waiting) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let lifecycle = version.standing.lifecycle;
        let mut counted = self.lifecycles.iter_mut();
        match counted.find(|(other, _)| *other == lifecycle) {
            Some((_, count)) => *count += 1,
            None => self.lifecycles.push((lifecycle, 1)),
        }
    }
}
