//! What the engine knows of one queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::event::{Event, EventKind, StreamId};
use crate::domain::follow::{Follow, Question};
use crate::domain::job::JobState;
use crate::domain::queue::QueueFigures;
use crate::domain::version::Lineage;
use crate::service::snapshot::VersionFigures;
use crate::store::events::Head;

/// A queue that changed without an event is looked at more often for this long.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// Whether, and how far, a queue's events are read.
#[derive(Debug)]
pub(super) enum Following {
    /// The end of its stream is to be found first.
    Starting,
    /// They are read from here on.
    From(Follow),
    /// Its stream can't be read; it is counted again and again instead.
    Impossible,
}

/// One queue.
#[derive(Debug)]
pub(super) struct Known {
    lineage: Lineage,
    /// With which others its events are read.
    pub(super) group: usize,
    following: Following,
    /// What was counted last, as it is shown; `None` before the first time.
    pub(super) shown: Option<Arc<VersionFigures>>,
    /// It has to be counted as soon as may be.
    dirty: bool,
    /// It had events since the count before the last one was begun, and since the last one was.
    heard_before: bool,
    heard: bool,
    counted_at: Option<Instant>,
    /// It changes without telling: until then it is counted again and again.
    silent_until: Option<Instant>,
    arrivals: [u64; JobState::KEPT.len()],
}

impl Known {
    pub(super) fn new(lineage: Lineage, group: usize) -> Self {
        Self {
            lineage,
            group,
            following: Following::Starting,
            shown: None,
            dirty: true,
            heard_before: false,
            heard: false,
            counted_at: None,
            silent_until: None,
            arrivals: Default::default(),
        }
    }

    /// From where its events are read on, if they are.
    pub(super) fn place(&self) -> Option<StreamId> {
        match &self.following {
            Following::From(follow) => Some(follow.at()),
            Following::Starting | Following::Impossible => None,
        }
    }

    /// Takes events that were read.
    pub(super) fn hear(&mut self, events: &[Event]) {
        self.heard = true;
        self.dirty |= events.iter().any(|event| event.kind.moves_jobs());
        let (Following::From(follow), Some(last)) = (&mut self.following, events.last()) else {
            return;
        };
        let read_to = follow.at();
        follow.read(last.id);
        for event in events.iter().filter(|event| event.id > read_to) {
            if let EventKind::Entered(state) = event.kind
                && let Some(place) = JobState::KEPT.iter().position(|kept| *kept == state)
            {
                self.arrivals[place] += 1;
            }
        }
    }

    /// Whether it should be counted now.
    pub(super) fn is_due(&self, now: Instant, refresh: Duration) -> bool {
        let unheard = matches!(self.following, Following::Impossible)
            || self.silent_until.is_some_and(|until| now < until);
        let old = self
            .counted_at
            .is_none_or(|counted| now.duration_since(counted) >= refresh);
        self.dirty || (unheard && old)
    }

    /// Notes that it is being counted. Events from now on make it due again.
    pub(super) fn begin_count(&mut self, now: Instant) -> &Following {
        self.dirty = false;
        self.heard_before = std::mem::take(&mut self.heard);
        self.counted_at = Some(now);
        &self.following
    }

    /// Its turn in the slow round: it is counted, and tried again where its events could not be read.
    pub(super) fn take_turn(&mut self) {
        self.dirty = true;
        if matches!(self.following, Following::Impossible) {
            self.following = Following::Starting;
        }
    }

    pub(super) fn doubt(&mut self) {
        self.dirty = true;
    }

    pub(super) fn start_again(&mut self) {
        self.following = Following::Starting;
        self.dirty = true;
    }

    /// Takes the end of its stream.
    pub(super) fn started(&mut self, head: Head) {
        self.following = match head {
            Head::Stream(newest) => Following::From(Follow::behind(newest)),
            Head::NotAStream => Following::Impossible,
        };
    }

    /// Whether no event was missed; otherwise it starts anew.
    pub(super) fn is_whole(&mut self, question: Question, first: Option<StreamId>) -> bool {
        let whole = match &mut self.following {
            Following::From(follow) => follow.is_whole(question, first),
            Following::Starting | Following::Impossible => true,
        };
        if !whole {
            self.start_again();
        }
        whole
    }

    /// Takes its figures; whether anything is to be shown anew, in the snapshot of this `number`.
    pub(super) fn counted(&mut self, figures: QueueFigures, number: u64) -> bool {
        let before = self.shown.as_deref();
        if let Some(before) = before
            && before.figures == figures
            && before.arrivals == self.arrivals
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

    /// Takes the number of its workers; whether it is another.
    pub(super) fn show_workers(&mut self, workers: Option<u32>, number: u64) -> bool {
        let Some(shown) = &self.shown else {
            return false;
        };
        if shown.figures.workers == workers {
            return false;
        }
        let figures = QueueFigures {
            workers,
            ..shown.figures.clone()
        };
        self.show(figures, shown.found, number);
        true
    }

    fn show(&mut self, figures: QueueFigures, found: u64, number: u64) {
        self.shown = Some(Arc::new(VersionFigures {
            lineage: self.lineage.clone(),
            figures,
            found,
            changed: number,
            arrivals: self.arrivals,
        }));
    }
}
