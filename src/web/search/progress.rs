//! How far a search is, and the rows that it found, as they are put into its page.

use askama::Template;

use super::at::SearchAt;
use crate::service::search::found::FoundJob;
use crate::service::search::progress::{SearchEnd, SearchStep};
use crate::web::app::App;
use crate::web::html::error::sentence;
use crate::web::html::format::thousands;
use crate::web::queue::rows::{RowView, row_view};

/// How far a search is.
#[derive(Template)]
#[template(path = "search/_progress.html")]
pub(crate) struct ProgressView {
    base: String,
    found: String,
    looked_at: String,
    total: String,
    queues: String,
    /// Jobs per second.
    speed: String,
    unreadable: String,
    too_large: String,
    /// Queues that were left out, with the reasons, and how many more there are.
    skipped: Vec<(String, &'static str)>,
    more_skipped: usize,
    /// Whether it still runs.
    runs: bool,
    /// Why it ended before it looked at all jobs; empty where it did not.
    stopped: String,
    /// Whether that is a failure.
    failed: bool,
    /// Where it goes on; empty where there is nothing more.
    next: String,
}

impl ProgressView {
    /// After this step. The way on is to `path`.
    pub(crate) fn new(app: &App, at: &SearchAt, step: &SearchStep, path: &str) -> Self {
        let (progress, end) = (&step.progress, step.end.as_ref());
        let none_as_empty = |count: u64| match count {
            0 => String::new(),
            count => thousands(count),
        };
        let skipped = progress.skipped.iter();
        // While it runs, where it would go on if it were stopped here.
        let cursor = end.map_or(step.cursor.as_ref(), SearchEnd::cursor);
        Self {
            base: app.base_path.clone(),
            found: thousands(progress.found),
            looked_at: thousands(progress.looked_at),
            total: thousands(progress.total.max(progress.looked_at)),
            queues: thousands(progress.queues as u64),
            speed: thousands(progress.speed()),
            unreadable: none_as_empty(progress.unreadable),
            too_large: none_as_empty(progress.too_large),
            more_skipped: progress.skipped_queues - progress.skipped.len(),
            skipped: skipped
                .map(|(queue, why)| (app.links().name(queue), *why))
                .collect(),
            runs: end.is_none(),
            stopped: end.map(stopped).unwrap_or_default(),
            failed: matches!(end, Some(SearchEnd::Failed(..))),
            next: cursor.map_or_else(String::new, |cursor| at.href(app, path, Some(cursor))),
        }
    }
}

/// Why a search ended before it looked at all jobs.
fn stopped(end: &SearchEnd) -> String {
    match end {
        SearchEnd::Whole => String::new(),
        SearchEnd::Found(_) => "This page is full.".to_owned(),
        SearchEnd::LookedAt(_) => "The search looked at as many jobs as it may at once.".to_owned(),
        SearchEnd::Time(_) => "The search ran for as long as it may at once.".to_owned(),
        SearchEnd::Failed(error, _) => {
            format!("The search stopped. {}", sentence(&error.words()))
        }
    }
}

/// Rows that were found.
#[derive(Template)]
#[template(path = "search/_found.html")]
pub(crate) struct FoundRows {
    rows: Vec<FoundRow>,
    /// Whether they can be selected.
    select: bool,
}

impl askama::filters::HtmlSafe for FoundRows {}

impl askama::filters::HtmlSafe for ProgressView {}

/// A job that was found, with its queue.
struct FoundRow {
    queue: String,
    queue_href: String,
    state: &'static str,
    row: RowView,
}

impl FoundRows {
    pub(crate) fn new(app: &App, found: &[FoundJob], select: bool) -> Self {
        let rows = found.iter().map(|job| FoundRow {
            queue: app.links().name(&job.queue),
            queue_href: app.links().queue_state(&job.queue, job.state),
            state: job.state.name(),
            row: row_view(app, &job.queue, &job.row),
        });
        Self {
            rows: rows.collect(),
            select,
        }
    }
}
