//! The overview's sparkline of a queue: finished jobs by minute, and marks for minutes with failures.

use askama::Template;

use super::svg_path;
use crate::domain::stats::series::{MINUTES, Minute};

/// The height, in its own units, which are pixels.
const HEIGHT: u8 = 20;

/// An SVG of 96 by 20 pixels, hidden from screen readers; empty if nothing happened.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% if !finished.is_empty() || !failed.is_empty() %}<svg class="spark" aria-hidden="true"><path d="{{ finished }}"/>{% if !failed.is_empty() %}<path d="{{ failed }}"/>{% endif %}</svg>{% endif %}"#
)]
pub(crate) struct Sparkline {
    finished: String,
    failed: String,
}

impl askama::filters::HtmlSafe for Sparkline {}

/// The sparkline of a queue's `minutes`, on its own scale.
pub(crate) fn sparkline(minutes: &[Minute; MINUTES]) -> Sparkline {
    let whole = &minutes[..MINUTES - 1];
    let finished = || whole.iter().map(|minute| minute.finished);
    let most = finished().flatten().max().unwrap_or_default().max(1);
    let parts: Vec<Option<f64>> = finished()
        .map(|jobs| jobs.map(|jobs| f64::from(jobs) / f64::from(most)))
        .collect();
    let failing = whole
        .iter()
        .map(|minute| minute.failed.is_some_and(|jobs| jobs > 0));
    Sparkline {
        finished: svg_path::ground(&parts, HEIGHT),
        failed: svg_path::ticks(failing, HEIGHT - 2),
    }
}
