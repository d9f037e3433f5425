//! The page of a search: the box for a query, the form that makes one, and what it found.
//!
//! With scripts the page asks for `/events/search`, which sends what is found as it is found. Without, `part=1` in the address
//! looks at a bounded part of the jobs before the page is drawn, and a link goes on.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::at::SearchAt;
use super::form::FormView;
use super::progress::{FoundRows, ProgressView};
use super::selection::selection;
use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::{Query as JobQuery, QueryError};
use crate::service::search::request::SearchLimits;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::queue::operate_many::offered;
use crate::web::queue::selection::SelectionView;
use crate::web::repair::offered::repair_href;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// What a page looks at before it is drawn, where a browser has no scripts.
const PART: SearchLimits = SearchLimits {
    found: 50,
    looked_at: 200_000,
    within: Duration::from_secs(4),
};

/// The page of a search.
#[derive(Template)]
#[template(path = "search/page.html")]
struct SearchPage {
    frame: Frame,
    at: SearchAt,
    /// Where it looks, in words, and the same search in all queues; both empty where it looks in all.
    place: String,
    everywhere_href: String,
    /// Where the form is sent.
    action: String,
    form: FormView,
    error: Option<ErrorView>,
    /// Whether a query was sent that can be asked.
    asked: bool,
    /// The address of the stream; empty where the page has a part already.
    events: String,
    part: Option<(FoundRows, ProgressView)>,
    /// The same page with a part.
    part_href: String,
    export_csv: String,
    export_jsonl: String,
    /// The operations on all jobs that match, by their words, and where their dry runs are.
    many: Vec<(String, String)>,
    /// The bar of selected jobs; `None` where none can be selected.
    selection: Option<SelectionView>,
}

/// What is wrong with a query: the text before, at and after the place, and the line that points at it.
struct ErrorView {
    before: String,
    marked: String,
    after: String,
    pointer: String,
    message: String,
}

impl ErrorView {
    fn new(text: &str, error: &QueryError) -> Self {
        // The place is on character boundaries. Line breaks would move it away from its pointer.
        let part = |from, to| {
            let part: &str = text.get(from..to).unwrap_or_default();
            part.replace(char::is_control, " ")
        };
        let (before, marked) = (part(0, error.at.start), part(error.at.start, error.at.end));
        let carets = "^".repeat(marked.chars().count().max(1));
        Self {
            pointer: " ".repeat(before.chars().count()) + &carets,
            after: part(error.at.end, text.len()),
            before,
            marked,
            message: error.message.clone(),
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(mut at): Query<SearchAt>,
    Query(typed): Query<HashMap<String, String>>,
) -> Result<Response, PageError> {
    if let Some(text) = super::form::query_text(&typed) {
        at.q = text;
        at.after.clear();
        return Ok(Redirect::to(&at.href(&app, "/search", None)).into_response());
    }
    let place = at.place(&app)?;
    let name = name_of(&app, &operator, &place).await?;
    let query = JobQuery::parse(&at.q);
    // An empty query finds every job, but only where it was sent.
    let asked = query.is_ok() && (typed.contains_key("q") || !at.q.is_empty());
    let part = match (&query, asked && at.is_part()) {
        (Ok(query), true) => Some(first_part(&app, &operator, &at, query.clone(), &place).await?),
        _ => None,
    };
    let cursor = at.cursor()?;
    let error = query.as_ref().err();
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let everywhere = SearchAt {
        q: at.q.clone(),
        ..SearchAt::default()
    };
    let export = |format: &str| {
        let address = at.href(&app, "/search/export", None);
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}format={format}")
    };
    let view = SearchPage {
        frame: app.frame(&operator, "search"),
        everywhere_href: match &place {
            QueueSet::All => String::new(),
            _ => everywhere.href(&app, "/search", None),
        },
        place: name,
        action: app.links().to("/search", &[]),
        form: FormView::new(query.as_ref().ok()),
        error: error.map(|error| ErrorView::new(&at.q, error)),
        asked,
        events: match asked && part.is_none() {
            true => at.href(&app, "/events/search", cursor.as_ref()),
            false => String::new(),
        },
        part,
        part_href: at.in_parts().href(&app, "/search", cursor.as_ref()),
        export_csv: export("csv"),
        export_jsonl: export("jsonl"),
        many: match &query {
            Ok(query) if asked => many(&app, &operator, &place, query),
            _ => Vec::new(),
        },
        selection: match &query {
            Ok(query) if asked => selection(&app, &operator, &place, query),
            _ => None,
        },
        at,
    };
    Ok(Page::with(status, view).into_response())
}

/// What a place is called; empty for all queues. One that this person may not see is not there.
async fn name_of(app: &App, operator: &Operator, place: &QueueSet) -> Result<String, PageError> {
    match place {
        QueueSet::Queue(queue) => {
            app.services.check_queue(operator, queue).await?;
            Ok(app.links().name(queue))
        }
        QueueSet::Family { prefix, name } => {
            app.services.family(operator, prefix, name).await?;
            Ok(format!("all versions of {name}"))
        }
        QueueSet::All => Ok(String::new()),
    }
}

/// Looks at a bounded part of the jobs.
async fn first_part(
    app: &App,
    operator: &Operator,
    at: &SearchAt,
    query: JobQuery,
    place: &QueueSet,
) -> Result<(FoundRows, ProgressView), PageError> {
    let from = at.cursor()?;
    let services = &app.services;
    let mut search = services
        .begin_search(operator, query.clone(), place, from.as_ref(), PART)
        .await?;
    let (mut found, mut last) = (Vec::new(), None);
    while let Some(step) = search.next().await {
        found.extend(step.found.iter().cloned());
        last = Some(step);
    }
    drop(search);
    let last = last.ok_or_else(|| PageError::broken(&"a search told nothing"))?;
    let rows = services.found_rows(&found).await?;
    let progress = ProgressView::new(app, at, &last, "/search");
    let select = selection(app, operator, place, &query).is_some();
    Ok((FoundRows::new(app, &rows, select), progress))
}

/// The operations on all jobs of one queue that match.
fn many(
    app: &App,
    operator: &Operator,
    place: &QueueSet,
    query: &JobQuery,
) -> Vec<(String, String)> {
    let QueueSet::Queue(queue) = place else {
        return Vec::new();
    };
    let text = query.text();
    let of_state = |state: JobState| {
        let (links, text) = (app.links(), text.clone());
        offered(operator, queue, state).into_iter().map(move |one| {
            let address = [
                ("queue", queue.name()),
                ("prefix", links.prefix(queue.prefix())),
                ("state", state.name()),
                ("operation", one.id),
                ("query", text.as_str()),
            ];
            let words = format!("{} all {state} jobs that match", one.label);
            (words, links.to("/queue/operate", &address))
        })
    };
    let states = query.states();
    let repair = repair_href(app, operator, queue, &[("query", text.as_str())]);
    let repair = (!repair.is_empty()).then(|| ("Repair all that match".to_owned(), repair));
    // A query that names no state would offer every operation for every state.
    match states.len() <= 2 {
        true => states
            .into_iter()
            .flat_map(of_state)
            .chain(repair)
            .collect(),
        false => of_state(JobState::Failed).chain(repair).collect(),
    }
}
