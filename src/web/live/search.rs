//! The stream of a search: how far it is, and the rows that it found, as they come. The search goes as fast as its viewer
//! reads, and ends with the stream.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::time::Duration;

use super::gzip::EventText;
use super::sse_message::Message;
use super::stream::Feed;
use super::viewers::Watching;
use crate::domain::access::Operator;
use crate::service::search::cursor::SearchCursor;
use crate::service::search::progress::{Found, SearchStep};
use crate::service::search::request::SearchLimits;
use crate::service::search::steps::Search;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::Query;
use crate::web::search::at::SearchAt;
use crate::web::search::progress::{FoundRows, ProgressView};
use crate::web::search::selection::selection;

/// A page of a search has so many jobs. It looks at so many and takes so long at most, and then offers to go on.
const PAGE_LIMITS: SearchLimits = SearchLimits {
    found: 100,
    looked_at: 10_000_000,
    within: Duration::from_secs(120),
};

struct SearchFeed {
    app: App,
    at: SearchAt,
    operator: Operator,
    search: Search,
    /// Whether the rows can be selected.
    select: bool,
    /// A step that is not sent yet.
    step: Option<SearchStep>,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
    headers: HeaderMap,
    Query(at): Query<SearchAt>,
) -> Result<Response, PageError> {
    let (query, place) = (at.query()?, at.place(&app)?);
    let cursor = match resumed(&headers) {
        Some(cursor) => Some(cursor),
        None => at.cursor()?,
    };
    let select = selection(&app, &watching.operator, &place, &query).is_some();
    let search = app
        .services
        .begin_search(
            &watching.operator,
            query,
            &place,
            cursor.as_ref(),
            PAGE_LIMITS,
        )
        .await?;
    let feed = SearchFeed {
        app: app.clone(),
        at,
        operator: watching.operator.clone(),
        search,
        select,
        step: None,
    };
    super::stream::stream(&app, &watching, feed)
}

/// Where a stream that broke off goes on.
fn resumed(headers: &HeaderMap) -> Option<SearchCursor> {
    let last = headers.get("last-event-id")?.to_str().ok()?;
    let text = percent_decode_str(last).decode_utf8().ok()?;
    SearchCursor::parse(&text).ok()
}

impl Feed for SearchFeed {
    async fn next(&mut self) -> Option<EventText> {
        if self.step.is_none() {
            self.step = Some(self.search.next().await?);
        }
        // The step stays until it is drawn: this future may be dropped before.
        let step = self.step.as_ref()?;
        let found = self
            .app
            .services
            .found_rows(&self.operator, &step.found)
            .await;
        let step = self.step.take()?;
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "the rows of a search can't be read");
            step.found.iter().filter_map(Found::unread).collect()
        });
        let mut message = Message::default();
        if !found.is_empty() {
            let rows = FoundRows::new(&self.app, &found, self.select);
            message.part("search-rows", "beforeend", &rows);
        }
        let progress = ProgressView::new(&self.app, &self.at, &step, "/search");
        message.part("search-progress", "innerHTML", &progress);
        if step.end.is_some() {
            // Without the element that asks for it, the stream is not asked for again.
            let over = "<div id=\"search-stream\"></div>";
            message.part("search-stream", "outerHTML", &over);
        }
        let cursor = step.cursor.as_ref().map(SearchCursor::text);
        let id = cursor.map(|text| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string());
        Some(message.with_id(id.as_deref()))
    }
}
