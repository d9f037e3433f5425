//! What the page of a failed job shows of its group: how many failed alike, what differs for it, and the way to repair it. It is
//! a page of its own, of which the job's page loads the part.

use askama::Template;
use axum::extract::State;

use super::differs::DiffersView;
use super::group_row::{PartView, message};
use super::{group_href, queue_href};
use crate::domain::access::Action;
use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::session::SignedInUser;

/// What a job has of its group.
pub(crate) struct AlikeView {
    message: Vec<PartView>,
    /// `one of 41 failed jobs with this error`.
    count: String,
    /// Its group; empty where the group was not read.
    href: String,
    /// All groups of the queue.
    all_href: String,
    differs: DiffersView,
    /// The editor with its data; empty for those who may not.
    repair_href: String,
}

/// The page.
#[derive(Template)]
#[template(path = "failures/of_job.html")]
pub(crate) struct JobFailureView {
    frame: Frame,
    crumbs: QueueCrumbs,
    id: String,
    href: String,
    /// `None` if the job is not failed now.
    alike: Option<AlikeView>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Page<JobFailureView>, PageError> {
    let (queue, id) = at.job(&app)?;
    let found = app.services.job_failure(&operator, &queue, &id).await?;
    let links = app.links();
    let of = QueueSet::Queue(queue.clone());
    let alike = found.map(|found| {
        let group = found.failures.groups.get(found.group);
        let span = found.failures.span;
        let count = match group.map_or(1, |group| group.seen.count) {
            0 | 1 => format!("The only job with this error in {}", span.words()),
            count => format!(
                "One of {} jobs with this error in {}",
                thousands(count),
                span.words()
            ),
        };
        let query = super::group_query(span, found.group);
        AlikeView {
            message: message(&found.fingerprint.message),
            count: match found.failures.is_sampled() {
                true => format!(
                    "{count}, among the newest {}",
                    thousands(found.failures.read())
                ),
                false => count,
            },
            href: group.map_or_else(String::new, |group| group_href(links, &of, span, group.id)),
            all_href: queue_href(links, &queue),
            differs: DiffersView::new(&app, &found.differs, &of, &query),
            repair_href: match operator.may(Action::EditData, &queue) {
                true => links.of_job("/job/edit", &queue, &id, &[]),
                false => String::new(),
            },
        }
    });
    Ok(Page::ok(JobFailureView {
        frame: app.frame(&operator, ""),
        crumbs: QueueCrumbs::new(&app, &queue),
        id: id.as_str().to_owned(),
        href: links.job(&queue, &id),
        alike,
    }))
}
