//! A job: where it stands, what it carries, how it failed, and what was done to it.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::App;
use super::audit::EntryView;
use super::error::PageError;
use super::extract::{JobAt, Query, SignedIn};
use super::page::{Frame, Page};
use super::view::{QueueView, StateView, When, bytes, duration, thousands};
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::flow::Child;
use crate::domain::job::{Job, JobId, JobState, JobText, Payload};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::queue::QueueId;
use crate::service::browse::{JobPage as Found, LOG_PAGE};

/// The page.
#[derive(Template)]
#[template(path = "job.html")]
pub(super) struct JobPage {
    frame: Frame,
    queue: QueueView,
    id: String,
    name: String,
    state: StateView,
    /// What was just done, said on top: after a save or a retry.
    notice: &'static str,
    moments: Vec<MomentView>,
    /// Label and value of what is small: attempts, priority, worker, scheduler, …
    facts: Vec<(&'static str, String)>,
    data: TextView,
    return_value: TextView,
    failed_reason: TextView,
    stack_traces: TextView,
    options: TextView,
    progress: TextView,
    log: LogView,
    parent: Option<RelativeView>,
    children: Vec<RelativeView>,
    children_total: String,
    /// Its audit history, for those who may read it.
    history: Option<Vec<EntryView>>,
    history_href: String,
    /// What this person may do with it now.
    actions: Actions,
}

/// What a person may do with a job, and why not.
#[derive(Debug, Default)]
pub(super) struct Actions {
    /// The editor's address; empty for who may not edit.
    edit_href: String,
    /// Why the job can't be edited now; empty where it can.
    edit_refusal: &'static str,
    /// Whether it can be retried.
    retry: bool,
    /// Where the retry's form is sent.
    retry_href: String,
    /// What the retry's form carries.
    at: AtView,
}

/// The hidden fields that name a job in a form.
#[derive(Debug, Default, Clone)]
pub(super) struct AtView {
    pub(super) queue: String,
    pub(super) prefix: String,
    pub(super) id: String,
}

impl AtView {
    pub(super) fn new(app: &App, queue: &QueueId, id: &JobId) -> Self {
        Self {
            queue: queue.name().to_owned(),
            prefix: app.links().prefix(queue.prefix()).to_owned(),
            id: id.as_str().to_owned(),
        }
    }
}

/// One step of the timeline.
#[derive(Debug)]
pub(super) struct MomentView {
    label: &'static str,
    when: When,
    /// How long after the step before; empty for the first.
    after: String,
}

/// One of a job's texts.
#[derive(Template, Debug)]
#[template(path = "_job_text.html")]
pub(super) struct TextView {
    /// The path everything is under.
    base: String,
    /// The field's name, which is also the section's anchor.
    field: &'static str,
    label: &'static str,
    /// The text as shown: pretty-printed where it is JSON, otherwise as stored. `None` where it is folded.
    text: Option<String>,
    /// Its size, for people.
    size: String,
    /// Whether there is any.
    is_none: bool,
    /// Why it is shown as it is stored: `not JSON: line 1, column 2: …`; empty where it is JSON or need not be.
    fault: String,
    /// Where the whole of it is loaded from as a part of this page, and as it is stored.
    href: String,
    raw_href: String,
}

impl askama::filters::HtmlSafe for TextView {}

/// A page of a job's log.
#[derive(Template, Debug)]
#[template(path = "_job_log.html")]
pub(super) struct LogView {
    /// Number and line.
    lines: Vec<(u64, String)>,
    total: String,
    /// The next lines' address; empty at the end.
    next: String,
    /// How many more there are.
    left: String,
}

impl askama::filters::HtmlSafe for LogView {}

/// A parent or child.
#[derive(Debug)]
pub(super) struct RelativeView {
    queue: String,
    id: String,
    href: String,
    /// How a child stands; empty for a parent.
    standing: &'static str,
}

/// What a page is told by the address it was sent to.
#[derive(Debug, Deserialize)]
pub(super) struct DoneAt {
    #[serde(default)]
    done: String,
}

pub(super) async fn page(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
    Query(done): Query<DoneAt>,
) -> Result<Page<JobPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    let found = app.services.job_page(&operator, &queue, &id).await?;
    let mut page = view(&app, &operator, found);
    page.notice = notice(&done.done);
    Ok(Page::ok(page))
}

/// Which of a job's texts, and how it is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct TextAt {
    text: String,
}

pub(super) async fn text(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
    Query(which): Query<TextAt>,
) -> Result<Page<TextView>, PageError> {
    let (queue, id) = at.job(&app)?;
    let which: JobText = which.text.parse().map_err(PageError::bad)?;
    let text = app.services.job_text(&operator, &queue, &id, which).await?;
    let view = text_view(&app, &queue, &id, which, &Payload::Loaded(text));
    Ok(Page::ok(view))
}

/// The stored bytes themselves, as a file.
pub(super) async fn raw(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
    Query(which): Query<TextAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let which: JobText = which.text.parse().map_err(PageError::bad)?;
    let text = app.services.job_text(&operator, &queue, &id, which).await?;
    let mut response = text.into_response();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    Ok(response)
}

/// From which line on.
#[derive(Debug, Deserialize)]
pub(super) struct LogAt {
    #[serde(default)]
    from: u64,
    #[serde(default)]
    total: u64,
}

pub(super) async fn log(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
    Query(range): Query<LogAt>,
) -> Result<Page<LogView>, PageError> {
    let (queue, id) = at.job(&app)?;
    let lines = app
        .services
        .job_log(&operator, &queue, &id, range.from)
        .await?;
    Ok(Page::ok(log_view(
        &app,
        &queue,
        &id,
        lines,
        range.from,
        range.total,
    )))
}

fn view(app: &App, operator: &Operator, found: Found) -> JobPage {
    let Found {
        queue: figures,
        lineage,
        job,
        log,
        history,
    } = found;
    let queue = &figures.queue;
    let links = app.links();
    let text = |which| text_view(app, queue, &job.id, which, job.text(which));
    let history_query = [("queue", queue.name()), ("job", job.id.as_str())];
    JobPage {
        frame: app.frame(operator, ""),
        queue: QueueView::new(&figures, &lineage.family, &lineage.label, links),
        id: job.id.as_str().to_owned(),
        name: job.summary.name.clone(),
        state: StateView::new(job.state, 0, state_href(app, queue, job.state)),
        notice: "",
        moments: moments(&job),
        facts: facts(&job),
        data: text(JobText::Data),
        return_value: text(JobText::ReturnValue),
        failed_reason: text(JobText::FailedReason),
        stack_traces: stack_traces(text(JobText::StackTraces), job.text(JobText::StackTraces)),
        options: text(JobText::Options),
        progress: text(JobText::Progress),
        log: log_view(app, queue, &job.id, log, 0, job.log_lines),
        parent: job.parent.as_ref().map(|parent| RelativeView {
            queue: parent.queue.clone(),
            id: parent.id.clone(),
            href: links.relative(parent),
            standing: "",
        }),
        children: job
            .children
            .iter()
            .map(|child| child_view(app, child))
            .collect(),
        children_total: thousands(job.children_total),
        history: history.map(|entries| {
            entries
                .iter()
                .map(|recorded| EntryView::new(app, recorded))
                .collect()
        }),
        history_href: links.to("/audit", &history_query),
        actions: actions(app, operator, queue, &job),
    }
}

fn state_href(app: &App, queue: &QueueId, state: JobState) -> String {
    match state {
        JobState::Unknown => String::new(),
        state => app.links().queue_state(queue, state),
    }
}

fn actions(app: &App, operator: &Operator, queue: &QueueId, job: &Job) -> Actions {
    let links = app.links();
    let refusal = Refusal::of(job.state, job.locked);
    Actions {
        edit_href: match operator.may(Action::EditData, queue) {
            true => links.of_job("/job/edit", queue, &job.id, &[]),
            false => String::new(),
        },
        edit_refusal: refusal.map_or("", Refusal::words),
        retry: job.state == JobState::Failed && operator.may(Action::Retry, queue),
        retry_href: links.to("/job/retry", &[]),
        at: AtView::new(app, queue, &job.id),
    }
}

fn moments(job: &Job) -> Vec<MomentView> {
    let summary = &job.summary;
    let finished = match job.state {
        JobState::Failed => "Failed",
        _ => "Finished",
    };
    let steps = [
        ("Added", summary.added),
        ("Started", summary.started),
        (finished, summary.finished),
        ("Next run", job.due),
    ];
    let mut before = None;
    steps
        .into_iter()
        .filter_map(|(label, at)| at.map(|at| (label, at)))
        .map(|(label, at)| {
            let after = before.map_or(String::new(), |before| duration(at.saturating_sub(before)));
            before = Some(at);
            MomentView {
                label,
                when: When::of(at),
                after,
            }
        })
        .collect()
}

fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let summary = &job.summary;
    let attempts = match summary.attempts {
        Some(allowed) => format!("{} of {}", summary.attempts_made, allowed.max(1)),
        None => summary.attempts_made.to_string(),
    };
    let number = |number: u64| (number > 0).then(|| number.to_string());
    [
        ("Attempts", Some(attempts)),
        ("Starts", number(job.attempts_started)),
        ("Stalls", number(job.stalled)),
        ("Priority", number(summary.priority)),
        (
            "Delay",
            (summary.delay > 0).then(|| duration(summary.delay)),
        ),
        ("Worker", job.worker.clone()),
        ("Scheduler", job.scheduler.clone()),
        ("Deduplication", job.deduplication.clone()),
        ("Lock", job.locked.then(|| "held by a worker".to_owned())),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| (label, value)))
    .collect()
}

fn text_view(
    app: &App,
    queue: &QueueId,
    id: &JobId,
    which: JobText,
    payload: &Payload,
) -> TextView {
    let label = match which {
        JobText::Data => "Data",
        JobText::ReturnValue => "Return value",
        JobText::FailedReason => "Error",
        JobText::StackTraces => "Stack traces",
        JobText::Options => "Options",
        JobText::Progress => "Progress",
    };
    let (text, fault) = match payload {
        Payload::Folded(_) => (None, String::new()),
        Payload::Loaded(stored) => {
            let stored = String::from_utf8_lossy(stored);
            match which {
                JobText::FailedReason => (Some(stored.into_owned()), String::new()),
                _ => (Some(pretty_or_raw(&stored)), fault_of(&stored)),
            }
        }
    };
    TextView {
        base: app.base_path.clone(),
        field: which.field(),
        label,
        text,
        size: bytes(payload.size()),
        is_none: payload.size() == 0,
        fault,
        href: app.links().job_text("/job/text", queue, id, which),
        raw_href: app.links().job_text("/job/raw", queue, id, which),
    }
}

fn fault_of(text: &str) -> String {
    match Document::parse(text) {
        Ok(_) => String::new(),
        Err(fault) => format!(
            "not JSON: line {}, column {}: {}",
            fault.line, fault.column, fault.message
        ),
    }
}

/// Stack traces are a JSON array of texts: they are shown as the texts, with an empty line between.
fn stack_traces(view: TextView, payload: &Payload) -> TextView {
    let Payload::Loaded(stored) = payload else {
        return view;
    };
    match serde_json::from_slice::<Vec<Option<String>>>(stored) {
        Ok(traces) => TextView {
            is_none: traces.is_empty(),
            text: Some(
                traces
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n\n"),
            ),
            ..view
        },
        Err(_) => view,
    }
}

fn log_view(
    app: &App,
    queue: &QueueId,
    id: &JobId,
    lines: Vec<String>,
    from: u64,
    total: u64,
) -> LogView {
    let next = from + LOG_PAGE;
    LogView {
        total: thousands(total),
        left: thousands(total.saturating_sub(next)),
        next: match next < total {
            true => {
                let (next, total) = (next.to_string(), total.to_string());
                let range = [("from", next.as_str()), ("total", total.as_str())];
                app.links().of_job("/job/log", queue, id, &range)
            }
            false => String::new(),
        },
        lines: lines
            .into_iter()
            .zip(from + 1..)
            .map(|(line, number)| (number, line))
            .collect(),
    }
}

fn child_view(app: &App, child: &Child) -> RelativeView {
    RelativeView {
        queue: child.relative.queue.clone(),
        id: child.relative.id.clone(),
        href: app.links().relative(&child.relative),
        standing: child.standing.label(),
    }
}

/// What a page says after something was done; the address only names it, so nothing else can be put there.
fn notice(done: &str) -> &'static str {
    match done {
        "saved" => "The data was saved, and the audit log has the change.",
        "saved-retried" => {
            "The data was saved and the job is in line again; the audit log has both."
        }
        "saved-not-retried" => {
            "The data was saved. The job could not be retried, since it is no longer failed; the audit log says more."
        }
        "saved-retry-unknown" => {
            "The data was saved. Whether the job was retried is not known, since Redis did not answer: look at its state."
        }
        "retried" => "The job is in line again.",
        "unchanged" => "There was nothing to change: nothing was written.",
        _ => "",
    }
}
