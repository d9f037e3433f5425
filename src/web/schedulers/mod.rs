//! Schedulers: the list of all, a queue's own, and the page of one.

pub(crate) mod all;
mod asked;
pub(crate) mod of_queue;
pub(crate) mod one;
pub(crate) mod remove;
pub(crate) mod row;
pub(crate) mod run;
pub(crate) mod set;
pub(crate) mod template;

use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::links::Links;
use super::request::address::QueueAt;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::SchedulerId;

/// The page sizes that a user can choose.
const PAGE_SIZES: [u64; 4] = [25, 50, 100, 200];

/// Which rows of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct RowsAt {
    #[serde(default)]
    from: u64,
    #[serde(default)]
    size: Option<u64>,
}

impl RowsAt {
    /// The first row, and how many.
    fn range(&self) -> Result<(u64, u64), PageError> {
        let size = self.size.unwrap_or(PAGE_SIZES[1]);
        match PAGE_SIZES.contains(&size) {
            true => Ok((self.from, size)),
            false => Err(PageError::bad(format!(
                "A page may have 25, 50, 100 or 200 rows, not {size}."
            ))),
        }
    }
}

/// The scheduler in an address or form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SchedulerAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    id: String,
}

impl SchedulerAt {
    /// The scheduler and its queue.
    pub(crate) fn scheduler(&self, app: &App) -> Result<(QueueId, SchedulerId), PageError> {
        let at = QueueAt::named(&self.queue, &self.prefix);
        let id = SchedulerId::new(self.id.as_str())
            .ok_or_else(|| PageError::bad("The id of a scheduler is missing."))?;
        Ok((at.queue(app)?, id))
    }
}

/// A form about one scheduler: which, as the person saw it, and why.
#[derive(Debug, Deserialize)]
pub(crate) struct SeenSchedulerAt {
    #[serde(flatten)]
    scheduler: SchedulerAt,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    reason: String,
}

/// The address of a page about one scheduler.
fn of_scheduler(
    links: Links<'_>,
    path: &str,
    queue: &QueueId,
    id: &SchedulerId,
    more: &[(&str, &str)],
) -> String {
    let named = [
        ("queue", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
        ("id", id.as_str()),
    ];
    links.to(path, &[&named, more].concat())
}

/// The address of a queue's schedulers.
pub(crate) fn list_href(links: Links<'_>, queue: &QueueId, more: &[(&str, &str)]) -> String {
    let named = [
        ("name", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
    ];
    links.to("/queue/schedulers", &[&named, more].concat())
}
