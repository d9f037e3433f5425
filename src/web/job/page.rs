//! The page of a job: its status, timeline, facts, relatives, and operations.

use askama::Template;

use super::failure::FailureView;
use super::marks::{standing_mark, texts_mark};
use super::notice::JobNoticeView;
use super::status::JobStatusView;
use super::texts::{LogView, TextView, log_view, text_view};
use crate::domain::access::Operator;
use crate::domain::job::flow::Child;
use crate::domain::job::{Job, JobId, JobPart, JobText};
use crate::domain::queue::QueueId;
use crate::service::jobs::read::JobPage as Found;
use crate::web::app::App;
use crate::web::audit::entry_view::EntryView;
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::html::parts::{AwayView, QueueView};

/// The page of a job.
#[derive(Template)]
#[template(path = "job/page.html")]
pub(crate) struct JobPageView {
    frame: Frame,
    queue: QueueView,
    id: String,
    name: String,
    /// The parts that a live page gets again when they change.
    standing: JobStatusView,
    /// The notice after an edit or an operation.
    notice: JobNoticeView,
    /// The failed jobs listed before and after it; empty if there are none.
    before_href: String,
    after_href: String,
    away: AwayView,
    /// The address of the live events, and of the page itself.
    events: String,
    href: String,
    data: TextView,
    return_value: TextView,
    failure: FailureView,
    options: TextView,
    progress: TextView,
    log: LogView,
    parent: Option<RelativeView>,
    children: Vec<RelativeView>,
    children_total: String,
    /// The page of the whole flow.
    flow_href: String,
    /// `1 failed child`; empty where none that failed keeps it waiting.
    waits_for: String,
    /// The first of them.
    waits_href: String,
    /// Its audit history, for those who may read it.
    history: Option<Vec<EntryView>>,
    /// The parts that can't be read.
    unreadable: UnreadableView,
    history_href: String,
}

/// The parts of a job that can't be read because their key in Redis has another type.
#[derive(Debug)]
pub(crate) struct UnreadableView {
    fields: bool,
    log: bool,
    children: bool,
    history: bool,
}

/// A parent or child of the job.
#[derive(Debug)]
pub(crate) struct RelativeView {
    queue: String,
    id: String,
    href: String,
    /// The status of a child; empty for a parent.
    standing: &'static str,
}

/// The page of a job, with what was just done to it.
pub(crate) fn job_page(app: &App, operator: &Operator, found: Found, done: &str) -> JobPageView {
    let Found {
        queue: figures,
        lineage,
        neighbors,
        job,
        log,
        history,
        history_unreadable,
    } = found;
    let queue = &figures.queue;
    let links = app.links();
    let text = |which| text_view(app, queue, &job.id, which, job.text(which));
    let neighbor = |id: Option<JobId>| id.map_or(String::new(), |id| links.job(queue, &id));
    let history_query = [("queue", queue.name()), ("job", job.id.as_str())];
    JobPageView {
        frame: app.frame(operator, ""),
        queue: QueueView::new(&figures, &lineage.family, &lineage.label, links),
        id: job.id.as_str().to_owned(),
        name: job.summary.name.clone(),
        standing: JobStatusView::new(app, operator, queue, &figures.bull_version, &job),
        notice: JobNoticeView::new(app, done, &job, figures.paused),
        before_href: neighbor(neighbors.before),
        after_href: neighbor(neighbors.after),
        away: AwayView::new(app, &app.services.overview().now()),
        events: events(app, queue, &job, log.len() as u64, done),
        href: links.job(queue, &job.id),
        data: text(JobText::Data),
        return_value: text(JobText::ReturnValue),
        failure: FailureView::new(app, queue, &job),
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
        flow_href: links.of_job("/job/flow", queue, &job.id, &[]),
        waits_for: waits_for(&job),
        waits_href: job
            .children
            .iter()
            .find(|child| child.failed)
            .map_or(String::new(), |child| links.relative(&child.relative)),
        history: history.map(|entries| {
            entries
                .iter()
                .map(|recorded| EntryView::new(app, recorded))
                .collect()
        }),
        unreadable: UnreadableView {
            fields: job.unreadable.contains(&JobPart::Fields),
            log: job.unreadable.contains(&JobPart::Log),
            children: job.unreadable.contains(&JobPart::Children),
            history: history_unreadable,
        },
        history_href: links.to("/audit", &history_query),
    }
}

fn events(app: &App, queue: &QueueId, job: &Job, shown: u64, done: &str) -> String {
    let (stands, texts) = (standing_mark(job), texts_mark(job));
    let lines = job.log_lines.to_string();
    // New lines are only added to a log that is shown to its end.
    let lines = match job.log_lines > shown {
        true => "",
        false => lines.as_str(),
    };
    let shown = [
        ("stands", stands.as_str()),
        ("texts", texts.as_str()),
        ("lines", lines),
        ("did", done),
    ];
    app.links().of_job("/events/job", queue, &job.id, &shown)
}

/// What keeps a parent waiting: `2 failed children`. At least so many, where not all children were read.
fn waits_for(job: &Job) -> String {
    match job.children.iter().filter(|child| child.failed).count() {
        0 => String::new(),
        1 => "1 failed child".to_owned(),
        failed => format!("{failed} failed children"),
    }
}

fn child_view(app: &App, child: &Child) -> RelativeView {
    RelativeView {
        queue: child.relative.queue.clone(),
        id: child.relative.id.clone(),
        href: app.links().relative(&child.relative),
        standing: child.label(),
    }
}
