//! The shown figures of a queue, made anew whenever a part of them changes.

use std::sync::Arc;

use tokio::time::Instant;

use super::TrackedQueue;
use crate::clock::unix_millis;
use crate::domain::queue::{Counts, QueueFigures, QueueId};
use crate::domain::versions::lifecycle::{IDLE_AFTER_MS, LifecycleStatus, VersionFacts};
use crate::domain::worker::LastWorker;
use crate::service::live::snapshot::{Stranded, VersionFigures};

impl TrackedQueue {
    /// The facts that its lifecycle depends on; `None` before the first count.
    pub(in crate::service::live) fn facts(&self) -> Option<VersionFacts> {
        let figures = &self.shown.as_ref()?.figures;
        let counts = &figures.counts;
        Some(VersionFacts {
            outstanding: counts.outstanding(),
            workers: figures.workers,
            had_jobs: *counts != Counts::default() || self.last_added.is_some(),
            last_added: self.last_added,
            watched_since: self.watched_since,
            is_busy: self
                .last_added
                .is_some_and(|added| added + IDLE_AFTER_MS > unix_millis()),
        })
    }

    /// Keeps a worker that is connected, to name it once none is.
    pub(in crate::service::live) fn see_worker(&mut self, worker: Option<&Arc<LastWorker>>) {
        if let Some(worker) = worker
            && self.last_worker.as_ref() != Some(worker)
        {
            self.last_worker = Some(Arc::clone(worker));
        }
    }

    /// Takes how many workers Redis names; returns whether anything has to be shown anew.
    pub(in crate::service::live) fn show_workers(
        &mut self,
        named: Option<u32>,
        number: u64,
    ) -> bool {
        if named == self.named {
            return false;
        }
        if named == Some(0) {
            // There may be others without a name: the next count looks for their trace.
            self.dirty = true;
            if self.named.is_some() {
                // A worker was there a moment ago. If nobody could tell before, that would be a guess.
                self.trace = Some(Instant::now());
                self.worker_seen = None;
            }
        }
        self.named = named;
        let Some(shown) = &self.shown else {
            return false;
        };
        let figures = self.with_workers(shown.figures.clone());
        if shown.figures == figures {
            return false;
        }
        self.show(figures, shown.found, number);
        true
    }

    pub(crate) fn with_workers(&self, figures: QueueFigures) -> QueueFigures {
        let unnamed_workers = self.named == Some(0) && self.trace.is_some();
        QueueFigures {
            workers: self.named.filter(|_| !unnamed_workers),
            unnamed_workers,
            worker_seen: self.worker_seen.filter(|_| unnamed_workers),
            ..figures
        }
    }

    /// Takes its lifecycle; returns whether it has to be shown anew.
    pub(in crate::service::live) fn stand(
        &mut self,
        standing: LifecycleStatus,
        number: u64,
    ) -> bool {
        if self.standing == standing {
            return false;
        }
        self.standing = standing;
        self.show_again(number)
    }

    /// Takes the queue that was probably meant where this one was named; returns whether it has to be shown anew.
    pub(in crate::service::live) fn mean(&mut self, meant: Option<QueueId>, number: u64) -> bool {
        if self.meant == meant {
            return false;
        }
        self.meant = meant;
        self.show_again(number)
    }

    fn show_again(&mut self, number: u64) -> bool {
        let Some(shown) = &self.shown else {
            return false;
        };
        self.publish(shown.figures.clone(), shown.found, number);
        true
    }

    /// Says that Redis was not read for some time.
    pub(in crate::service::live) fn lose_sight(&mut self) {
        self.stranded.lose_sight();
    }

    /// Shows figures of which some were read just now.
    pub(crate) fn show(&mut self, figures: QueueFigures, found: u64, number: u64) {
        let outstanding = figures.counts.outstanding();
        let trace = figures.worker_seen;
        self.stranded
            .look(outstanding, figures.workers, trace, unix_millis());
        self.publish(figures, found, number);
    }

    fn publish(&mut self, figures: QueueFigures, found: u64, number: u64) {
        let stranded = self.stranded.since().map(|since| Stranded {
            since,
            last_worker: self.last_worker.clone(),
        });
        self.has_news = false;
        self.shown = Some(Arc::new(VersionFigures {
            lineage: self.lineage.clone(),
            found,
            changed: number,
            arrivals: self.arrivals,
            stalled_at: self.stalled_at,
            series: self.series.clone(),
            events_since: self.events_since.filter(|_| figures.keeps_events),
            read_to: self.place().map(|event| event.millis),
            is_behind: self.is_behind(),
            totals: self.totals.clone(),
            standing: self.standing,
            stranded,
            meant: self.meant.clone(),
            figures,
        }));
    }
}
