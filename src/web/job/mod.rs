//! A job's page: its state, its data, its error, and its history.

pub(crate) mod edit;
pub(crate) mod failure;
pub(crate) mod flow;
mod flow_drawing;
mod jobs_below;
pub(crate) mod log;
pub(crate) mod marks;
pub(crate) mod notice;
pub(crate) mod operate;
pub(crate) mod page;
pub(crate) mod retry_flow;
pub(crate) mod status;
pub(crate) mod texts;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::frame::Page;
use super::request::address::{JobAt, Query};
use super::request::forms::large::keeping;
use super::request::notices::Notices;
use super::request::session::SignedInUser;
use crate::domain::job::{JobId, JobText, Payload};
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::BRIEFLY;
use page::{JobPageView, job_page};
use texts::{stack_traces, text_view};

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
    notices: Notices,
) -> Result<Page<JobPageView>, PageError> {
    let (queue, id) = at.job(&app)?;
    let found = match app.services.job_page(&operator, &queue, &id).await {
        // The id was pasted with spaces around it: unless such a job exists, the id without them is meant.
        Err(ServiceError::NotFound(_)) if id.as_str().trim() != id.as_str() => {
            let id = JobId::new(id.as_str().trim())
                .ok_or_else(|| PageError::bad("The id of a job is missing."))?;
            app.services.job_page(&operator, &queue, &id).await?
        }
        found => found?,
    };
    let done = notices.take().await;
    let done = done.map_or(String::new(), |done| done.what);
    Ok(Page::ok(job_page(&app, &operator, found, &done)))
}

/// Which of a job's texts, and in which form.
#[derive(Debug, Deserialize)]
pub(crate) struct TextAt {
    text: String,
}

pub(crate) async fn text(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
    Query(which): Query<TextAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let which: JobText = which.text.parse().map_err(PageError::bad)?;
    let services = &app.services;
    let size = services.text_size(&operator, &queue, &id, which).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        return Err(ServiceError::TooLarge { size, limit }.into());
    }
    let room = services.room().take(DRAWN * size, BRIEFLY).await?;
    let text = services.job_text(&operator, &queue, &id, which).await?;
    let work = {
        let app = app.clone();
        move || {
            let payload = Payload::Loaded(text);
            let view = text_view(&app, &queue, &id, which, &payload);
            let view = match which {
                JobText::StackTraces => stack_traces(view, &payload),
                _ => view,
            };
            Page::ok(view).into_response()
        }
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    Ok(keeping(room, run_blocking(size, work).await?))
}

/// Downloads the stored bytes of a text.
pub(crate) async fn raw(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
    Query(which): Query<TextAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let which: JobText = which.text.parse().map_err(PageError::bad)?;
    let services = &app.services;
    let size = services.text_size(&operator, &queue, &id, which).await?;
    let room = services.downloads().take(SENT * size, BRIEFLY).await?;
    let text = services.job_text(&operator, &queue, &id, which).await?;
    Ok(keeping(room, as_stored(text)))
}

/// How many times its size a text takes in memory when it is drawn on a page; `SENT` is the same for a download.
const DRAWN: u64 = 8;
pub(crate) const SENT: u64 = 2;

/// Which line of a log.
#[derive(Debug, Deserialize)]
pub(crate) struct LineAt {
    /// From 0.
    #[serde(default)]
    at: u64,
}

/// Downloads the bytes of one line of a log.
pub(crate) async fn log_line(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
    Query(line): Query<LineAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    // Its length is only known once it is read.
    let room = services.downloads().take(u64::MAX, BRIEFLY).await?;
    let text = services
        .job_log_line(&operator, &queue, &id, line.at)
        .await?;
    Ok(keeping(room, as_stored(text)))
}

/// The bytes unchanged, as text if they are text.
pub(crate) fn as_stored(bytes: Vec<u8>) -> Response {
    let kind = match std::str::from_utf8(&bytes) {
        Ok(_) => "text/plain; charset=utf-8",
        Err(_) => "application/octet-stream",
    };
    let mut response = bytes.into_response();
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
