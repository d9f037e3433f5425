//! Failed jobs in groups: the list of groups, the page of one, and what a failed job's page shows of its group.

mod differs;
pub(crate) mod group;
mod group_row;
pub(crate) mod list;
pub(crate) mod of_job;

use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::links::Links;
use super::request::queue_set::{href_of_set, queue_set};
use crate::domain::failures::GroupId;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::failures::which::FailureSpan;

/// Of which failed jobs an address is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct FailuresAt {
    /// A queue; empty for a family, or for all.
    #[serde(default)]
    queue: String,
    /// A family.
    #[serde(default)]
    family: String,
    #[serde(default)]
    prefix: String,
    /// Over which time.
    #[serde(default)]
    span: String,
}

impl FailuresAt {
    /// The queues, and over which time.
    fn parsed(&self, app: &App) -> Result<(QueueSet, FailureSpan), PageError> {
        let span = match self.span.as_str() {
            "" => FailureSpan::default(),
            named => named.parse().map_err(PageError::bad)?,
        };
        let of = queue_set(app, &self.queue, &self.family, &self.prefix)?;
        Ok((of, span))
    }
}

/// The address of the groups of failed jobs.
pub(crate) fn list_href(links: Links<'_>, of: &QueueSet, span: FailureSpan) -> String {
    address(links, "/failures", of, span, "")
}

/// The address of the groups of a queue's failed jobs.
pub(crate) fn queue_href(links: Links<'_>, queue: &QueueId) -> String {
    list_href(
        links,
        &QueueSet::Queue(queue.clone()),
        FailureSpan::default(),
    )
}

/// The address of the groups of a family's failed jobs.
pub(crate) fn family_href(links: Links<'_>, prefix: &str, family: &str) -> String {
    let of = QueueSet::Family {
        prefix: prefix.to_owned(),
        name: family.to_owned(),
    };
    list_href(links, &of, FailureSpan::default())
}

/// The page of one group.
fn group_href(links: Links<'_>, of: &QueueSet, span: FailureSpan, id: GroupId) -> String {
    address(links, "/failures/group", of, span, &id.to_string())
}

/// The query that finds the failed jobs of a group.
fn group_query(span: FailureSpan, id: GroupId) -> String {
    format!(
        "state = failed and group = {id} and finished > {}",
        span.ago()
    )
}

/// The search for the jobs of these queues that a query finds.
fn search_href(links: Links<'_>, of: &QueueSet, query: &str) -> String {
    href_of_set(links, "/search", of, &[("q", query)])
}

fn address(links: Links<'_>, path: &str, of: &QueueSet, span: FailureSpan, id: &str) -> String {
    let span = match span == FailureSpan::default() {
        true => "",
        false => span.name(),
    };
    href_of_set(links, path, of, &[("id", id), ("span", span)])
}
