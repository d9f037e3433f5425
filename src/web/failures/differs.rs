//! What differs, as pages show it.

use crate::domain::failures::differs::{Differences, FEWEST_COMPLETED};
use crate::domain::queue::queue_set::QueueSet;
use crate::service::failures::found::WhatDiffers;
use crate::web::app::App;
use crate::web::html::format::thousands;

/// A line: a field, and what differs about it.
#[derive(Debug)]
pub(crate) struct DifferenceView {
    pub(crate) field: String,
    pub(crate) words: String,
    /// The query that finds such jobs, and its page; empty where there is none.
    pub(crate) term: String,
    pub(crate) href: String,
}

/// What differs.
#[derive(Debug)]
pub(crate) struct DiffersView {
    pub(crate) lines: Vec<DifferenceView>,
    /// Why there are no lines; empty if there are some.
    pub(crate) nothing: String,
    /// What it rests on.
    pub(crate) compared: String,
}

impl DiffersView {
    /// What differs for failed jobs of a queue; `and` is what a query says of them besides.
    pub(crate) fn new(app: &App, found: &WhatDiffers, of: &QueueSet, and: &str) -> Self {
        let (failed, completed) = found.compared;
        let lines = match &found.differences {
            Differences::Found(found) => found.as_slice(),
            Differences::TooFew { .. } => &[],
        };
        let lines: Vec<DifferenceView> = lines
            .iter()
            .map(|one| DifferenceView {
                field: one.path.to_string(),
                words: one.words(),
                term: one.term(),
                href: super::search_href(app.links(), of, &format!("{and} and {}", one.term())),
            })
            .collect();
        let nothing = match (&found.differences, lines.is_empty()) {
            (Differences::TooFew { failed: 0, .. }, _) => {
                "The data of the failed jobs can’t be compared.".to_owned()
            }
            (Differences::TooFew { completed, .. }, _) => format!(
                "Too few completed jobs to tell: {completed} with this name, and {FEWEST_COMPLETED} are needed."
            ),
            (_, true) => "No field separates failed from completed jobs.".to_owned(),
            _ => String::new(),
        };
        let left_out = match found.left_out {
            0 => String::new(),
            count => format!(
                "; {} left out, because their data is not JSON or too large",
                thousands(count as u64)
            ),
        };
        Self {
            lines,
            nothing,
            compared: format!(
                "{} failed and {} completed jobs named {} were compared{left_out}. A difference need not be the cause.",
                thousands(failed as u64),
                thousands(completed as u64),
                found.name
            ),
        }
    }
}
