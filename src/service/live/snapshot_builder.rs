//! Builds each snapshot from the planner's knowledge.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::snapshot::{RecentSnapshots, Snapshot, SnapshotId, Stale, VersionFigures};
use super::tracked_queue::TrackedQueue;
use crate::clock::unix_millis;
use crate::domain::queue::QueueId;
use crate::domain::versions::VersionedName;

/// How many vanished queues are remembered, so that pages can mark their rows.
const GONE_KEPT: usize = 1000;

/// The builder, with the last snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotBuilder {
    snapshot: Snapshot,
    /// Whether a queue appeared or vanished since the last snapshot.
    reshaped: bool,
}

impl SnapshotBuilder {
    pub(crate) fn new() -> Self {
        let mark = SnapshotId {
            process: unix_millis(),
            number: 0,
        };
        Self {
            snapshot: Snapshot {
                mark,
                ..Snapshot::default()
            },
            reshaped: false,
        }
    }

    pub(crate) fn mark(&self) -> SnapshotId {
        self.snapshot.mark
    }

    /// The number of the next snapshot that differs from this one.
    pub(crate) fn next(&self) -> u64 {
        self.snapshot.mark.number + 1
    }

    /// The work that the snapshot has cost so far.
    pub(crate) fn kept(&mut self) -> &mut RecentSnapshots {
        &mut self.snapshot.kept
    }

    /// Records that a queue appeared.
    pub(crate) fn reshape(&mut self) {
        self.reshaped = true;
    }

    /// Records that a queue vanished.
    pub(crate) fn gone(&mut self, id: &QueueId) {
        self.reshaped = true;
        let number = self.next();
        let gone = Arc::make_mut(&mut self.snapshot.gone);
        if gone.len() >= GONE_KEPT {
            self.snapshot.forgotten = gone.remove(0).0;
        }
        gone.push((number, id.clone()));
    }

    /// Makes the next snapshot, with a new number only if something changed.
    pub(crate) fn publish(&mut self, changed: bool, known: &BTreeMap<QueueId, TrackedQueue>) {
        let back = self.snapshot.stale.is_some();
        if changed || self.reshaped || back {
            self.snapshot.mark.number += 1;
            self.draw(known);
        }
        if back {
            self.snapshot.turned = self.snapshot.mark.number;
        }
        self.snapshot.taken = Some(crate::clock::system_time());
        self.snapshot.stale = None;
    }

    fn draw(&mut self, known: &BTreeMap<QueueId, TrackedQueue>) {
        if !std::mem::take(&mut self.reshaped) {
            // Looking up each queue in the other order would cost more than all else of a snapshot.
            let number = self.snapshot.mark.number;
            let queues = Arc::make_mut(&mut self.snapshot.queues);
            let shown = known.values().filter_map(|known| known.shown.as_ref());
            for fresh in shown.filter(|fresh| fresh.changed == number) {
                let place = self.snapshot.places.get(&fresh.figures.queue);
                if let Some(shown) = place.and_then(|place| queues.get_mut(*place)) {
                    *shown = Arc::clone(fresh);
                }
            }
            return;
        }
        let mut queues: Vec<Arc<VersionFigures>> = known
            .values()
            .filter_map(|known| known.shown.clone())
            .collect();
        queues.sort_by(|a, b| order(a).cmp(&order(b)));
        self.snapshot.newest = queues.iter().map(|queue| queue.found).max().unwrap_or(0);
        let ids = queues.iter().map(|version| version.figures.queue.clone());
        self.snapshot.places = Arc::new(ids.zip(0..).collect());
        self.snapshot.queues = Arc::new(queues);
    }

    /// Records that Redis is unreachable; the figures stay as they are.
    pub(crate) fn away(&mut self, cause: String) {
        let since = match &self.snapshot.stale {
            Some(stale) => stale.since,
            None => {
                self.snapshot.mark.number += 1;
                self.snapshot.turned = self.snapshot.mark.number;
                crate::clock::system_time()
            }
        };
        self.snapshot.stale = Some(Stale { since, cause });
    }

    /// Records since when events are followed, in Unix milliseconds.
    pub(crate) fn follow_since(&mut self, since: u64) {
        self.snapshot.since = Some(since);
    }

    pub(crate) fn is_away(&self) -> bool {
        self.snapshot.stale.is_some()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }
}

/// The order of queues: by prefix and family, then the newest version first, names without a version last.
fn order(queue: &VersionFigures) -> impl Ord {
    let VersionFigures {
        lineage: VersionedName {
            family, version, ..
        },
        figures,
        ..
    } = queue;
    (
        figures.queue.prefix().to_owned(),
        family.clone(),
        std::cmp::Reverse(version.clone()),
        figures.queue.name().to_owned(),
    )
}
