//! The page of a flow: the tree of its jobs as a list, and the same as a drawing.

use askama::Template;
use axum::extract::State;

use super::flow_drawing::Drawing;
use crate::domain::access::{Action, Operator};
use crate::domain::job::flow::Relative;
use crate::domain::job::flow_tree::FlowJob;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::request::told::ToldView;

/// The page of a flow.
#[derive(Template)]
#[template(path = "job/flow.html")]
pub(crate) struct FlowPage {
    frame: Frame,
    queue: String,
    to_queue: QueueCrumbs,
    /// What became of its jobs just now.
    told: ToldView,
    id: String,
    job_href: String,
    /// `1 job`, `12 jobs`.
    jobs: String,
    /// Whether there are more jobs above the top, or below what is shown.
    continues_above: bool,
    leaves_out: bool,
    top: FlowJobView,
    /// Where its failed jobs are retried, and where all of it is removed; empty for who may not, or where there is nothing.
    retry_href: String,
    remove_href: String,
    /// `None` for a flow that is too large to be drawn.
    drawing: Option<Drawing>,
}

/// A job of the flow, with those below it.
#[derive(Template, Debug)]
#[template(path = "job/_flow_job.html")]
pub(crate) struct FlowJobView {
    base: String,
    /// Its name, or what stands for a job that is gone.
    name: String,
    id: String,
    queue: String,
    /// Empty for a job that is gone.
    href: String,
    /// The class and icon of its state, and the word for it.
    class: &'static str,
    label: &'static str,
    progress: String,
    /// Whether it is the job that the page was opened for.
    current: bool,
    children: Vec<FlowJobView>,
    /// `12 more children`; empty for none.
    left_out: String,
}

impl askama::filters::HtmlSafe for FlowJobView {}

/// The flow that a job is in.
pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
    notices: Notices,
) -> Result<Page<FlowPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    let flow = app.services.flow(&operator, &queue, &id).await;
    let flow = flow.map_err(|stop| PageError::from(stop).about(&queue))?;
    let here = Relative {
        prefix: queue.prefix().to_owned(),
        queue: queue.name().to_owned(),
        id: id.as_str().to_owned(),
    };
    let links = app.links();
    Ok(Page::ok(FlowPage {
        frame: app.frame(&operator, ""),
        queue: queue.name().to_owned(),
        to_queue: QueueCrumbs::new(&app, &queue),
        told: ToldView::of(&app.base_path, notices.take().await.as_ref()),
        id: id.as_str().to_owned(),
        job_href: links.job(&queue, &id),
        jobs: match flow.jobs {
            1 => "1 job".to_owned(),
            jobs => format!("{} jobs", thousands(jobs as u64)),
        },
        continues_above: flow.continues_above,
        leaves_out: leaves_out(&flow.top),
        retry_href: match has_failed(&flow.top)
            && operator.may(Action::Operate(Operation::Retry), &queue)
        {
            true => links.of_job(super::retry_flow::PATH, &queue, &id, &[]),
            false => String::new(),
        },
        remove_href: match flow.continues_above {
            true => String::new(),
            false => remove_href(&app, &operator, &flow.top).unwrap_or_default(),
        },
        drawing: Drawing::of(&flow.top, &here),
        top: FlowJobView::new(&app, &flow.top, &here),
    }))
}

fn has_failed(job: &FlowJob) -> bool {
    job.state == Some(JobState::Failed) || job.children.iter().any(has_failed)
}

/// Where the whole flow is removed from its top; `None` where the person may not, or its state does not allow it.
fn remove_href(app: &App, operator: &Operator, top: &FlowJob) -> Option<String> {
    let operation = Operation::RemoveWithChildren;
    let queue = QueueId::new(&top.relative.prefix, &top.relative.queue).ok()?;
    let id = JobId::new(top.relative.id.as_str())?;
    let may = operator.may(Action::Operate(operation), &queue);
    // A waiting job is not searched for.
    let is_for = top.state.is_none_or(|state| operation.is_for(state));
    let offered = top.exists && may && is_for && !top.children.is_empty();
    offered.then(|| app.links().of_job(operation.spec().path, &queue, &id, &[]))
}

/// Whether some of the jobs below were not read.
fn leaves_out(job: &FlowJob) -> bool {
    job.left_out > 0 || job.children.iter().any(leaves_out)
}

impl FlowJobView {
    fn new(app: &App, job: &FlowJob, here: &Relative) -> Self {
        let children = job.children.iter();
        Self {
            base: app.base_path.clone(),
            name: match (job.exists, job.name.is_empty()) {
                (false, _) => "removed job".to_owned(),
                (true, true) => "job".to_owned(),
                (true, false) => job.name.clone(),
            },
            id: job.relative.id.clone(),
            queue: job.relative.queue.clone(),
            href: match job.exists {
                true => app.links().relative(&job.relative),
                false => String::new(),
            },
            class: job.looks_like().name(),
            label: job.label(),
            progress: progress(&job.progress),
            current: job.relative == *here,
            children: children.map(|child| Self::new(app, child, here)).collect(),
            left_out: match job.left_out {
                0 => String::new(),
                1 => "1 more child".to_owned(),
                more => format!("{} more children", thousands(more)),
            },
        }
    }
}

/// A number is a percentage, as in BullMQ's own examples.
fn progress(stored: &str) -> String {
    match stored.parse::<f64>() {
        Ok(0.0) => String::new(),
        Ok(_) => format!("{stored} %"),
        Err(_) => stored.to_owned(),
    }
}
