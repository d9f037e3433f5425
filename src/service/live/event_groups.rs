//! In which groups the event streams of the queues are read: one connection waits for the streams of one group.
//!
//! Whenever one stream of a group has an event, Redis looks at all of them. So the queues that had events lately are read in
//! groups of their own, and those of the others only wait. A queue that changes its group is read in both until the new one is
//! being read with it: what is read twice counts once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::queue::QueueId;

/// How many queues' streams one connection waits for. When one of them has an event, waiting costs Redis time for each of
/// them (about half a millisecond for a thousand, Redis 7.0).
const GROUP: usize = 1000;

/// For how long a queue without events is read together with the busy ones.
const STAYS_BUSY: Duration = Duration::from_secs(60);

/// The groups. There are at most twice as many as all queues fill.
#[derive(Debug, Default)]
pub(crate) struct EventGroups {
    groups: Vec<Group>,
    places: HashMap<QueueId, Place>,
}

#[derive(Debug)]
struct Group {
    is_busy: bool,
    members: BTreeSet<QueueId>,
}

/// Where a queue is read.
#[derive(Debug)]
struct Place {
    /// Its group among the quiet ones, in which it keeps its room.
    quiet: usize,
    /// Its group among the busy ones, if it has one.
    busy: Option<Busy>,
}

#[derive(Debug)]
struct Busy {
    group: usize,
    /// Which of the two groups read it.
    read_in: ReadIn,
    /// When it had its last event.
    heard: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadIn {
    /// In its quiet group, until the busy one is read with it.
    QuietStill,
    /// In the busy group alone.
    Busy,
    /// In the busy group, until the quiet one is read with it again.
    BusyStill,
}

impl EventGroups {
    /// How many there are. Their number never shrinks.
    pub(crate) fn count(&self) -> usize {
        self.groups.len()
    }

    /// Adds a queue to a group with room.
    pub(crate) fn add(&mut self, id: &QueueId) {
        let quiet = self.join(false, id);
        let place = Place { quiet, busy: None };
        self.places.insert(id.clone(), place);
    }

    /// Removes a queue; its place is free.
    pub(crate) fn remove(&mut self, id: &QueueId) {
        let Some(place) = self.places.remove(id) else {
            return;
        };
        let busy = place.busy.map(|busy| busy.group);
        for group in busy.into_iter().chain([place.quiet]) {
            self.groups[group].members.remove(id);
        }
    }

    /// Takes note that a queue had an event.
    pub(crate) fn heard(&mut self, id: &QueueId, now: Instant) {
        let Some(place) = self.places.get_mut(id) else {
            return;
        };
        if let Some(busy) = &mut place.busy {
            busy.heard = now;
            if busy.read_in == ReadIn::BusyStill {
                busy.read_in = ReadIn::Busy;
            }
            return;
        }
        let group = self.join(true, id);
        if let Some(place) = self.places.get_mut(id) {
            place.busy = Some(Busy {
                group,
                read_in: ReadIn::QuietStill,
                heard: now,
            });
        }
    }

    /// The queues with which the next reading of a group begins at once.
    pub(crate) fn begin(&mut self, group: usize, now: Instant) -> Vec<QueueId> {
        let Some(Group { is_busy, members }) = self.groups.get_mut(group) else {
            return Vec::new();
        };
        let mut read = Vec::with_capacity(members.len());
        let mut left = Vec::new();
        for id in members.iter() {
            let Some(place) = self.places.get_mut(id) else {
                continue;
            };
            let Some(busy) = &mut place.busy else {
                read.push(id.clone());
                continue;
            };
            busy.read_in = match (busy.read_in, *is_busy) {
                (ReadIn::Busy, false) => continue,
                (ReadIn::BusyStill, false) => {
                    left.push((busy.group, id.clone()));
                    place.busy = None;
                    read.push(id.clone());
                    continue;
                }
                (ReadIn::Busy, true) if now - busy.heard > STAYS_BUSY => ReadIn::BusyStill,
                (ReadIn::QuietStill, true) => ReadIn::Busy,
                (same, _) => same,
            };
            read.push(id.clone());
        }
        for (group, id) in left {
            self.groups[group].members.remove(&id);
        }
        read
    }

    /// Puts a queue into a group of this kind with room, which is made if there is none.
    fn join(&mut self, is_busy: bool, id: &QueueId) -> usize {
        let has_room = |group: &Group| group.is_busy == is_busy && group.members.len() < GROUP;
        let group = self.groups.iter().position(has_room);
        let group = group.unwrap_or_else(|| {
            self.groups.push(Group {
                is_busy,
                members: BTreeSet::new(),
            });
            self.groups.len() - 1
        });
        self.groups[group].members.insert(id.clone());
        group
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn queue(number: usize) -> QueueId {
        QueueId::new("bull", &format!("q{number}")).unwrap()
    }

    fn groups(queues: usize) -> EventGroups {
        let mut groups = EventGroups::default();
        (0..queues).for_each(|number| groups.add(&queue(number)));
        groups
    }

    /// How many queues each group is read with that begins now.
    fn sizes(groups: &mut EventGroups, now: Instant) -> Vec<usize> {
        let all = 0..groups.count();
        all.map(|group| groups.begin(group, now).len()).collect()
    }

    #[test]
    fn a_busy_queue_wakes_up_no_reading_of_quiet_ones() {
        let now = Instant::now();
        let mut groups = groups(2_500);
        assert_eq!(sizes(&mut groups, now), [1_000, 1_000, 500]);
        (0..2_500)
            .step_by(100)
            .for_each(|number| groups.heard(&queue(number), now));
        // Until the busy ones are read, they are read where they were.
        assert_eq!(sizes(&mut groups, now), [1_000, 1_000, 500, 25]);
        assert_eq!(sizes(&mut groups, now), [990, 990, 495, 25]);
    }

    #[test]
    fn a_queue_is_in_a_reading_at_every_moment_while_it_gets_busy_and_quiet_again() {
        let began = Instant::now();
        let mut groups = groups(1);
        let (own, busy) = (0, 1);
        let later = began + STAYS_BUSY + Duration::from_secs(1);
        groups.heard(&queue(0), began);
        assert_eq!(
            groups.begin(own, began).len(),
            1,
            "the other is not read yet"
        );
        assert_eq!(groups.begin(busy, began).len(), 1);
        assert_eq!(groups.begin(own, began).len(), 0);
        assert_eq!(
            groups.begin(busy, later).len(),
            1,
            "its own is not read yet"
        );
        groups.heard(&queue(0), later);
        assert_eq!(
            groups.begin(own, later).len(),
            0,
            "it had an event meanwhile"
        );
        let later = later + STAYS_BUSY + Duration::from_secs(1);
        assert_eq!(groups.begin(busy, later).len(), 1);
        assert_eq!(groups.begin(own, later).len(), 1);
        assert_eq!(groups.begin(busy, later).len(), 0, "it is quiet again");
    }

    #[test]
    fn no_reading_has_more_streams_than_a_group_and_no_queue_more_than_two_places() {
        let now = Instant::now();
        let mut groups = groups(2_500);
        for _ in 0..3 {
            (0..2_500).for_each(|number| groups.heard(&queue(number), now));
            let sizes = sizes(&mut groups, now);
            assert!(sizes.iter().all(|size| *size <= GROUP), "{sizes:?}");
        }
        assert_eq!(sizes(&mut groups, now), [0, 0, 0, 1_000, 1_000, 500]);
        (0..2_500).for_each(|number| groups.remove(&queue(number)));
        (2_500..5_000).for_each(|number| groups.add(&queue(number)));
        assert_eq!(sizes(&mut groups, now), [1_000, 1_000, 500, 0, 0, 0]);
    }
}
