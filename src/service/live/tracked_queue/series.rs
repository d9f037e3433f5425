//! What its events count: its last hour, and the sums since this process follows it.

use std::sync::Arc;

use super::{Following, TrackedQueue};
use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::queue::event::{Event, EventKind};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::stats::latency::{LatencySample, LatencyTracker};
use crate::domain::stats::series::Series;
use crate::service::live::snapshot::VersionFigures;

impl TrackedQueue {
    /// Takes events that were read.
    pub(crate) fn hear(
        &mut self,
        queue: &QueueId,
        events: &[Event],
        in_flight: &mut LatencyTracker<QueueId>,
    ) {
        self.heard = true;
        self.dirty |= events.iter().any(|event| event.kind.moves_jobs());
        let (Following::From(follow), Some(last)) = (&mut self.following, events.last()) else {
            return;
        };
        let read_to = follow.at();
        follow.read(last.id);
        let series = self.series.get_or_insert_with(|| {
            let since = self.events_since.unwrap_or(self.watched_since);
            // What was outstanding before this process followed it is not known.
            let shown = self.shown.as_deref().filter(|_| read_to >= self.earlier);
            begin(since, self.watched_since, shown)
        });
        self.has_news = true;
        let series = Arc::make_mut(series);
        let totals = Arc::make_mut(self.totals.get_or_insert_default());
        for event in events.iter().filter(|event| event.id > read_to) {
            if event.kind == EventKind::Added {
                self.last_added = Some(event.id.millis);
            }
            if event.kind == EventKind::Stalled {
                self.stalled_at = Some(event.id.millis);
            }
            if let EventKind::Entered(state) = event.kind
                && event.id > self.earlier
                && let Some(place) = JobState::KEPT.iter().position(|kept| *kept == state)
            {
                self.arrivals[place] += 1;
            }
            let measured = note(series, queue, event, in_flight);
            // The process before this one counted the earlier ones.
            if event.id > self.earlier {
                totals.note(event.kind, measured);
            }
        }
    }

    /// Adds the count to its series; returns whether the series changed with time alone.
    pub(super) fn keep_series(&mut self, figures: &QueueFigures) -> bool {
        let now = unix_millis();
        if let Some(metrics) = self.metrics.take()
            && figures.bull_version.metrics_are_by_minute()
            && (metrics.finished.is_some() || metrics.failed.is_some())
        {
            let series = self.series.get_or_insert_with(|| {
                let since = self.events_since.unwrap_or(self.watched_since);
                begin(since, self.watched_since, None)
            });
            Arc::make_mut(series).fill(metrics.finished.as_ref(), metrics.failed.as_ref(), now);
        }
        let in_turn = std::mem::take(&mut self.in_turn);
        // A reading of now would end the minutes whose events are still being read.
        let is_behind = self.is_behind();
        let Some(series) = &mut self.series else {
            return false;
        };
        if is_behind {
            return false;
        }
        if in_turn && series.is_idle(now) {
            self.series = None;
            return true;
        }
        let series = Arc::make_mut(series);
        series.outstanding(now, figures.counts.outstanding());
        if in_turn {
            series.settle(now);
        }
        in_turn
    }
}

/// A series that begins with the last count, as of when its queue was first counted.
pub(super) fn begin(since: u64, counted: u64, shown: Option<&VersionFigures>) -> Arc<Series> {
    let mut series = Series::new(since);
    if let Some(shown) = shown {
        series.outstanding(counted.max(since), shown.figures.counts.outstanding());
    }
    Arc::new(series)
}

/// Adds an event to a series; returns the time that it measures.
fn note(
    series: &mut Series,
    queue: &QueueId,
    event: &Event,
    in_flight: &mut LatencyTracker<QueueId>,
) -> Option<LatencySample> {
    let at = event.id.millis;
    match event.kind {
        EventKind::Added => series.added(at),
        EventKind::Entered(JobState::Completed) => series.finished(at),
        EventKind::Entered(JobState::Failed) => series.failed(at),
        _ => {}
    }
    let measured = in_flight.event(queue, event.job.as_ref()?.as_str(), event.kind, at);
    match measured {
        Some(LatencySample::WaitedMs(millis)) => series.waited(at, millis),
        Some(LatencySample::WorkedMs(millis)) => series.worked(at, millis),
        None => {}
    }
    measured
}
