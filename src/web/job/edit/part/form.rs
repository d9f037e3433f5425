//! The forms of a part, and the edit that they ask for.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::edit::part::PartRequest;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::JobAt;
use crate::web::request::forms::received::receive;
use crate::web::request::forms::turns::FormTurn;
use crate::web::request::notices::Notices;

/// What the forms of a part send.
#[derive(Debug, Deserialize)]
pub(crate) struct PartForm {
    #[serde(flatten)]
    at: JobAt,
    #[serde(default)]
    pointer: String,
    revision: String,
    text: String,
    #[serde(default)]
    reason: String,
    /// `retry` for Save and retry.
    #[serde(default)]
    then: String,
}

/// An edit of a part in progress.
pub(super) struct PartContext {
    pub(super) app: App,
    pub(super) operator: Option<Operator>,
    pub(super) queue: QueueId,
    pub(super) id: JobId,
    pub(super) request: PartRequest,
    pub(super) then_retry: bool,
    pub(super) notices: Notices,
    pub(super) _turn: Option<FormTurn>,
}

/// A form of a part from a signed-in user. Whoever is not signed in is told so above their text.
pub(crate) struct SubmittedPart {
    pub(super) operator: Operator,
    pub(super) editing: PartContext,
}

impl FromRequest<App> for SubmittedPart {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let received = receive::<PartForm>(request, app, Action::EditData).await?;
        let form = received.form;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let seen = Revision::parse(&form.revision)
            .ok_or_else(|| PageError::bad("The form's revision is not a revision."))
            .map_err(IntoResponse::into_response)?;
        let mut editing = PartContext {
            app: app.clone(),
            operator: None,
            queue,
            id,
            request: PartRequest {
                seen,
                pointer: form.pointer,
                text: form.text.into(),
                reason: form.reason,
            },
            then_retry: form.then == "retry",
            notices: received.notices,
            _turn: received.turn,
        };
        match (received.sender, received.room) {
            (Ok(operator), Ok(_)) => {
                editing.operator = Some(operator.clone());
                Ok(Self { operator, editing })
            }
            (Ok(operator), Err(busy)) => {
                editing.operator = Some(operator);
                Err(editing.failed(&busy.into()))
            }
            (Err(error), _) => Err(editing.failed(&error)),
        }
    }
}
