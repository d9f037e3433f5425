//! The sparkline of a group of failures: a bar for each part of the time that is looked at.

use askama::Template;

use super::svg_path;
use crate::domain::failures::groups::PARTS;

/// An SVG of 96 by 20 pixels, hidden from screen readers: the counts beside it say the same.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<svg class="spark failures" viewBox="-.5 0 48 100" preserveAspectRatio="none" aria-hidden="true"><path d="{{ bars }}"/></svg>"#
)]
pub(crate) struct FailureSpark {
    bars: String,
}

impl askama::filters::HtmlSafe for FailureSpark {}

/// The sparkline of counts, the oldest first, on its own scale.
pub(crate) fn failure_spark(parts: &[u32; PARTS]) -> FailureSpark {
    let most = f64::from(parts.iter().copied().max().unwrap_or_default().max(1));
    let parts: Vec<Option<f64>> = parts
        .iter()
        .map(|count| Some(f64::from(*count) / most))
        .collect();
    FailureSpark {
        bars: svg_path::bars(&parts),
    }
}
