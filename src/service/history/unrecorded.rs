//! The minutes that are not recorded yet, as the snapshot knows them.

use std::sync::Arc;

use crate::domain::history::chunks::Slots;
use crate::domain::history::recorded::HistoryClock;
use crate::domain::history::recording::KnownHour;
use crate::domain::history::slot::Slot;
use crate::domain::stats::series::MINUTE_MS;
use crate::service::live::snapshot::{Snapshot, VersionFigures};

/// The minutes that are not recorded yet: from the first up to the running one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unrecorded {
    pub(super) first: u64,
    pub(super) clock: HistoryClock,
}

impl Unrecorded {
    pub(super) fn of(clock: HistoryClock, snapshot: &Snapshot) -> Self {
        let recorded = clock.recorded.map_or(0, |minute| minute + 1);
        let since = snapshot.since.unwrap_or(clock.now_ms).div_ceil(MINUTE_MS);
        let first = recorded.max(since).max(clock.oldest_minute());
        Self { first, clock }
    }

    /// The running minute.
    pub(super) fn now(&self) -> u64 {
        self.clock.now_ms / MINUTE_MS
    }

    /// What the snapshot knows of them in one queue.
    pub(super) fn minutes(&self, version: &VersionFigures) -> Vec<(u64, Slot)> {
        known_hour(version, self.clock.now_ms).minutes(self.first, self.now())
    }
}

/// What the snapshot knows of a queue's last hour.
pub(super) fn known_hour(version: &VersionFigures, now_ms: u64) -> KnownHour<'_> {
    KnownHour {
        series: version.series.as_deref(),
        events_since: version.events_since,
        read_to: version.read_to,
        outstanding: version.figures.counts.outstanding(),
        workers: version.figures.workers.map(u64::from),
        now_ms,
    }
}

/// Adds the minutes of one queue to those of all.
pub(super) fn add_up(sums: &mut Slots, minutes: &[(u64, Slot)]) {
    for (minute, slot) in minutes {
        sums.entry(*minute)
            .and_modify(|sum| sum.beside(slot))
            .or_insert(*slot);
    }
}

/// The unrecorded minutes of all queues together.
pub(super) fn sum_of(queues: &[Arc<VersionFigures>], unrecorded: &Unrecorded) -> Vec<(u64, Slot)> {
    let mut sums = Slots::new();
    for version in queues {
        add_up(&mut sums, &unrecorded.minutes(version));
    }
    sums.into_iter().collect()
}
