//! The page of a group of failures: what it is, an example, what differs, and what can be done.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::differs::DiffersView;
use super::group_row::{GroupRow, SeenInView};
use super::list::{ReadView, WhoseView};
use super::{FailuresAt, list_href};
use crate::domain::access::{Action, Operator};
use crate::domain::failures::GroupId;
use crate::domain::failures::groups::{Group, Seen};
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::OperationSpec;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::failures::of_job::FailureExample;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::When;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::queue::operate_many::offered;
use crate::web::repair::offered::repair_href;
use crate::web::repair::recipes::RecipeRow;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// How many of the newest jobs are listed.
const LISTED: usize = 20;

/// Which group an address is of.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupAt {
    id: String,
}

/// The newest job of a group.
pub(crate) struct ExampleView {
    id: String,
    href: String,
    /// The editor with its data; empty for those who may not.
    repair_href: String,
    queue: String,
    reason: String,
    /// The top of its stack; empty if it has none.
    stack: String,
}

/// A job of a group.
pub(crate) struct JobOfGroup {
    id: String,
    href: String,
    queue: String,
    at: When,
}

/// What can be done with the jobs of a group in one queue.
pub(crate) struct QueueOfGroup {
    seen: SeenInView,
    /// The search that finds them.
    search_href: String,
    /// The operations on all of them, with the addresses of their dry runs.
    operations: Vec<(String, &'static OperationSpec)>,
    /// The form that repairs all of them; empty for those who may not.
    repair_href: String,
}

/// The page of a group.
#[derive(Template)]
#[template(path = "failures/group.html")]
pub(crate) struct GroupView {
    frame: Frame,
    away: AwayView,
    whose: WhoseView,
    list_href: String,
    span: &'static str,
    read: ReadView,
    group: GroupRow,
    example: Option<ExampleView>,
    differs: DiffersView,
    queues: Vec<QueueOfGroup>,
    /// The recipes that mended such jobs before.
    recipes: Vec<RecipeRow>,
    jobs: Vec<JobOfGroup>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FailuresAt>,
    Query(group): Query<GroupAt>,
) -> Result<Page<GroupView>, PageError> {
    let (of, span) = at.parsed(&app)?;
    let id: GroupId = group.id.parse().map_err(PageError::bad)?;
    let services = &app.services;
    let found = services.failure_group(&operator, &of, span, id).await?;
    let Some(group) = found.groups.get(id) else {
        return Err(PageError::not_found("There is no such error group."));
    };
    let differs = services.group_differs(&operator, &of, span, id).await?;
    let example = match group.newest.first() {
        Some((_, queue, job)) => services
            .failure_example(queue, job)
            .await?
            .map(|found| example(&app, &operator, queue, job, found)),
        None => None,
    };
    let group_id = id.to_string();
    let recipes = services.recipes_for_group(&operator, &group_id).await?;
    let links = app.links();
    let mut hit = group.queues.iter();
    let only = hit.next().filter(|_| hit.next().is_none());
    let among = only.map_or(of.clone(), |(queue, _)| QueueSet::Queue(queue.clone()));
    let query = super::group_query(span, id);
    let jobs = group
        .newest
        .iter()
        .take(LISTED)
        .map(|(at, queue, job)| JobOfGroup {
            id: job.as_str().to_owned(),
            href: links.job(queue, job),
            queue: links.name(queue),
            at: When::of(*at),
        });
    Ok(Page::ok(GroupView {
        frame: app.frame(&operator, "failures"),
        away: AwayView::new(&app, &services.overview().now()),
        whose: WhoseView::new(&app, &of),
        list_href: list_href(links, &of, span),
        span: span.words(),
        read: ReadView::new(&app, &found),
        example,
        differs: DiffersView::new(&app, &differs, &among, &query),
        queues: queues(&app, &operator, group, &query),
        recipes: recipes
            .iter()
            .filter_map(|kept| RecipeRow::new(&app, kept, &group_id))
            .collect(),
        jobs: jobs.collect(),
        group: GroupRow::new(&app, &of, &found, group),
    }))
}

fn example(
    app: &App,
    operator: &Operator,
    queue: &QueueId,
    id: &JobId,
    found: FailureExample,
) -> ExampleView {
    let links = app.links();
    ExampleView {
        id: id.as_str().to_owned(),
        href: links.job(queue, id),
        repair_href: match operator.may(Action::EditData, queue) {
            true => links.of_job("/job/edit", queue, id, &[]),
            false => String::new(),
        },
        queue: links.name(queue),
        reason: found.reason,
        stack: found.stack,
    }
}

fn queues(app: &App, operator: &Operator, group: &Group, query: &str) -> Vec<QueueOfGroup> {
    let links = app.links();
    let failed = JobState::Failed;
    let mut most_first: Vec<(&QueueId, &Seen)> = group.queues.iter().collect();
    most_first.sort_by_key(|(queue, seen)| (std::cmp::Reverse(seen.count), *queue));
    let of_queue = |(queue, seen): (&QueueId, &Seen)| {
        let dry_run = |operation| {
            let asked = [
                ("queue", queue.name()),
                ("prefix", links.prefix(queue.prefix())),
                ("state", failed.name()),
                ("operation", operation),
                ("query", query),
            ];
            links.to("/queue/operate", &asked)
        };
        let operations = offered(operator, queue, failed).into_iter();
        QueueOfGroup {
            seen: SeenInView::new(app, queue, *seen),
            search_href: super::search_href(links, &QueueSet::Queue(queue.clone()), query),
            operations: operations.map(|one| (dry_run(one.id), one)).collect(),
            repair_href: repair_href(
                app,
                operator,
                queue,
                &[
                    ("state", failed.name()),
                    ("query", query),
                    ("group", &group.id.to_string()),
                ],
            ),
        }
    };
    most_first.into_iter().map(of_queue).collect()
}
