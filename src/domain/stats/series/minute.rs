//! One minute of a queue: as the ring stores it, small, and as readers get it, with unknown values as `None`.

/// How many minutes are kept, the running one included.
pub(crate) const MINUTES: usize = 60;

/// [`MINUTES`] as a `u64`.
pub(crate) const SPAN: u64 = MINUTES as u64;

/// Milliseconds in a minute.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// The distribution of one minute's waiting or processing times, in milliseconds, within 2 %.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// The median.
    pub p50_ms: f32,
    /// The 95th percentile.
    pub p95_ms: f32,
    /// The 99th percentile.
    pub p99_ms: f32,
    /// How many were measured.
    pub samples: u32,
}

/// Where the figures of a minute come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSource {
    /// Bullkeeper followed the events.
    Seen,
    /// BullMQ's workers counted, before Bullkeeper followed the events: finished and failed jobs only.
    Metrics,
    /// Nothing is known.
    Unknown,
}

/// One minute of a queue. `None` means "not known", never 0; for times it means "nothing measured".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// When it begins, in Unix milliseconds.
    pub start_ms: u64,
    /// Where the figures come from.
    pub source: SampleSource,
    /// Whether some of its events may be missing, so that the counts are lower bounds.
    pub has_hole: bool,
    /// Jobs added.
    pub added: Option<u32>,
    /// Jobs completed.
    pub finished: Option<u32>,
    /// Jobs failed without attempts left.
    pub failed: Option<u32>,
    /// Outstanding jobs at the minute's last reading.
    pub outstanding: Option<u32>,
    /// The waiting times of the jobs that workers took in this minute.
    pub waiting: Option<Spread>,
    /// The processing times of the attempts that ended in this minute.
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

/// A count that may be unknown, in four bytes, since thousands of rings are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinuteKnown(u32);

impl MinuteKnown {
    const UNKNOWN: Self = Self(u32::MAX);

    /// A count; larger ones are cut to about four thousand million.
    pub(crate) fn of(jobs: u64) -> Self {
        Self(u32::try_from(jobs).unwrap_or(u32::MAX).min(u32::MAX - 1))
    }

    /// Adds to the count if it is known.
    pub(crate) fn plus(&mut self, jobs: u32) {
        if *self != Self::UNKNOWN {
            *self = Self::of(u64::from(self.0) + u64::from(jobs));
        }
    }

    fn told(self) -> Option<u32> {
        (self != Self::UNKNOWN).then_some(self.0)
    }
}

/// A minute as the ring stores it: 48 bytes.
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
    /// A minute of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self {
        added: MinuteKnown::UNKNOWN,
        finished: MinuteKnown::UNKNOWN,
        failed: MinuteKnown::UNKNOWN,
        outstanding: MinuteKnown::UNKNOWN,
        waiting: NO_SPREAD,
        processing: NO_SPREAD,
    };

    /// A followed minute without events.
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
