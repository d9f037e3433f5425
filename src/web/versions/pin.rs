//! The buttons that pin and unpin the current version of a family.

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::{Form, QueueAt};
use crate::web::request::session::SignedInUser;

/// The version to pin or unpin, and the reason.
#[derive(Debug, Deserialize)]
pub(crate) struct PinAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn pin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<PinAt>,
) -> Result<Redirect, PageError> {
    set(&app, &operator, &at, true).await
}

pub(crate) async fn unpin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<PinAt>,
) -> Result<Redirect, PageError> {
    set(&app, &operator, &at, false).await
}

async fn set(
    app: &App,
    operator: &Operator,
    at: &PinAt,
    pinned: bool,
) -> Result<Redirect, PageError> {
    let queue = QueueAt::named(&at.queue, &at.prefix).queue(app)?;
    app.services
        .pin(operator, &queue, pinned, &at.reason)
        .await?;
    let family = app.services.rules().pattern.split(queue.name()).family;
    Ok(Redirect::to(&app.links().family(
        queue.prefix(),
        &family,
        "/family",
    )))
}
