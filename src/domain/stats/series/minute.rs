//! What is known of one minute: as the ring keeps it, small, and as it is told, with what is not known left open.

/// How many minutes are kept, the running one included.
pub(crate) const MINUTES: usize = 60;

/// [`MINUTES`], to reckon with.
pub(crate) const SPAN: u64 = MINUTES as u64;

/// Milliseconds in a minute.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// How one minute's waiting or processing times were spread, in milliseconds, within 2 %.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Half of them took no longer.
    pub p50_ms: f32,
    /// 95 of 100 took no longer.
    pub p95_ms: f32,
    /// 99 of 100 took no longer.
    pub p99_ms: f32,
    /// How many were measured.
    pub samples: u32,
}

/// Who says what is known of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSource {
    /// Bullkeeper was watching.
    Seen,
    /// BullMQ's workers counted, before Bullkeeper was watching: finished and failed jobs, no more.
    Metrics,
    /// Nobody.
    Unknown,
}

/// One minute of a queue. `None` is "not known", never "none"; but for times it is "nothing measured".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// When it begins, in Unix milliseconds.
    pub start_ms: u64,
    /// Who says so.
    pub source: SampleSource,
    /// Whether some of its events may be missing: the counts are lower bounds.
    pub has_hole: bool,
    /// Jobs added.
    pub added: Option<u32>,
    /// Jobs completed.
    pub finished: Option<u32>,
    /// Jobs failed for good.
    pub failed: Option<u32>,
    /// Jobs that still had to be done, at the minute's last reading.
    pub outstanding: Option<u32>,
    /// How long the jobs taken in this minute had waited.
    pub waiting: Option<Spread>,
    /// How long the jobs that workers let go of in this minute were worked on.
    pub processing: Option<Spread>,
}

impl Minute {
    pub(crate) fn new(start_ms: u64, slot: &MinuteSlot, seen: bool, has_hole: bool) -> Self {
        let spread = |spread: Spread| (spread.samples > 0).then_some(spread);
        let source = match (seen, slot.finished.told(), slot.failed.told()) {
            (true, ..) => SampleSource::Seen,
            (false, None, None) => SampleSource::Unknown,
            (false, ..) => SampleSource::Metrics,
        };
        Self {
            start_ms,
            source,
            has_hole,
            added: slot.added.told(),
            finished: slot.finished.told(),
            failed: slot.failed.told(),
            outstanding: slot.outstanding.told(),
            waiting: spread(slot.waiting),
            processing: spread(slot.processing),
        }
    }
}

/// A count that may be unknown, in four bytes: thousands of rings are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinuteKnown(u32);

impl MinuteKnown {
    const UNKNOWN: Self = Self(u32::MAX);

    /// A count; one past four thousand million stays there.
    pub(crate) fn of(jobs: u64) -> Self {
        Self(u32::try_from(jobs).unwrap_or(u32::MAX).min(u32::MAX - 1))
    }

    /// Adds to a count that is known.
    pub(crate) fn plus(&mut self, jobs: u32) {
        if *self != Self::UNKNOWN {
            *self = Self::of(u64::from(self.0) + u64::from(jobs));
        }
    }

    fn told(self) -> Option<u32> {
        (self != Self::UNKNOWN).then_some(self.0)
    }
}

/// A minute as the ring keeps it: 48 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinuteSlot {
    pub(crate) added: MinuteKnown,
    pub(crate) finished: MinuteKnown,
    pub(crate) failed: MinuteKnown,
    pub(crate) outstanding: MinuteKnown,
    pub(crate) waiting: Spread,
    pub(crate) processing: Spread,
}

impl MinuteSlot {
    /// A minute of which nobody says anything.
    pub(crate) const UNKNOWN: Self = Self {
        added: MinuteKnown::UNKNOWN,
        finished: MinuteKnown::UNKNOWN,
        failed: MinuteKnown::UNKNOWN,
        outstanding: MinuteKnown::UNKNOWN,
        waiting: NO_SPREAD,
        processing: NO_SPREAD,
    };

    /// A watched minute in which nothing has happened.
    pub(crate) const QUIET: Self = Self {
        added: MinuteKnown(0),
        finished: MinuteKnown(0),
        failed: MinuteKnown(0),
        ..Self::UNKNOWN
    };
}

const NO_SPREAD: Spread = Spread {
    p50_ms: 0.0,
    p95_ms: 0.0,
    p99_ms: 0.0,
    samples: 0,
};
