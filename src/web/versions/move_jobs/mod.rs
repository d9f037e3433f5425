//! Moving jobs between versions in the browser: the form, the dry run, and the redirect to the run.
//!
//! Whatever keeps a move from beginning, the answer is a page that still holds what was typed.

pub(crate) mod answer;
pub(crate) mod form;
pub(crate) mod pages;
pub(crate) mod sample;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::Query;
use crate::web::request::fresh_password::PasswordAgain;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use form::{MoveContext, MoveForm, SubmittedMove};
use pages::MovePage;

/// The family in an address, and what the address chooses in advance.
#[derive(Debug, Deserialize)]
pub(crate) struct MoveAt {
    name: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

pub(crate) async fn form(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<MoveAt>,
) -> Result<Page<MovePage>, PageError> {
    let ticked = || "1".to_owned();
    let mut preparing = MoveContext {
        form: MoveForm {
            name: at.name,
            prefix: at.prefix,
            from: at.from,
            to: at.to,
            waiting: ticked(),
            prioritized: ticked(),
            delayed: ticked(),
            ..MoveForm::default()
        },
        operator: Some(operator.clone()),
        choices: Vec::new(),
        sample: None,
        app,
    };
    preparing.find_choices(&operator).await?;
    preparing.find_sample(&operator).await;
    Ok(Page::ok(MovePage::new(&preparing, None)))
}

/// Back from the dry run to the form, with everything that was typed.
pub(crate) async fn reopen(sent: SubmittedMove) -> Response {
    match sent.with_choices().await {
        Ok(mut sent) => {
            sent.preparing.find_sample(&sent.operator).await;
            Page::ok(MovePage::new(&sent.preparing, None)).into_response()
        }
        Err(refused) => refused,
    }
}

pub(crate) async fn review(sent: SubmittedMove) -> Response {
    sent.review().await
}

pub(crate) async fn begin(
    notices: Notices,
    password: PasswordAgain,
    sent: SubmittedMove,
) -> Response {
    sent.begin(&notices, &password).await
}
