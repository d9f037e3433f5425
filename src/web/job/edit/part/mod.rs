//! Editing a part of large data: the outline of a value with its text, the review of a changed part, and why one is not saved. Whatever
//! keeps a part from being saved, the answer still holds the person's text.

mod answer;
mod form;
mod page;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::edit::part::BadPart;
use crate::service::edit::part::PartRequest;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::job::edit::page::TooLargePage;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::forms::large::keeping;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use form::{PartContext, SubmittedPart};
pub(crate) use page::PATH;

/// Which part of the data.
#[derive(Debug, Deserialize)]
pub(crate) struct PartAt {
    #[serde(flatten)]
    at: JobAt,
    #[serde(default)]
    pointer: String,
    /// The index of the first member to show.
    #[serde(default)]
    from: String,
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<PartAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.at.job(&app)?;
    let from = match at.from.as_str() {
        "" => 0,
        from => from
            .parse()
            .map_err(|_| PageError::bad("from is not the index of a member."))?,
    };
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        let page = TooLargePage::new(&app, &operator, &queue, &id, size, limit);
        return Ok(Page::with(StatusCode::PAYLOAD_TOO_LARGE, page).into_response());
    }
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let opened = services
        .open_part(&operator, (&queue, &id), &at.pointer, from)
        .await?;
    let opened = match opened {
        Ok(opened) => opened,
        Err(BadPart::NotJson | BadPart::Hidden) => {
            let whole = app
                .links()
                .of_job("/job/edit", &queue, &id, &[("whole", "1")]);
            return Ok(Redirect::to(&whole).into_response());
        }
        Err(bad) => return Err(no_part(&bad)),
    };
    let editing = PartContext {
        request: PartRequest {
            seen: opened.revision.clone(),
            pointer: at.pointer,
            text: opened.text.clone().unwrap_or_default().into(),
            reason: String::new(),
        },
        app: app.clone(),
        operator: Some(operator),
        queue,
        id,
        then_retry: false,
        notices,
        _turn: None,
    };
    let page = editing.page(Some(&opened), Vec::new());
    Ok(keeping(room, Page::ok(page).into_response()))
}

fn no_part(bad: &BadPart) -> PageError {
    match bad {
        BadPart::Pointer(_) => PageError::bad(bad.to_string()),
        BadPart::Missing(_) => PageError::not_found(bad.to_string()),
        BadPart::Twice { .. } | BadPart::NotJson | BadPart::Hidden => PageError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not a part",
            bad.to_string(),
            "Nothing was changed.",
        ),
    }
}

/// Back from a review to the editor, with the text as it was typed.
pub(crate) async fn reopen(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    match editing.opened(operator).await {
        Ok(Ok(opened)) => Page::ok(editing.page(Some(&opened), Vec::new())).into_response(),
        Ok(Err(bad)) => editing.refused(StatusCode::CONFLICT, "Not a part", bad.to_string()),
        Err(error) => editing.failed(&error),
    }
}

pub(crate) async fn review(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    let services = &editing.app.services;
    let _room = match editing.room(operator).await {
        Ok(room) => room,
        Err(error) => return editing.failed(&error),
    };
    let job = (&editing.queue, &editing.id);
    let edited = services.review_part(operator, job, &editing.request).await;
    match edited {
        Ok(edited) => editing.answer(operator, edited).await,
        Err(stop) => editing.failed(&stop.into()),
    }
}

pub(crate) async fn save(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    let services = &editing.app.services;
    let _room = match editing.room(operator).await {
        Ok(room) => room,
        Err(error) => return editing.failed(&error),
    };
    let job = (&editing.queue, &editing.id);
    let edited = services
        .save_part(operator, job, &editing.request, editing.then_retry)
        .await;
    match edited {
        Ok(edited) => editing.answer(operator, edited).await,
        Err(stop) => editing.failed(&stop.into()),
    }
}
