//! The page of a repair that was tried on one job.

use askama::Template;

use super::form_page::RepairView;
use super::submitted::RepairContext;
use crate::domain::queue::QueueId;
use crate::service::repair::one_job::{TriedJob, TriedOutcome};
use crate::web::html::frame::Frame;
use crate::web::html::parts::DiffView;

/// Larger data is not put into the form that saves it, in bytes.
const LARGEST_SAVED: usize = 256 * 1024;

/// The page.
#[derive(Template)]
#[template(path = "repair/one_job.html")]
pub(super) struct OneJobPage {
    frame: Frame,
    doing: RepairView,
    /// The job; `None` where there is none.
    job: Option<OneJobView>,
}

/// A job, and what would become of it.
#[derive(Debug)]
struct OneJobView {
    id: String,
    href: String,
    state: &'static str,
    /// What would happen, in words.
    told: String,
    problems: Vec<String>,
    change: Option<ChangeView>,
}

/// What would change.
#[derive(Debug)]
struct ChangeView {
    diff: DiffView,
    /// The form that saves it as an edit of this job; `None` where the data is too large for it.
    save: Option<SaveView>,
}

/// The fields of an edit.
#[derive(Debug)]
struct SaveView {
    href: String,
    revision: String,
    opened: String,
    text: String,
}

impl OneJobPage {
    pub(super) fn new(context: &RepairContext, queue: &QueueId, tried: Option<TriedJob>) -> Self {
        Self {
            frame: context.frame(),
            doing: context.view(),
            job: tried.map(|tried| OneJobView::new(context, queue, tried)),
        }
    }
}

impl OneJobView {
    fn new(context: &RepairContext, queue: &QueueId, tried: TriedJob) -> Self {
        let links = context.app.links();
        let (told, problems, change) = match tried.outcome {
            TriedOutcome::Right => (
                "This job is right already. Nothing would change.".to_owned(),
                Vec::new(),
                None,
            ),
            TriedOutcome::Hidden(places) => (
                format!(
                    "This job would change in {places} places. A policy hides its data from you, so the difference is not shown."
                ),
                Vec::new(),
                None,
            ),
            TriedOutcome::Stays(why, problems) => {
                let problems = problems.into_iter().take(10).map(|problem| {
                    match problem.pointer.filter(|pointer| !pointer.is_empty()) {
                        Some(pointer) => format!("{pointer}: {}", problem.message),
                        None => problem.message,
                    }
                });
                let told = format!("This job would be skipped: {}.", why.words());
                (told, problems.collect(), None)
            }
            TriedOutcome::Changes {
                seen,
                before,
                after,
                places,
                diff,
            } => {
                let told = match places {
                    1 => "This job would change in 1 place. Nothing has changed yet.".to_owned(),
                    places => format!(
                        "This job would change in {places} places. Nothing has changed yet."
                    ),
                };
                let is_small = before.len() + after.len() <= LARGEST_SAVED;
                let save = is_small.then(|| SaveView {
                    href: links.to("/job/review", &[]),
                    revision: seen.as_str().to_owned(),
                    opened: before,
                    text: after,
                });
                let diff = DiffView::new(diff);
                (told, Vec::new(), Some(ChangeView { diff, save }))
            }
        };
        Self {
            href: links.job(queue, &tried.id),
            id: tried.id.as_str().to_owned(),
            state: tried.state.name(),
            told,
            problems,
            change,
        }
    }
}
