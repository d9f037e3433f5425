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
        let read_to = self.place().map_or(0, |event| event.millis);
        let Some(series) = &mut self.series else {
            return false;
        };
        if is_behind {
            return false;
        }
        if in_turn && series.is_idle(now) {
            if series.is_out_of_reach(now) {
                // What it counted is lost with it.
                let known = self.events_since.map(|since| since.max(now).max(read_to));
                self.events_since = known;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::default_version_pattern;
    use crate::domain::job::JobId;
    use crate::domain::queue::Counts;
    use crate::domain::queue::bullmq_version::BullmqVersion;
    use crate::domain::queue::event::StreamId;
    use crate::domain::queue::stream_cursor::StreamCursors;
    use crate::domain::versions::VersionPattern;

    fn figures() -> QueueFigures {
        QueueFigures {
            queue: QueueId::new("bull", "email/v1").unwrap(),
            unnamed_workers: false,
            worker_seen: None,
            delayed_span: None,
            counts: Counts::default(),
            paused: false,
            workers: None,
            oldest_waiting: None,
            bull_version: BullmqVersion::parse(Some("bullmq:6.7.0"), None),
            keeps_events: true,
        }
    }

    #[test]
    fn a_series_that_a_clock_made_useless_takes_what_is_known_with_it() {
        let pattern = VersionPattern::new(default_version_pattern());
        for (ahead_ms, is_useless) in [(0, false), (7_200_000, true)] {
            let mut tracked = TrackedQueue::new(pattern.split("email/v1"));
            tracked.events_since = Some(1_000);
            tracked.following = Following::From(StreamCursors::behind(None));
            let at = unix_millis() + ahead_ms;
            let event = Event {
                id: StreamId {
                    millis: at,
                    number: 0,
                },
                kind: EventKind::Entered(JobState::Completed),
                job: JobId::new("1"),
            };
            let figures = figures();
            tracked.hear(&figures.queue, &[event], &mut LatencyTracker::default());
            tracked.take_turn();
            tracked.keep_series(&figures);
            assert_eq!(tracked.series.is_none(), is_useless);
            let since = if is_useless { at } else { 1_000 };
            assert_eq!(tracked.events_since, Some(since), "{ahead_ms} ms ahead");
        }
    }
}
