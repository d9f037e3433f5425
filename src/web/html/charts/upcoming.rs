//! What is to come, as bars: the delayed jobs of each part of a window, and behind them the runs that schedulers add.

use askama::Template;

use super::scale::{Scale, Unit};
use super::svg_path;

/// The chart; its values are in the table beside it.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p class="keys"><span class="s-delayed">delayed jobs</span> <span class="s-none">further runs of schedulers</span></p>
<div class="plot tall" aria-hidden="true"><span>{{ max }}</span><span>0</span><svg viewBox="-.5 0 {{ parts }} 100" preserveAspectRatio="none"><path d="M-.5 50h{{ parts }}"/><path class="s-none" d="{{ all }}"/><path class="s-delayed" d="{{ delayed }}"/></svg><span>{{ from }}</span><span>{{ to }}</span></div>"#
)]
pub(crate) struct UpcomingChart {
    max: String,
    parts: usize,
    all: String,
    delayed: String,
    from: String,
    to: String,
}

impl askama::filters::HtmlSafe for UpcomingChart {}

/// The chart of the delayed jobs and the further runs of each part, with the words at both ends of its axis.
pub(crate) fn upcoming_chart(
    delayed: &[u64],
    runs: &[u64],
    [from, to]: [String; 2],
) -> UpcomingChart {
    let all: Vec<u64> = (delayed.iter().zip(runs))
        .map(|(jobs, runs)| jobs + runs)
        .collect();
    let scale = Scale::of(all.iter().copied().max().unwrap_or(0) as f64, Unit::Jobs);
    let bars = |counts: &[u64]| {
        let parts = counts.iter().map(|count| Some(scale.part(*count as f64)));
        svg_path::bars(&parts.collect::<Vec<_>>())
    };
    UpcomingChart {
        max: scale.label(),
        parts: all.len(),
        delayed: bars(delayed),
        all: bars(&all),
        from,
        to,
    }
}
