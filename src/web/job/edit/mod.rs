//! Editing a job's data in the browser: the editor, the review of a change, a conflict.
//!
//! Whatever keeps an edit from being saved, the answer is a page that still holds the person's text.

pub(crate) mod answer;
pub(crate) mod form;
pub(crate) mod page;
pub(crate) mod review;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::service::blocking::run_blocking;
use crate::service::edit::request::EditRequest;
use crate::service::memory_budget::BRIEFLY;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::forms::large::keeping;
use crate::web::request::session::SignedInUser;
use form::{DATA_TAKES, EditContext, SubmittedEdit};
use page::{EditPage, TooLargePage};

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        let page = TooLargePage::new(&app, &operator, &queue, &id, size, limit);
        return Ok(Page::with(StatusCode::PAYLOAD_TOO_LARGE, page).into_response());
    }
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let opened = services.open_job(&operator, &queue, &id).await?;
    let size = opened.text.len() + opened.pretty.len();
    let work = {
        let app = app.clone();
        move || {
            let editing = EditContext {
                app,
                operator: Some(operator),
                queue,
                id,
                draft: EditRequest {
                    seen: opened.revision.clone(),
                    opened: opened.text.as_str().into(),
                    text: opened.pretty.as_str().into(),
                    reason: String::new(),
                },
            };
            let problems = opened.problems.clone();
            Page::ok(EditPage::new(&editing, Some(&opened), problems)).into_response()
        }
    };
    Ok(keeping(room, run_blocking(size, work).await?))
}

/// Back from a review or a conflict to the editor, with the text as it was typed.
pub(crate) async fn reopen(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let opened = services
        .open_job(operator, &editing.queue, &editing.id)
        .await;
    let answer = match opened {
        Ok(opened) => {
            let page = EditPage::new(editing, Some(&opened), Vec::new());
            editing.drawn(Page::ok(page)).await
        }
        Err(stop) => editing.failed(&stop.into()).await,
    };
    keeping(sent.room, answer)
}

pub(crate) async fn review(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .review_edit(operator, &editing.queue, &editing.id, &editing.draft)
        .await;
    let answer = editing.answer(edited).await;
    keeping(sent.room, answer)
}

pub(crate) async fn save(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator,
        editing,
        then_retry,
        ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .save_edit(
            operator,
            &editing.queue,
            &editing.id,
            &editing.draft,
            *then_retry,
        )
        .await;
    let answer = editing.answer(edited).await;
    keeping(sent.room, answer)
}
