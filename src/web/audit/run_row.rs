//! A run as one row of the log, and its entries as the part of the page that the row opens.

use std::fmt;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::entry_view::EntryView;
use super::filter::{AuditFilterAt, stream_id};
use crate::domain::access::Operator;
use crate::service::audit::rows::{AuditRow, RunRow};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{When, thousands};
use crate::web::html::frame::Page;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;
use crate::web::runs::view::RunView;

/// A row of the log.
pub(crate) enum RowView {
    Entry(Box<EntryView>),
    Run(Box<RunRowView>),
}

impl askama::filters::HtmlSafe for RowView {}

impl fmt::Display for RowView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(view) => view.fmt(f),
            Self::Run(view) => view.fmt(f),
        }
    }
}

impl RowView {
    pub(super) fn new(
        app: &App,
        operator: &Operator,
        filter: &AuditFilterAt,
        row: &AuditRow,
    ) -> Self {
        match row {
            AuditRow::Entry(recorded) => Self::Entry(Box::new(EntryView::new(app, recorded))),
            AuditRow::Run(run) => Self::Run(Box::new(RunRowView::new(app, operator, filter, run))),
        }
    }
}

/// A run: what its record says of it, or what the entries on the page say once the record is forgotten.
#[derive(Template)]
#[template(path = "audit/_run_row.html")]
pub(crate) struct RunRowView {
    base: String,
    /// The newest entry about the run itself.
    head: EntryView,
    /// The id of the newest entry.
    id: String,
    begun: When,
    /// When it ended, with only the time of day if that was on the same day; `None` for a run in progress.
    ended: Option<(When, String)>,
    /// The run's record; `None` once it is forgotten.
    run: Option<RunView>,
    /// The queue that the jobs went to, and its page.
    to: String,
    to_href: String,
    /// How many entries about jobs ended in which way; shown for a run without a record.
    outcomes: Vec<(String, String)>,
    entries: String,
    /// The list of the run's entries, and the address from which they are loaded into this page.
    href: String,
    part_href: String,
}

impl RunRowView {
    fn new(app: &App, operator: &Operator, filter: &AuditFilterAt, row: &RunRow) -> Self {
        let links = app.links();
        let filter = filter.of_run(row.run.as_str());
        let range = [("newest", row.newest.as_str()), ("oldest", &row.oldest)];
        let target = row.head.entry.to_queue_id();
        let mut head = EntryView::new(app, &row.head);
        if let Some(run) = &row.record {
            run.kind.act().name().clone_into(&mut head.action);
        }
        let (begun, ended) = times(row);
        Self {
            base: app.base_path.clone(),
            head,
            id: row.newest.clone(),
            ended: ended.map(|ended| {
                let words = until_words(&begun, &ended);
                (ended, words)
            }),
            begun,
            run: row
                .record
                .as_ref()
                .map(|run| RunView::new(app, operator, run)),
            to: target.as_ref().map_or("", |queue| queue.name()).to_owned(),
            to_href: target
                .as_ref()
                .map_or(String::new(), |queue| links.queue(queue, &[])),
            outcomes: row
                .outcomes()
                .map(|(outcome, count)| (thousands(count), outcome.name().to_owned()))
                .collect(),
            entries: thousands(row.entries),
            href: links.to("/audit", &filter.query()),
            part_href: links.to("/audit/run", &[&filter.query()[..], &range].concat()),
        }
    }
}

/// When a run began and ended. Without a record these are the times of its oldest and newest entries on the page.
fn times(row: &RunRow) -> (When, Option<When>) {
    match &row.record {
        Some(run) if run.state.is_under_way() => (When::of(run.begun), None),
        Some(run) => (When::of(run.begun), Some(When::of(run.updated))),
        None => (
            When::of_stream_id(&row.oldest),
            Some(When::of_stream_id(&row.newest)),
        ),
    }
}

/// The end of a time span that began at `begun`, without the day if it is the same.
fn until_words(begun: &When, ended: &When) -> String {
    let at = ended.at.trim_end_matches(" UTC");
    match (begun.at.split_once(' '), at.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => time.to_owned(),
        _ => at.to_owned(),
    }
}

/// Entries of one run: what its row opens to.
#[derive(Template)]
#[template(path = "audit/_run_entries.html")]
pub(crate) struct RunEntriesPart {
    base: String,
    entries: Vec<RowView>,
    /// The list of the older entries, and the address from which they are loaded into this page; empty at the end.
    next: String,
    next_part: String,
    gave_up: bool,
}

/// The range of entries that a row holds, and how far it was shown.
#[derive(Debug, Deserialize)]
pub(crate) struct RangeAt {
    newest: String,
    oldest: String,
    #[serde(default)]
    before: String,
}

/// The entries that a run's row holds, a page at a time.
pub(crate) async fn entries(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<AuditFilterAt>,
    Query(range): Query<RangeAt>,
) -> Result<Page<RunEntriesPart>, PageError> {
    let filter = at.parse()?;
    if filter.run.is_empty() {
        return Err(PageError::bad("The address has no run.".to_owned()));
    }
    let before = stream_id(&range.before)?;
    let (Some(newest), Some(oldest)) = (stream_id(&range.newest)?, stream_id(&range.oldest)?)
    else {
        return Err(PageError::bad(
            "The address has no range of entries.".to_owned(),
        ));
    };
    let found = app
        .services
        .audit_of_run(&operator, &filter, (newest, oldest), before);
    let found = found.await?;
    let links = app.links();
    let query = at.query();
    let next = found.next.as_deref().map(|id| ("before", id));
    let more = next.map(|next| [("newest", newest), ("oldest", oldest), next]);
    Ok(Page::ok(RunEntriesPart {
        base: app.base_path.clone(),
        entries: found
            .rows
            .iter()
            .map(|row| RowView::new(&app, &operator, &at, row))
            .collect(),
        next: next.map_or(String::new(), |next| {
            links.to("/audit", &[&query[..], &[next]].concat())
        }),
        next_part: more.map_or(String::new(), |more| {
            links.to("/audit/run", &[&query[..], &more].concat())
        }),
        gave_up: found.gave_up,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_says_the_day_only_where_it_is_another() {
        let noon = 1_583_064_000_000;
        let told = |later: u64| until_words(&When::of(noon), &When::of(noon + later));
        assert_eq!(told(90_000), "12:01:30");
        assert_eq!(told(86_400_000), "2020-03-02 12:00:00");
    }
}
