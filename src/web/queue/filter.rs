//! The filter of a queue's list: its form, how far its search is, and the operations on all that it finds.

use askama::Template;
use serde::Deserialize;

use super::operate_many::filter_at::FilterAt;
use super::operate_many::offered;
use super::pager::Pager;
use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::operations::OperationSpec;
use crate::service::jobs::queue::QueuePage;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::repair::offered::may_repair;

/// How far a search through the state's jobs is.
#[derive(Debug, Deserialize)]
pub(crate) struct AfterAt {
    #[serde(default)]
    past: u64,
    /// The last jobs that were looked at, the newest first: JSON of their ids and scores.
    #[serde(default)]
    after: String,
}

/// An address holds so many of the jobs that were looked at last, since any of them may go.
const REMEMBERED: usize = 4;

impl AfterAt {
    /// The cursor behind those.
    pub(super) fn cursor(&self) -> Result<JobCursor, PageError> {
        if self.after.is_empty() {
            return Ok(JobCursor::default());
        }
        let last = serde_json::from_str::<Vec<(String, Option<f64>)>>(&self.after);
        let last = last.map_err(|error| PageError::bad(format!("The place to go on: {error}.")))?;
        let last = last.into_iter().map(|(id, score)| PlacedJob { id, score });
        Ok(JobCursor::behind(last, self.past))
    }
}

/// The form, with what is filtered by.
#[derive(Template)]
#[template(path = "queue/_filter.html")]
pub(crate) struct FilterView {
    base: String,
    queue: String,
    prefix: String,
    state: &'static str,
    order: &'static str,
    filter: FilterAt,
    /// Whether anything is filtered by.
    pub(crate) filtered: bool,
    /// How many jobs were looked at for those that match.
    pub(crate) looked_at: String,
    href: String,
    /// The address of the state without the filter.
    all_href: String,
    /// Whether the state has any jobs.
    has_jobs: bool,
    /// The operations on all of its jobs, and where their dry runs are.
    many: Vec<&'static OperationSpec>,
    many_href: String,
    /// Where all of them are repaired; empty for those who may not, or for jobs that are never repaired.
    repair_href: String,
}

impl askama::filters::HtmlSafe for FilterView {}

impl FilterView {
    /// Above the rows that were found.
    pub(super) fn new(
        app: &App,
        operator: &Operator,
        found: &QueuePage,
        filter: &FilterAt,
    ) -> Self {
        let (links, queue) = (app.links(), &found.queue.figures.queue);
        let looked_at = found.walk.as_ref().map(|walk| thousands(walk.looked_at));
        Self {
            base: app.base_path.clone(),
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            state: found.state.name(),
            order: found.order.name(),
            filter: filter.clone(),
            filtered: found.walk.is_some(),
            looked_at: looked_at.unwrap_or_default(),
            href: links.to("/queue", &[]),
            all_href: links.queue_state(queue, found.state),
            has_jobs: found.queue.figures.counts.of(found.state) > 0,
            many: offered(operator, queue, found.state),
            many_href: links.to("/queue/operate", &[]),
            repair_href: match found.state != JobState::Active && may_repair(operator, queue) {
                true => links.to("/repair", &[]),
                false => String::new(),
            },
        }
    }
}

/// The way to the next jobs that match; there is none back, since the places before it are not known.
pub(super) fn next_of_search(app: &App, found: &QueuePage, filter: &FilterAt, size: u64) -> Pager {
    let walk = found.walk.as_ref();
    let Some(cursor) = walk.and_then(|walk| walk.next.as_ref()) else {
        return Pager::default();
    };
    let last = cursor.last().take(REMEMBERED);
    let last: Vec<(&str, Option<f64>)> = last.map(|job| (job.id.as_str(), job.score)).collect();
    // Texts and numbers can always be written.
    let after = serde_json::to_string(&last).unwrap_or_default();
    let (past, size) = (cursor.past().to_string(), size.to_string());
    let query = [
        ("state", found.state.name()),
        ("order", found.order.name()),
        ("size", size.as_str()),
        ("job_name", filter.job_name.as_str()),
        ("job_id", filter.job_id.as_str()),
        ("error", filter.error.as_str()),
        ("past", past.as_str()),
        ("after", after.as_str()),
    ];
    Pager {
        next: app.links().queue(&found.queue.figures.queue, &query),
        ..Pager::default()
    }
}
