//! What the leader saw when it looked for marks.

use std::collections::HashMap;

use crate::domain::history::sightings::{SeenNow, Sighting};
use crate::service::live::snapshot::{Snapshot, SnapshotId, VersionFigures};

/// How many versions and marks are written at once.
pub(super) const SEEN_AT_ONCE: usize = 200;

/// Up to where the audit log was read. No queue's name is without a colon.
pub(super) const CURSOR: &str = "audit";

/// Whether what was there at the very first look is written down.
pub(super) const BEGUN: &str = "begun";

/// What the leader saw so far.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) seen: HashMap<String, Sighting>,
    pub(super) cursor: String,
    pub(super) snapshot: Option<SnapshotId>,
    /// Whether a write failed since it was read: Redis may have less, or more.
    pub(super) is_unsure: bool,
}

impl Watch {
    pub(super) fn new(seen: HashMap<String, Sighting>, cursor: String) -> Self {
        Self {
            seen,
            cursor,
            snapshot: None,
            is_unsure: false,
        }
    }
}

/// The versions that are there, as those that were there before anybody looked.
pub(super) fn existing(snapshot: &Snapshot) -> HashMap<String, Sighting> {
    versions(snapshot)
        .map(|version| {
            let seen = Sighting::of_existing(&seen_now(version));
            (version.figures.queue.to_string(), seen)
        })
        .collect()
}

/// The queues of the snapshot that are versions of a family.
pub(super) fn versions(snapshot: &Snapshot) -> impl Iterator<Item = &VersionFigures> {
    let queues = snapshot.queues.iter().map(AsRef::as_ref);
    queues.filter(|version| version.lineage.version.is_some())
}

pub(super) fn seen_now(version: &VersionFigures) -> SeenNow {
    let counts = &version.figures.counts;
    SeenNow {
        has_worker: version.figures.workers.is_some_and(|workers| workers > 0)
            || version.figures.unnamed_workers,
        was_worked: counts.active + counts.completed + counts.failed > 0,
        outstanding: counts.outstanding(),
        lifecycle: version.standing.lifecycle,
    }
}
