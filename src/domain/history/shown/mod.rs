//! The points of a history as a page and a file show them: as many as a chart has room for, and with what is known of the last hour
//! from elsewhere where nothing was recorded.

use crate::domain::history::point::{Coverage, HistoryPoint};
use crate::domain::history::range::Resolution;
use crate::domain::stats::series::{SampleSource, Spread};

/// How many points a chart and its table have at most.
pub(crate) const MOST_POINTS: u64 = 400;

const MINUTE_MS: u64 = 60_000;

/// How long a point of a chart may last, in minutes.
const STEPS: [u64; 10] = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720];

/// What a point is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointSource {
    /// All of it was recorded.
    Recorded,
    /// Some of it was recorded: counts are lower bounds.
    InPart,
    /// Not recorded, but this process saw its events.
    Seen,
    /// Not recorded, but BullMQ's workers counted the jobs that ended.
    Metrics,
    /// Nothing is known.
    Nothing,
}

/// A point as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ShownPoint {
    /// Its figures.
    pub(crate) point: HistoryPoint,
    /// What they are based on.
    pub(crate) source: PointSource,
}

/// The jobs of a minute that is not recorded, as the live figures have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LiveMinute {
    /// When it begins, in Unix milliseconds.
    pub(crate) start_ms: u64,
    /// Where the counts come from.
    pub(crate) source: SampleSource,
    /// Jobs added; `None` if not known.
    pub(crate) added: Option<u64>,
    /// Jobs completed; `None` if not known.
    pub(crate) completed: Option<u64>,
    /// Jobs failed; `None` if not known.
    pub(crate) failed: Option<u64>,
}

/// How long a point of a chart lasts, in milliseconds, so that a span of so many milliseconds has at most [`MOST_POINTS`].
pub(crate) fn step_ms(span_ms: u64, resolution: Resolution) -> u64 {
    let fits = |step: &u64| *step >= resolution.millis() && span_ms / step < MOST_POINTS;
    let mut steps = STEPS.iter().map(|minutes| minutes * MINUTE_MS);
    let longest = STEPS[STEPS.len() - 1] * MINUTE_MS;
    steps.find(fits).unwrap_or(longest)
}

/// The recorded points; those of which nothing was recorded have the jobs of `live`.
pub(crate) fn with_live(points: &[HistoryPoint], live: &[LiveMinute]) -> Vec<ShownPoint> {
    let shown = |point: &HistoryPoint| {
        let recorded = ShownPoint {
            point: *point,
            source: match point.coverage {
                Coverage::Whole => PointSource::Recorded,
                Coverage::Part => PointSource::InPart,
                Coverage::Nothing => PointSource::Nothing,
            },
        };
        let found = live.binary_search_by_key(&point.start_ms, |minute| minute.start_ms);
        match found.map(|at| live[at]) {
            Ok(minute) if point.coverage == Coverage::Nothing => recorded.filled(minute),
            _ => recorded,
        }
    };
    points.iter().map(|point| shown(point).as_read()).collect()
}

impl ShownPoint {
    /// The same, which is in part where what was outstanding was read and no event was followed, as when a process begins.
    fn as_read(self) -> Self {
        let is_read = self.point.outstanding.is_some() || self.point.workers.is_some();
        match self.source {
            PointSource::Nothing if is_read => Self {
                source: PointSource::InPart,
                ..self
            },
            _ => self,
        }
    }

    fn filled(self, minute: LiveMinute) -> Self {
        let source = match minute.source {
            SampleSource::Seen => PointSource::Seen,
            SampleSource::Metrics => PointSource::Metrics,
            SampleSource::Unknown => return self,
        };
        let (added, completed, failed) = (minute.added, minute.completed, minute.failed);
        let point = HistoryPoint {
            added,
            completed,
            failed,
            ..self.point
        };
        Self { point, source }
    }
}

/// The points put together to points of `step_ms` milliseconds, which begin at multiples of it. The first and the last may lack some
/// of it; they count as recorded in part.
pub(crate) fn folded(
    points: &[ShownPoint],
    resolution: Resolution,
    step_ms: u64,
) -> Vec<ShownPoint> {
    let step = |shown: &ShownPoint| shown.point.start_ms / step_ms.max(1);
    let whole = (step_ms / resolution.millis()).max(1);
    let parts = points.chunk_by(|one, next| step(one) == step(next));
    let points = parts.map(|part| {
        let mut shown = together(part);
        if (part.len() as u64) < whole && shown.source == PointSource::Recorded {
            shown.source = PointSource::InPart;
        }
        shown
    });
    points.collect()
}

fn together(part: &[ShownPoint]) -> ShownPoint {
    let first = part[0];
    if part.len() == 1 {
        return first;
    }
    let sum = |count: fn(&HistoryPoint) -> Option<u64>| {
        let known = part.iter().filter_map(|shown| count(&shown.point));
        known.reduce(u64::saturating_add)
    };
    let last = |count: fn(&HistoryPoint) -> Option<u64>| {
        let mut latest_first = part.iter().rev();
        latest_first.find_map(|shown| count(&shown.point))
    };
    let times = |spread: fn(&HistoryPoint) -> Option<Spread>| {
        weighed(part.iter().filter_map(|shown| spread(&shown.point)))
    };
    let source = match part.iter().all(|shown| shown.source == first.source) {
        true => first.source,
        false => PointSource::InPart,
    };
    ShownPoint {
        point: HistoryPoint {
            start_ms: first.point.start_ms,
            coverage: first.point.coverage,
            added: sum(|point| point.added),
            completed: sum(|point| point.completed),
            failed: sum(|point| point.failed),
            outstanding: last(|point| point.outstanding),
            workers: last(|point| point.workers),
            waiting: times(|point| point.waiting),
            processing: times(|point| point.processing),
        },
        source,
    }
}

/// The percentiles of all, each weighed by how many were measured: the exact ones are not kept.
fn weighed(spreads: impl Iterator<Item = Spread>) -> Option<Spread> {
    let mut sums = [0.0; 3];
    let mut samples = 0_u32;
    for spread in spreads {
        let weight = f64::from(spread.samples);
        let percentiles = [spread.p50_ms, spread.p95_ms, spread.p99_ms];
        for (sum, percentile) in sums.iter_mut().zip(percentiles) {
            *sum += f64::from(percentile) * weight;
        }
        samples = samples.saturating_add(spread.samples);
    }
    let [p50_ms, p95_ms, p99_ms] = sums.map(|sum| (sum / f64::from(samples)) as f32);
    (samples > 0).then_some(Spread {
        p50_ms,
        p95_ms,
        p99_ms,
        samples,
    })
}

#[cfg(test)]
mod tests;
