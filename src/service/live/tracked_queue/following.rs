//! From where a queue's events are read, and whether any were missed.

use std::sync::Arc;

use super::series::begin;
use super::{Following, TrackedQueue};
use crate::clock::unix_millis;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::{Question, StreamCursors};
use crate::domain::stats::series::{MINUTE_MS, MINUTES};
use crate::store::bullmq::events::{StreamEnd, StreamStart};
use crate::store::bullmq::metrics::QueueMetrics;

impl TrackedQueue {
    /// The event to read on from, if its events are read.
    pub(crate) fn place(&self) -> Option<StreamId> {
        match &self.following {
            Following::From(follow) => Some(follow.at()),
            Following::Starting | Following::Impossible => None,
        }
    }

    /// Whether the end of its stream must be looked up.
    pub(crate) fn needs_its_end(&self) -> bool {
        self.suspect || matches!(self.following, Following::Starting)
    }

    fn start_again(&mut self) {
        self.following = Following::Starting;
        self.dirty = true;
    }

    /// Marks its stream as suspect: the key's type is checked before reading on.
    pub(crate) fn suspect(&mut self) {
        self.suspect = true;
        self.dirty = true;
    }

    /// Its events can't be read; that is tried again in its next turn.
    pub(crate) fn give_up_following(&mut self) {
        self.following = Following::Impossible;
    }

    /// Whether events from before this process followed it are still to be read.
    pub(crate) fn is_behind(&self) -> bool {
        self.place().is_some_and(|at| at < self.earlier)
    }

    /// Takes the start and the end of its stream, and what its workers counted so far. Events are followed since `since`, in
    /// Unix milliseconds.
    pub(crate) fn started(&mut self, head: StreamStart, metrics: QueueMetrics, since: u64) {
        let is_new = self.watched_since == 0;
        if is_new {
            self.watched_since = unix_millis();
            self.metrics = Some(metrics);
        }
        let suspected = std::mem::take(&mut self.suspect);
        let before = std::mem::replace(&mut self.following, Following::Starting);
        self.following = match (head.end, before) {
            (StreamEnd::NotAStream, _) => Following::Impossible,
            // Another queue was at fault: no event of this one was missed.
            (StreamEnd::Stream(_), Following::From(follow)) if suspected => Following::From(follow),
            (StreamEnd::Stream(newest), _) if is_new => {
                let (follow, whole) =
                    StreamCursors::since(since, head.before, head.first, head.is_all);
                self.events_since = Some(whole);
                self.earlier = newest.unwrap_or_default();
                Following::From(follow)
            }
            (StreamEnd::Stream(newest), _) => {
                self.events_since = self.events_since.or(Some(unix_millis()));
                Following::From(StreamCursors::behind(newest))
            }
        };
        self.whole_at = unix_millis();
    }

    /// Takes the answer to a question; following begins anew if an event was missed.
    pub(crate) fn is_whole(&mut self, question: Question, first: Option<StreamId>) -> bool {
        let whole = match &mut self.following {
            Following::From(follow) => follow.is_whole(question, first),
            Following::Starting | Following::Impossible => true,
        };
        let now = unix_millis();
        let whole_at = std::mem::replace(&mut self.whole_at, now);
        if !whole {
            self.miss_events_since(whole_at, now);
            self.start_again();
        }
        whole
    }

    /// Notes that events may be missing in the minutes between two times.
    fn miss_events_since(&mut self, from: u64, now: u64) {
        let since = self.events_since.unwrap_or(self.watched_since);
        let series = self
            .series
            .get_or_insert_with(|| begin(since, self.watched_since, self.shown.as_deref()));
        let series = Arc::make_mut(series);
        let from = from.max(now.saturating_sub(MINUTES as u64 * MINUTE_MS));
        for minute in from / MINUTE_MS..=now / MINUTE_MS {
            series.hole(minute * MINUTE_MS);
        }
        self.has_news = true;
    }
}
