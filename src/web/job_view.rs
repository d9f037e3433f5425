//! The page of a job: its frame, timeline, facts, relatives, and what may be done with it.

use askama::Template;

use super::App;
use super::audit::EntryView;
use super::job_text::{LogView, TextView, log_view, stack_traces, text_view};
use super::page::Frame;
use super::view::{QueueView, StateView, When, duration, thousands};
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::flow::Child;
use crate::domain::job::{Job, JobId, JobState, JobText};
use crate::domain::queue::QueueId;
use crate::service::browse::JobPage as Found;

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

/// A parent or child.
#[derive(Debug)]
pub(super) struct RelativeView {
    queue: String,
    id: String,
    href: String,
    /// How a child stands; empty for a parent.
    standing: &'static str,
}

/// The page of a job, with what was just done to it.
pub(super) fn job_page(
    app: &App,
    operator: &Operator,
    found: Found,
    notice: &'static str,
) -> JobPage {
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
        notice,
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

fn child_view(app: &App, child: &Child) -> RelativeView {
    RelativeView {
        queue: child.relative.queue.clone(),
        id: child.relative.id.clone(),
        href: app.links().relative(&child.relative),
        standing: child.standing.label(),
    }
}
