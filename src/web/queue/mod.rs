//! A queue: one state a tab, a page of its jobs, and a way to a job by its id.

pub(crate) mod figures;
pub(crate) mod operate_many;

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
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::{JobRow, JobState};
use crate::domain::operations::OperationSpec;
use crate::domain::queue::QueueId;
use crate::domain::stats::series::Series;
use crate::service::jobs::queue::{PAGE_SIZES, QueuePage as Found};
use figures::{Listed, QueueFiguresView};
use operate_many::FilterAt;

/// What part of a queue is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct RangeAt {
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    size: Option<u64>,
}

/// How far a search through the state's jobs is.
#[derive(Debug, Deserialize)]
pub(crate) struct AfterAt {
    #[serde(default)]
    past: u64,
    #[serde(default)]
    after: String,
    #[serde(default)]
    score: Option<f64>,
}

impl AfterAt {
    fn cursor(&self) -> JobCursor {
        match self.after.is_empty() {
            true => JobCursor::default(),
            false => {
                let (id, score) = (self.after.clone(), self.score);
                JobCursor::behind(PlacedJob { id, score }, self.past)
            }
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "queue/page.html")]
pub(crate) struct QueuePageView {
    frame: Frame,
    /// The queue itself, and the tabs with their counts.
    figures: QueueFiguresView,
    /// Its last hour, where anything happened.
    charts: Option<Charts>,
    away: AwayView,
    /// Where the changes come from.
    events: String,
    /// The state whose jobs are listed.
    state: &'static str,
    /// In what order: `newest first`.
    order: &'static str,
    rows: Vec<RowView>,
    /// The first and last row's number, and how many there are; all 0 where there are none.
    first: String,
    last: String,
    total: String,
    /// More jobs are counted than rows can be shown, since the hashes of some are gone.
    missing: usize,
    /// The neighbouring pages; empty where there is none.
    previous: String,
    next: String,
    sizes: Vec<SizeView>,
    /// What its jobs are filtered by, and the filter's form: what it carries and where it goes.
    filter: FilterAt,
    filtered: bool,
    filter_href: String,
    /// How many jobs were looked at for those that match.
    looked_at: String,
    /// The address of the state without the filter.
    all_href: String,
    /// Whether the state has any jobs.
    has_jobs: bool,
    /// The operations on all of its jobs, and where their dry runs are.
    many: Vec<&'static OperationSpec>,
    many_href: String,
    /// Where the form that goes to a job by its id is sent.
    go_href: String,
    /// What was just done to one of its jobs, said on top.
    notice: &'static str,
}

/// A size that a page may have.
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
    /// The state lists the id, but the job's hash is gone.
    gone: bool,
    /// When it was added.
    added: Option<When>,
    /// When it finished.
    finished: Option<When>,
    /// `2 of 3`.
    attempts: String,
    /// The delay, or the priority; empty for neither.
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
    Query(filter): Query<FilterAt>,
    Query(after): Query<AfterAt>,
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
    let is_filtered = filter.filter(JobState::Waiting).is_selective();
    let found = match is_filtered {
        true => {
            let filter = |state| filter.filter(state);
            app.services
                .filtered_page(&operator, &queue, state, &filter, after.cursor(), size)
                .await?
        }
        false => {
            app.services
                .queue_page(&operator, &queue, state, from, size)
                .await?
        }
    };
    let mut page = view(&app, &operator, found, &filter, from, size);
    page.notice = notice(&done.done).unwrap_or_default();
    Ok(Page::ok(page))
}

fn view(
    app: &App,
    operator: &Operator,
    found: Found,
    filter: &FilterAt,
    from: u64,
    size: u64,
) -> QueuePageView {
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
        filter: filter.clone(),
        filtered: found.walk.is_some(),
        filter_href: app.links().to("/queue", &[]),
        looked_at: found
            .walk
            .as_ref()
            .map_or_else(String::new, |walk| thousands(walk.looked_at)),
        all_href: app.links().queue_state(queue, found.state),
        has_jobs: total > 0,
        many: operate_many::offered(operator, queue, found.state),
        many_href: app.links().to("/queue/operate", &[]),
        previous: match from {
            _ if found.walk.is_some() => String::new(),
            0 => String::new(),
            from => at(from.saturating_sub(size), size),
        },
        next: match from.saturating_add(size) {
            _ if found.walk.is_some() => next_of_walk(app, &found, filter, size),
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

/// The address of the next jobs that match; empty at the end.
fn next_of_walk(app: &App, found: &Found, filter: &FilterAt, size: u64) -> String {
    let Some((past, job)) = found.walk.as_ref().and_then(|walk| walk.next.as_ref()) else {
        return String::new();
    };
    let score = job
        .score
        .map_or_else(String::new, |score| score.to_string());
    let (past, size) = (past.to_string(), size.to_string());
    let query = [
        ("state", found.state.name()),
        ("size", size.as_str()),
        ("job_name", filter.job_name.as_str()),
        ("job_id", filter.job_id.as_str()),
        ("error", filter.error.as_str()),
        ("past", past.as_str()),
        ("after", job.id.as_str()),
        ("score", score.as_str()),
    ];
    app.links().queue(&found.queue.figures.queue, &query)
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

/// No address holds a longer id, in bytes, once it is encoded.
const LONGEST_LINKED: usize = 16 * 1024;

/// A row shows an id whole where it has a page, and of any other the beginning.
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

/// A row shows so much of a name; the job's page has the whole.
const LONGEST_NAME: usize = 200;

fn cut(name: String) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}
