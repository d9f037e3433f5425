//! The engine's knowledge of one queue.

mod following;
mod series;
mod view;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::snapshot::VersionFigures;
use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::StreamCursors;
use crate::domain::stats::series::Series;
use crate::domain::stats::totals::QueueTotals;
use crate::domain::versions::VersionedName;
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::domain::versions::stranded::StrandedWatch;
use crate::domain::worker::LastWorker;
use crate::store::bullmq::metrics::QueueMetrics;
use crate::store::bullmq::queues::counts::CountedQueue;

/// How long an earlier trace of a worker counts after a check found none. Workers without a name in Redis renew their trace
/// every half minute, and in between it is missing for some milliseconds.
const TRACE_COUNTS_FOR: Duration = Duration::from_secs(5);

/// A worker's time is believed if it is no further from now than this: workers may look for stalled jobs less often than
/// every half minute, and their clocks differ from ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(600);

/// How long a queue that changed without an event is counted more often.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// How a queue's events are read.
#[derive(Debug)]
pub(crate) enum Following {
    /// The end of its stream must be looked up first.
    Starting,
    /// They are read after this point.
    From(StreamCursors),
    /// Its stream can't be read; it is counted again and again instead.
    Impossible,
}

/// One queue.
#[derive(Debug)]
pub(crate) struct TrackedQueue {
    lineage: VersionedName,
    following: Following,
    /// Whether a queue of its group could not be read, which may be this one.
    suspect: bool,
    /// Its last figures as shown; `None` before the first count.
    pub(crate) shown: Option<Arc<VersionFigures>>,
    /// Whether it must be counted as soon as possible.
    dirty: bool,
    /// Whether it had events before and since the start of the last count.
    heard_before: bool,
    heard: bool,
    counted_at: Option<Instant>,
    /// Until when it is counted again and again because it changed without an event.
    silent_until: Option<Instant>,
    arrivals: [u64; JobState::KEPT.len()],
    /// Since when its events are read, in Unix milliseconds.
    watched_since: u64,
    /// Since when its events are known, in Unix milliseconds of Redis's clock; `None` if they can't be read.
    events_since: Option<u64>,
    /// The newest event from before this process followed it.
    earlier: StreamId,
    /// When it was last known that no event was missed, in Unix milliseconds.
    whole_at: u64,
    /// Whether its series has something that is not shown.
    has_news: bool,
    /// What its workers counted before that; held until the first count.
    metrics: Option<QueueMetrics>,
    /// Its last hour; `None` if nothing happened.
    series: Option<Arc<Series>>,
    /// What its events counted since this process follows it; `None` if there was none.
    totals: Option<Arc<QueueTotals>>,
    /// Whether it is being counted in the slow round, in which its series moves on.
    in_turn: bool,
    /// When a job last stalled, as far as events tell, in Unix milliseconds of Redis's clock.
    stalled_at: Option<u64>,
    /// When a job was last added, as far as events tell, in Unix milliseconds of Redis's clock.
    last_added: Option<u64>,
    /// How many workers Redis names; `None` if it does not say.
    named: Option<u32>,
    /// When a trace of a worker, named or not, was last found.
    trace: Option<Instant>,
    /// When that worker was there, by its own clock.
    worker_seen: Option<u64>,
    /// Since when it is stranded, and a worker that was seen last: one small record for a queue.
    stranded: StrandedWatch,
    last_worker: Option<Arc<LastWorker>>,
    standing: LifecycleStatus,
    /// The queue that was probably meant where this one was named.
    meant: Option<QueueId>,
}

impl TrackedQueue {
    pub(crate) fn new(lineage: VersionedName) -> Self {
        Self {
            lineage,
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
            events_since: None,
            earlier: StreamId::default(),
            whole_at: 0,
            has_news: false,
            metrics: None,
            series: None,
            totals: None,
            in_turn: false,
            stalled_at: None,
            last_added: None,
            named: None,
            trace: None,
            worker_seen: None,
            stranded: StrandedWatch::default(),
            last_worker: None,
            standing: LifecycleStatus::default(),
            meant: None,
        }
    }

    pub(crate) fn lineage(&self) -> &VersionedName {
        &self.lineage
    }

    /// Whether it changes without events, so that it must be counted again and again.
    pub(crate) fn is_unheard(&self, now: Instant) -> bool {
        let keeps_events = |shown: &Arc<VersionFigures>| shown.figures.keeps_events;
        matches!(self.following, Following::Impossible)
            || self.silent_until.is_some_and(|until| now < until)
            // Workers without a name in Redis come and go without an event.
            || (self.named == Some(0) && self.trace.is_some())
            || !self.shown.as_ref().is_none_or(keeps_events)
    }

    /// Whether it should be counted now. A queue without events is due this long after its last count.
    pub(crate) fn is_due(&self, now: Instant, unheard_for: Duration) -> bool {
        let old = |counted| now.duration_since(counted) >= unheard_for;
        self.dirty || (self.is_unheard(now) && self.counted_at.is_none_or(old))
    }

    /// Records that a count begins. Events from now on make it due again.
    pub(crate) fn begin_count(&mut self, now: Instant) -> &Following {
        self.dirty = false;
        self.heard_before = std::mem::take(&mut self.heard);
        self.counted_at = Some(now);
        &self.following
    }

    /// Takes its turn in the slow round: it is counted, and its events are tried again if they could not be read.
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

    /// Takes its figures, and how many workers Redis names. Returns whether anything has to be shown anew in the snapshot
    /// with this `number`.
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
            && before.is_behind == self.is_behind()
            && !self.has_news
            && before.totals == self.totals
            && before.stalled_at == self.stalled_at
            && !moves_on
        {
            self.stranded.keep_in_sight();
            return false;
        }
        let moved = before.is_some_and(|before| before.figures.counts != figures.counts);
        if moved && !self.heard && !self.heard_before {
            self.silent_until = Some(Instant::now() + SILENT_FOR);
        }
        let found = before.map_or(number, |before| before.found);
        self.show(figures, found, number);
        self.stranded.keep_in_sight();
        true
    }
}

/// Whether a worker's clock can have said so a short while ago.
fn is_of_late(at: &u64) -> bool {
    at.abs_diff(unix_millis()) < CLOCKS_DIFFER.as_millis() as u64
}
