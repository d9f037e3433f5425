//! What an address says of a search: the query, where to look, and where to go on.

use serde::Deserialize;

use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::Query;
use crate::service::search::cursor::SearchCursor;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::queue_set::queue_set;

/// What an address says of a search.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SearchAt {
    /// The query.
    #[serde(default)]
    pub(crate) q: String,
    /// One queue to look in.
    #[serde(default)]
    pub(crate) queue: String,
    /// One family to look in; without either, all queues.
    #[serde(default)]
    pub(crate) family: String,
    /// The prefix of the queue or family.
    #[serde(default)]
    pub(crate) prefix: String,
    /// Where to go on.
    #[serde(default)]
    pub(crate) after: String,
    /// `1` for a page that is drawn with a part of what is found, for browsers without scripts.
    #[serde(default)]
    pub(crate) part: String,
}

impl SearchAt {
    /// Whether the page is drawn with a part of what is found.
    pub(crate) fn is_part(&self) -> bool {
        self.part == "1"
    }

    /// The same search for browsers without scripts.
    pub(crate) fn in_parts(&self) -> Self {
        Self {
            part: "1".to_owned(),
            ..self.clone()
        }
    }

    /// The query, or what is wrong with it.
    pub(crate) fn query(&self) -> Result<Query, PageError> {
        Query::parse(&self.q).map_err(|error| {
            let before = self.q.get(..error.at.start).unwrap_or_default();
            let place = before.chars().count() + 1;
            PageError::bad(format!("The query, at character {place}: {error}"))
        })
    }

    /// Where to look.
    pub(crate) fn place(&self, app: &App) -> Result<QueueSet, PageError> {
        queue_set(app, &self.queue, &self.family, &self.prefix)
    }

    /// Where to go on; `None` at the beginning.
    pub(crate) fn cursor(&self) -> Result<Option<SearchCursor>, PageError> {
        match self.after.as_str() {
            "" => Ok(None),
            after => SearchCursor::parse(after).map(Some).map_err(PageError::bad),
        }
    }

    /// The address of a page of this search that begins behind a cursor, or at the beginning.
    pub(crate) fn href(&self, app: &App, path: &str, after: Option<&SearchCursor>) -> String {
        let after = after.map(SearchCursor::text).unwrap_or_default();
        let query = [
            ("q", self.q.as_str()),
            ("queue", self.queue.as_str()),
            ("family", self.family.as_str()),
            ("prefix", self.prefix.as_str()),
            ("after", after.as_str()),
            ("part", self.part.as_str()),
        ];
        app.links().to(path, &query)
    }
}
