//! The list of the groups of failed jobs: of a queue, of a family, or of all queues.

use askama::Template;
use axum::extract::State;
use strum::VariantArray;

use super::group_row::GroupRow;
use super::{FailuresAt, list_href};
use crate::domain::queue::queue_set::QueueSet;
use crate::service::failures::found::FoundFailures;
use crate::service::failures::which::FailureSpan;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::html::parts::Choice;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// How many groups a page lists.
const LISTED: usize = 100;

/// The way to a list of groups: whose failures they are.
#[derive(Debug)]
pub(crate) struct WhoseView {
    /// The queue or family; empty for all queues.
    pub(crate) name: String,
    /// Its page.
    pub(crate) href: String,
}

impl WhoseView {
    pub(crate) fn new(app: &App, of: &QueueSet) -> Self {
        let links = app.links();
        let (name, href) = match of {
            QueueSet::All => (String::new(), links.to("/", &[])),
            QueueSet::Family { prefix, name } => {
                (name.clone(), links.family(prefix, name, "/family"))
            }
            QueueSet::Queue(queue) => (queue.name().to_owned(), links.queue(queue, &[])),
        };
        Self { name, href }
    }
}

/// What was read, in sentences.
pub(crate) struct ReadView {
    /// `41 failed jobs in the last 24 hours`.
    pub(crate) total: String,
    /// Where not all were read: of how many which were.
    pub(crate) sampled: String,
    /// What else is missing.
    pub(crate) missing: Vec<String>,
}

impl ReadView {
    pub(crate) fn new(app: &App, found: &FoundFailures) -> Self {
        let failed = found.failed();
        let jobs = if failed == 1 { "job" } else { "jobs" };
        let sampled = match found.is_sampled() {
            true => format!(
                "Of {} failed jobs the newest {} were read.",
                thousands(failed),
                thousands(found.read())
            ),
            false => String::new(),
        };
        let mut missing = Vec::new();
        if found.left_out > 0 {
            missing.push(format!(
                "{} queues were left out, because there are so many. Their own pages have their failures.",
                thousands(found.left_out as u64)
            ));
        }
        let unreadable = found.queues.iter().filter(|queue| !queue.is_readable);
        missing.extend(unreadable.map(|queue| {
            let name = app.links().name(&queue.queue);
            format!("The failed jobs of {name} can’t be read.")
        }));
        if found.groups.other() > 0 {
            missing.push(format!(
                "{} failed jobs are in none of these groups, because there are so many different errors.",
                thousands(found.groups.other())
            ));
        }
        Self {
            total: format!(
                "{} failed {jobs} in {}",
                thousands(failed),
                found.span.words()
            ),
            sampled,
            missing,
        }
    }
}

/// The page of the groups.
#[derive(Template)]
#[template(path = "failures/list.html")]
pub(crate) struct FailuresView {
    frame: Frame,
    away: AwayView,
    whose: WhoseView,
    spans: Vec<Choice>,
    span: &'static str,
    read: ReadView,
    rows: Vec<GroupRow>,
    /// How many groups there are.
    total: String,
    is_cut: bool,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FailuresAt>,
) -> Result<Page<FailuresView>, PageError> {
    let (of, span) = at.parsed(&app)?;
    let found = app.services.failures(&operator, &of, span).await?;
    let groups = found.groups.largest_first();
    let total = groups.len();
    let rows = groups.into_iter().take(LISTED);
    let rows = rows
        .map(|group| GroupRow::new(&app, &of, &found, group))
        .collect();
    let choice = |one: &FailureSpan| Choice {
        word: one.name().to_owned(),
        href: list_href(app.links(), &of, *one),
        current: *one == span,
    };
    Ok(Page::ok(FailuresView {
        frame: app.frame(&operator, "failures"),
        away: AwayView::new(&app, &app.services.overview().now()),
        whose: WhoseView::new(&app, &of),
        spans: FailureSpan::VARIANTS.iter().map(choice).collect(),
        span: span.words(),
        read: ReadView::new(&app, &found),
        rows,
        total: thousands(total as u64),
        is_cut: total > LISTED,
    }))
}
