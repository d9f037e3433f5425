//! Groups of failures that are alike, counted while failed jobs are read. Their number and memory are bounded.

use std::collections::{BTreeMap, HashMap};

use super::fingerprint::{Fingerprint, GroupId};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// How many groups are kept. Failures of further groups are counted together.
pub const MOST_GROUPS: usize = 500;

/// In how many equal parts of the window failures are counted.
pub const PARTS: usize = 48;

/// How many of a group's newest jobs are kept by their ids.
pub const NEWEST: usize = 100;

/// How many names of jobs, and how many queues, a group keeps.
const MOST_KEPT: usize = 50;

/// The longest name of a job that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// From when to when, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it begins.
    pub from: u64,
    /// When it ends.
    pub to: u64,
}

impl Window {
    /// Whether a time is in it.
    pub fn holds(self, at: u64) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// The part of the window that a time is in; the nearest for a time outside.
    fn part(self, at: u64) -> usize {
        let length = self.to.saturating_sub(self.from).max(1);
        let passed = at.saturating_sub(self.from).min(length);
        let part = u128::from(passed) * PARTS as u128 / (u128::from(length) + 1);
        usize::try_from(part).unwrap_or(PARTS - 1).min(PARTS - 1)
    }
}

/// How often, and when first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many failures.
    pub count: u64,
    /// When the first of them was, Unix milliseconds.
    pub first: u64,
    /// When the last of them was, Unix milliseconds.
    pub last: u64,
}

impl Seen {
    fn once(at: u64) -> Self {
        Self {
            count: 1,
            first: at,
            last: at,
        }
    }

    fn again(&mut self, at: u64) {
        self.count += 1;
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

/// A failed job, as far as groups need it.
#[derive(Debug)]
pub struct Failure<'a> {
    /// Its queue.
    pub queue: &'a QueueId,
    /// Its id.
    pub id: &'a JobId,
    /// Its name.
    pub name: &'a str,
    /// When it failed, Unix milliseconds.
    pub at: u64,
    /// What it is told by.
    pub fingerprint: &'a Fingerprint,
}

/// Failures that are alike.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// What its failures are told by.
    pub fingerprint: Fingerprint,
    /// How often it was seen.
    pub seen: Seen,
    /// The names of its jobs with their counts, up to a number of names.
    pub names: BTreeMap<String, u64>,
    /// Where it was seen, up to a number of queues.
    pub queues: BTreeMap<QueueId, Seen>,
    /// Whether it was seen in more queues than are kept.
    pub more_queues: bool,
    /// How often it was seen in each part of the window, the oldest first.
    pub parts: [u32; PARTS],
    /// Its newest jobs with when they failed, the newest first.
    pub newest: Vec<(u64, QueueId, JobId)>,
}

impl Group {
    fn of(id: GroupId, failure: &Failure<'_>) -> Self {
        Self {
            id,
            fingerprint: failure.fingerprint.clone(),
            // The first failure is counted as every other, below.
            seen: Seen {
                count: 0,
                first: failure.at,
                last: failure.at,
            },
            names: BTreeMap::new(),
            queues: BTreeMap::new(),
            more_queues: false,
            parts: [0; PARTS],
            newest: Vec::new(),
        }
    }

    fn add(&mut self, failure: &Failure<'_>, window: Window) {
        self.seen.again(failure.at);
        self.parts[window.part(failure.at)] += 1;
        let name: String = failure.name.chars().take(LONGEST_NAME).collect();
        if self.names.len() < MOST_KEPT || self.names.contains_key(&name) {
            *self.names.entry(name).or_default() += 1;
        }
        let has_room = self.queues.len() < MOST_KEPT;
        match self.queues.get_mut(failure.queue) {
            Some(seen) => seen.again(failure.at),
            None if has_room => {
                self.queues
                    .insert(failure.queue.clone(), Seen::once(failure.at));
            }
            None => self.more_queues = true,
        }
        let place = self.newest.partition_point(|(at, ..)| *at >= failure.at);
        if place < NEWEST {
            self.newest.truncate(NEWEST - 1);
            let job = (failure.at, failure.queue.clone(), failure.id.clone());
            self.newest.insert(place, job);
        }
    }
}

/// The groups of the failures that were read.
#[derive(Debug, Clone)]
pub struct Groups {
    window: Window,
    groups: HashMap<GroupId, Group>,
    counted: u64,
    other: u64,
}

impl Groups {
    /// No failures yet.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            groups: HashMap::new(),
            counted: 0,
            other: 0,
        }
    }

    /// Counts a failure.
    pub fn add(&mut self, failure: &Failure<'_>) {
        let id = failure.fingerprint.id();
        self.counted += 1;
        if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&id) {
            self.other += 1;
            return;
        }
        let group = self
            .groups
            .entry(id)
            .or_insert_with(|| Group::of(id, failure));
        group.add(failure, self.window);
    }

    /// From when to when failures were counted.
    pub fn window(&self) -> Window {
        self.window
    }

    /// How many failures were counted.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// How many of them are in none of the groups that are kept.
    pub fn other(&self) -> u64 {
        self.other
    }

    /// One group.
    pub fn get(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// All groups, the largest first; of equal ones the one that was seen last.
    pub fn largest_first(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.values().collect();
        groups.sort_by_key(|group| {
            let seen = group.seen;
            (std::cmp::Reverse((seen.count, seen.last)), group.id)
        });
        groups
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        /// A message, its parts, and the rest of a group.
        const OF_GROUP: usize = 2_500;
        const OF_JOB: usize = 96;
        let groups = self.groups.values();
        groups
            .map(|group| {
                OF_GROUP + (group.newest.len() + group.names.len() + group.queues.len()) * OF_JOB
            })
            .sum()
    }
}

#[cfg(test)]
mod tests;
