//! What the engine knows of one queue.

mod view;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::snapshot::VersionFigures;
use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::queue::event::{Event, EventKind, StreamId};
use crate::domain::queue::stream_cursor::{Question, StreamCursors};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::stats::latency::{LatencySample, LatencyTracker};
use crate::domain::stats::series::Series;
use crate::domain::versions::VersionedName;
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::store::bullmq::counts::CountedQueue;
use crate::store::bullmq::events::StreamEnd;
use crate::store::bullmq::metrics::QueueMetrics;

/// After a look that found no trace of a worker, an earlier trace counts for so long: workers that Redis does not name
/// renew it every half minute, and in between it is away for some milliseconds.
const TRACE_COUNTS_FOR: Duration = Duration::from_secs(5);

/// What a worker says of the time is believed where it is not further from now: workers may look for stalled jobs less
/// often than every half minute, and their clocks differ from ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(600);

/// A queue that changed without an event is looked at more often for this long.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// Whether, and how far, a queue's events are read.
#[derive(Debug)]
pub(crate) enum Following {
    /// The end of its stream is to be found first.
    Starting,
    /// They are read from here on.
    From(StreamCursors),
    /// Its stream can't be read; it is counted again and again instead.
    Impossible,
}

/// One queue.
#[derive(Debug)]
pub(crate) struct TrackedQueue {
    lineage: VersionedName,
    /// With which others its events are read.
    pub(crate) group: usize,
    following: Following,
    /// One of those it is read with could not be read.
    suspect: bool,
    /// What was counted last, as it is shown; `None` before the first time.
    pub(crate) shown: Option<Arc<VersionFigures>>,
    /// It has to be counted as soon as may be.
    dirty: bool,
    /// It had events since the count before the last one was begun, and since the last one was.
    heard_before: bool,
    heard: bool,
    counted_at: Option<Instant>,
    /// It changes without telling: until then it is counted again and again.
    silent_until: Option<Instant>,
    arrivals: [u64; JobState::KEPT.len()],
    /// Since when its events are read, in Unix milliseconds.
    watched_since: u64,
    /// What its workers counted before that, until it was counted once.
    metrics: Option<QueueMetrics>,
    /// Its last hour; `None` where nothing happened.
    series: Option<Arc<Series>>,
    /// It is counted in the slow round, in which its picture moves on.
    in_turn: bool,
    /// When a job was added to it last, as far as events tell, in Unix milliseconds of Redis's clock.
    last_added: Option<u64>,
    /// How many workers Redis names; `None` where it won't tell.
    named: Option<u32>,
    /// When a trace of a worker, named or not, was found last.
    trace: Option<Instant>,
    /// When that worker was there, as it says itself.
    worker_seen: Option<u64>,
    standing: LifecycleStatus,
    /// The queue that was probably meant where this one was named.
    meant: Option<QueueId>,
}

impl TrackedQueue {
    pub(crate) fn new(lineage: VersionedName, group: usize) -> Self {
        Self {
            lineage,
            group,
            following: Following::Starting,
            suspect: false,
            shown: None,
            dirty: true,
            heard_before: false,
            heard: false,
            counted_at: None,
            silent_until: None,
            arrivals: Default::default(),
            watched_since: 0,
            metrics: None,
            series: None,
            in_turn: false,
            last_added: None,
            named: None,
            trace: None,
            worker_seen: None,
            standing: LifecycleStatus::default(),
            meant: None,
        }
    }

    pub(crate) fn lineage(&self) -> &VersionedName {
        &self.lineage
    }

    /// From where its events are read on, if they are.
    pub(crate) fn place(&self) -> Option<StreamId> {
        match &self.following {
            Following::From(follow) => Some(follow.at()),
            Following::Starting | Following::Impossible => None,
        }
    }

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
        let series = self
            .series
            .get_or_insert_with(|| begin(self.watched_since, self.shown.as_deref()));
        let series = Arc::make_mut(series);
        for event in events.iter().filter(|event| event.id > read_to) {
            if event.kind == EventKind::Added {
                self.last_added = Some(event.id.millis);
            }
            if let EventKind::Entered(state) = event.kind
                && let Some(place) = JobState::KEPT.iter().position(|kept| *kept == state)
            {
                self.arrivals[place] += 1;
            }
            note(series, queue, event, in_flight);
        }
    }

    /// Whether it changes without telling, so that it has to be counted again and again.
    pub(crate) fn is_unheard(&self, now: Instant) -> bool {
        let keeps_events = |shown: &Arc<VersionFigures>| shown.figures.keeps_events;
        matches!(self.following, Following::Impossible)
            || self.silent_until.is_some_and(|until| now < until)
            // Workers that Redis does not name come and go without telling.
            || (self.named == Some(0) && self.trace.is_some())
            || !self.shown.as_ref().is_none_or(keeps_events)
    }

    /// Whether it should be counted now; one that is not heard of, so long after it was counted last.
    pub(crate) fn is_due(&self, now: Instant, unheard_for: Duration) -> bool {
        let old = |counted| now.duration_since(counted) >= unheard_for;
        self.dirty || (self.is_unheard(now) && self.counted_at.is_none_or(old))
    }

    /// Whether the end of its stream has to be looked up.
    pub(crate) fn needs_its_end(&self) -> bool {
        self.suspect || matches!(self.following, Following::Starting)
    }

    /// Notes that it is being counted. Events from now on make it due again.
    pub(crate) fn begin_count(&mut self, now: Instant) -> &Following {
        self.dirty = false;
        self.heard_before = std::mem::take(&mut self.heard);
        self.counted_at = Some(now);
        &self.following
    }

    /// Its turn in the slow round: it is counted, and tried again where its events could not be read.
    pub(crate) fn take_turn(&mut self) {
        self.dirty = true;
        self.in_turn = true;
        if matches!(self.following, Following::Impossible) {
            self.following = Following::Starting;
        }
    }

    pub(crate) fn doubt(&mut self) {
        self.dirty = true;
    }

    fn start_again(&mut self) {
        self.following = Following::Starting;
        self.dirty = true;
    }

    /// Its stream may be none: that is looked at before it is read on.
    pub(crate) fn suspect(&mut self) {
        self.suspect = true;
        self.dirty = true;
    }

    /// Its events may not be read; it is tried again in its turn.
    pub(crate) fn give_up_following(&mut self) {
        self.following = Following::Impossible;
    }

    /// Takes the end of its stream, and what its workers counted up to now.
    pub(crate) fn started(&mut self, head: StreamEnd, metrics: QueueMetrics) {
        if self.watched_since == 0 {
            self.watched_since = unix_millis();
            self.metrics = Some(metrics);
        }
        let suspected = std::mem::take(&mut self.suspect);
        self.following = match (
            head,
            std::mem::replace(&mut self.following, Following::Starting),
        ) {
            (StreamEnd::NotAStream, _) => Following::Impossible,
            // It was another's fault: nothing of this one was missed.
            (StreamEnd::Stream(_), Following::From(follow)) if suspected => Following::From(follow),
            (StreamEnd::Stream(newest), _) => Following::From(StreamCursors::behind(newest)),
        };
    }

    /// Whether no event was missed; otherwise it starts anew.
    pub(crate) fn is_whole(&mut self, question: Question, first: Option<StreamId>) -> bool {
        let whole = match &mut self.following {
            Following::From(follow) => follow.is_whole(question, first),
            Following::Starting | Following::Impossible => true,
        };
        if !whole {
            if let Some(series) = &mut self.series {
                Arc::make_mut(series).hole(unix_millis());
            }
            self.start_again();
        }
        whole
    }

    /// Takes its figures, and how many workers Redis names; whether anything is to be shown anew, in the snapshot of
    /// this `number`.
    pub(crate) fn counted(
        &mut self,
        looked: CountedQueue,
        named: Option<u32>,
        number: u64,
    ) -> bool {
        self.named = named;
        let now = Instant::now();
        match looked.worker_was_there {
            true => {
                self.trace = Some(now);
                self.worker_seen = looked.worker_seen.filter(is_of_late);
            }
            false => self.trace = self.trace.filter(|at| now - *at < TRACE_COUNTS_FOR),
        }
        let figures = self.with_workers(looked.figures);
        let moves_on = self.keep_series(&figures);
        let before = self.shown.as_deref();
        if let Some(before) = before
            && before.figures == figures
            && before.arrivals == self.arrivals
            && !moves_on
        {
            return false;
        }
        let moved = before.is_some_and(|before| before.figures.counts != figures.counts);
        if moved && !self.heard && !self.heard_before {
            self.silent_until = Some(Instant::now() + SILENT_FOR);
        }
        let found = before.map_or(number, |before| before.found);
        self.show(figures, found, number);
        true
    }

    /// Puts the count into its series; whether its picture has moved on with time alone.
    fn keep_series(&mut self, figures: &QueueFigures) -> bool {
        let now = unix_millis();
        if let Some(metrics) = self.metrics.take()
            && figures.bull_version.metrics_are_by_minute()
            && (metrics.finished.is_some() || metrics.failed.is_some())
        {
            let series = self
                .series
                .get_or_insert_with(|| begin(self.watched_since, None));
            Arc::make_mut(series).fill(metrics.finished.as_ref(), metrics.failed.as_ref(), now);
        }
        let in_turn = std::mem::take(&mut self.in_turn);
        let Some(series) = &mut self.series else {
            return false;
        };
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

/// Whether a worker's clock can have said so a short while ago.
fn is_of_late(at: &u64) -> bool {
    at.abs_diff(unix_millis()) < CLOCKS_DIFFER.as_millis() as u64
}

/// A series that begins with what was counted last.
fn begin(since: u64, shown: Option<&VersionFigures>) -> Arc<Series> {
    let mut series = Series::new(since);
    if let Some(shown) = shown {
        series.outstanding(since, shown.figures.counts.outstanding());
    }
    Arc::new(series)
}

/// Puts an event into a series.
fn note(
    series: &mut Series,
    queue: &QueueId,
    event: &Event,
    in_flight: &mut LatencyTracker<QueueId>,
) {
    let at = event.id.millis;
    match event.kind {
        EventKind::Added => series.added(at),
        EventKind::Entered(JobState::Completed) => series.finished(at),
        EventKind::Entered(JobState::Failed) => series.failed(at),
        _ => {}
    }
    let Some(job) = &event.job else {
        return;
    };
    match in_flight.event(queue, job.as_str(), event.kind, at) {
        Some(LatencySample::WaitedMs(millis)) => series.waited(at, millis),
        Some(LatencySample::WorkedMs(millis)) => series.worked(at, millis),
        None => {}
    }
}
