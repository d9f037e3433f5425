//! A queue's page: one tab for each state, a page of its jobs, and a form that finds a job by its id.

pub(crate) mod figures;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::app::App;
use super::html::charts::{Charts, charts};
use super::html::error::PageError;
use super::html::format::{When, bytes, duration, thousands};
use super::html::frame::{Frame, Page};
use super::html::parts::AwayView;
use super::job::operate::{DoneAt, notice};
use super::request::address::{Query, QueueAt};
use super::request::session::SignedInUser;
use super::versions::lifecycle::ViewContext;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::job::{JobRow, JobState};
use crate::domain::queue::QueueId;
use crate::domain::stats::series::Series;
use crate::service::jobs::queue::{PAGE_SIZES, QueuePage as Found};
use figures::{Listed, QueueFiguresView};

/// Which jobs an address asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct RangeAt {
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    size: Option<u64>,
}

/// The page of a queue.
#[derive(Template)]
#[template(path = "queue/page.html")]
pub(crate) struct QueuePageView {
    frame: Frame,
    /// The queue, and the tabs with their counts.
    figures: QueueFiguresView,
    /// The charts of its last hour, if anything happened.
    charts: Option<Charts>,
    away: AwayView,
    /// The address of the live changes.
    events: String,
    /// The state whose jobs are listed.
    state: &'static str,
    /// The order of the jobs: `newest first`.
    order: &'static str,
    rows: Vec<RowView>,
    /// The numbers of the first and last row, and how many there are; all 0 if there are none.
    first: String,
    last: String,
    total: String,
    /// How many of the listed jobs have nothing left but their id, since their hashes are gone.
    missing: usize,
    /// The addresses of the neighbouring pages; empty if there is none.
    previous: String,
    next: String,
    sizes: Vec<SizeView>,
    /// The address of the form that finds a job by its id.
    go_href: String,
    /// The notice after an operation on one of its jobs.
    notice: &'static str,
}

/// A page size to choose.
#[derive(Debug)]
pub(crate) struct SizeView {
    size: u64,
    href: String,
    current: bool,
}

/// A job's row.
#[derive(Debug)]
pub(crate) struct RowView {
    id: String,
    href: String,
    name: String,
    /// Whether the state lists the id but the job's hash is gone.
    gone: bool,
    /// When it was added.
    added: Option<When>,
    /// When it finished.
    finished: Option<When>,
    /// The attempts made and allowed: `2 of 3`.
    attempts: String,
    /// The delay or the priority; empty if it has neither.
    extra: String,
    /// The first line of the error.
    error: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(range): Query<RangeAt>,
    Query(done): Query<DoneAt>,
) -> Result<Page<QueuePageView>, PageError> {
    let queue = at.queue(&app)?;
    let state = match range.state.as_str() {
        "" => None,
        name => Some(name.parse().map_err(PageError::bad)?),
    };
    let size = range.size.unwrap_or(PAGE_SIZES[1]);
    if !PAGE_SIZES.contains(&size) {
        return Err(PageError::bad(format!(
            "A page may have 25, 50, 100 or 200 rows, not {size}."
        )));
    }
    let from = range.from.unwrap_or(0);
    let found = app
        .services
        .queue_page(&operator, &queue, state, from, size)
        .await?;
    let mut page = view(&app, &operator, found, from, size);
    page.notice = notice(&done.done).unwrap_or_default();
    Ok(Page::ok(page))
}

fn view(app: &App, operator: &Operator, found: Found, from: u64, size: u64) -> QueuePageView {
    let snapshot = app.services.overview().now();
    let sight = ViewContext::new(operator.scope(), &snapshot);
    let queue = &found.queue.figures.queue;
    let total = found.queue.figures.counts.of(found.state);
    let shown = found.rows.len() as u64;
    let listed = Listed {
        state: found.state,
        from,
        size,
        had: Some(total),
        seen: found.mark,
        came: found.queue.arrived(found.state),
    };
    let at = |from: u64, size: u64| {
        Listed {
            from,
            size,
            ..listed
        }
        .href(app.links(), queue)
    };
    let figures = figures::view(app, found.mark, &found.queue, listed, &sight);
    QueuePageView {
        frame: app.frame(operator, ""),
        events: figures.events.clone(),
        charts: found.queue.series.as_deref().map(charts_of),
        figures,
        away: AwayView::new(app, &snapshot),
        state: found.state.name(),
        order: order(found.state),
        first: thousands(if shown > 0 { from + 1 } else { 0 }),
        last: thousands(from + shown),
        total: thousands(total),
        missing: found
            .rows
            .iter()
            .filter(|row| row.summary.is_none())
            .count(),
        previous: match from {
            0 => String::new(),
            from => at(from.saturating_sub(size), size),
        },
        next: match from.saturating_add(size) {
            next if next < total => at(next, size),
            _ => String::new(),
        },
        sizes: PAGE_SIZES
            .map(|choice| SizeView {
                size: choice,
                href: at(0, choice),
                current: choice == size,
            })
            .into(),
        go_href: app.links().to("/job", &[]),
        notice: "",
        rows: found
            .rows
            .iter()
            .map(|row| row_view(app, queue, found.state, row))
            .collect(),
    }
}

/// The charts of a series, up to now.
pub(crate) fn charts_of(series: &Series) -> Charts {
    charts(&series.minutes(unix_millis()), series.since_ms())
}

fn order(state: JobState) -> &'static str {
    match state {
        JobState::Delayed => "soonest first",
        JobState::Prioritized => "next to run first",
        _ => "newest first",
    }
}

fn row_view(app: &App, queue: &QueueId, state: JobState, row: &JobRow) -> RowView {
    let summary = row.summary.clone().unwrap_or_default();
    let extra = match state {
        JobState::Delayed => duration(summary.delay),
        _ if summary.priority > 0 => format!("priority {}", summary.priority),
        _ => String::new(),
    };
    RowView {
        id: shown_id(row.id.as_str()),
        href: match row.id.as_str().len() <= LONGEST_LINKED {
            true => app.links().job(queue, &row.id),
            false => String::new(),
        },
        gone: row.summary.is_none(),
        name: cut(summary.name),
        added: summary.added.map(When::of),
        finished: summary.finished.map(When::of),
        attempts: match summary.attempts {
            Some(allowed) => format!("{} of {}", summary.attempts_made, allowed.max(1)),
            None => summary.attempts_made.to_string(),
        },
        extra,
        error: summary
            .failed_reason
            .as_deref()
            .and_then(|reason| reason.lines().next())
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The longest encoded id, in bytes, for which an address is made.
const LONGEST_LINKED: usize = 16 * 1024;

/// An id in full if it has a page, otherwise its beginning.
fn shown_id(id: &str) -> String {
    match id.len() <= LONGEST_LINKED {
        true => id.to_owned(),
        false => format!(
            "{} (an id of {})",
            cut(id.chars().take(LONGEST_NAME + 1).collect()),
            bytes(id.len() as u64)
        ),
    }
}

/// How many characters of a name a row shows; the job's page shows all.
const LONGEST_NAME: usize = 200;

fn cut(name: String) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}
