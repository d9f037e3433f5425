//! The first admin, made through the one-time link that `serve` prints.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::sign_in::begin;
use crate::service::accounts::first_admin::FirstAdmin;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::client::Caller;

/// The form that makes the first admin.
#[derive(Template)]
#[template(path = "accounts/first_admin.html")]
pub(crate) struct SetUpPage {
    frame: Frame,
    /// The link's token, which the form sends back.
    token: String,
    name: String,
    /// The problem with the last attempt; empty if there is none.
    problem: String,
}

/// The link's token.
#[derive(Deserialize)]
pub(crate) struct TokenAt {
    #[serde(default)]
    token: String,
}

/// The fields of the form.
#[derive(Deserialize)]
pub(crate) struct SetUpForm {
    token: String,
    name: String,
    password: String,
    again: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Query(at): Query<TokenAt>,
) -> Result<Page<SetUpPage>, PageError> {
    if !app.services.is_set_up_open(&at.token) {
        return Err(expired());
    }
    Ok(Page::ok(SetUpPage {
        frame: app.frame_for_anyone(),
        token: at.token,
        name: String::new(),
        problem: String::new(),
    }))
}

pub(crate) async fn set_up(
    State(app): State<App>,
    Caller(origin): Caller,
    session: Session,
    Form(form): Form<SetUpForm>,
) -> Result<Response, PageError> {
    let wrong = |problem: String| {
        let page = SetUpPage {
            frame: app.frame_for_anyone(),
            token: form.token.clone(),
            name: form.name.clone(),
            problem,
        };
        Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    if !app.services.is_set_up_open(&form.token) {
        return Err(expired());
    }
    if form.password != form.again {
        return Ok(wrong("The password and its repetition differ.".to_owned()));
    }
    let made = app
        .services
        .set_up(&form.token, form.name.trim(), form.password.clone(), origin)
        .await?;
    match made {
        FirstAdmin::Made(visit) => {
            begin(&session, visit).await?;
            Ok(Redirect::to(&app.links().to("/", &[])).into_response())
        }
        FirstAdmin::Expired => Err(expired()),
        FirstAdmin::Bad(problem) => Ok(wrong(format!("Not taken: {problem}."))),
    }
}

fn expired() -> PageError {
    PageError::not_found(
        "This link is no longer good: it works for 15 minutes, once, and only while there is no user. Start `bullkeeper \
         serve` again for a new one, or run `bullkeeper user add`.",
    )
}
