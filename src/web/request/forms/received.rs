//! Receives a form that may be large: whoever may send it waits for a turn and for memory, and everybody else is refused
//! before the form is read, or without delaying those who may send one.

use axum::extract::{FromRequestParts, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::large;
use super::pace::pass_over;
use super::turns::{FormTurn, NoTurn, is_large};
use crate::domain::access::{Action, Operator};
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BudgetShare, PATIENTLY};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::fresh_password::PasswordAgain;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// How many times its size a form takes while it is worked on.
const FORM_TAKES: u64 = 3;

/// A form that was received.
pub(crate) struct Received<T> {
    /// Its fields.
    pub(crate) form: T,
    /// Who sent it, or why that is not known.
    pub(crate) sender: Result<Operator, PageError>,
    /// The memory that it takes, held until the answer is sent; or that there is none. Its text is to be given back then.
    pub(crate) room: Result<BudgetShare, ServiceError>,
    /// Where it is noted what was done.
    pub(crate) notices: Notices,
    /// Where it is kept that the sender typed their password again.
    pub(crate) password: PasswordAgain,
    /// Held until the answer is made.
    pub(crate) turn: Option<FormTurn>,
}

/// Receives a form that someone sends in order to do `action`.
pub(crate) async fn receive<T: DeserializeOwned>(
    request: Request,
    app: &App,
    action: Action,
) -> Result<Received<T>, Response> {
    let (mut parts, body) = request.into_parts();
    let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
    let sender = signed_in.map(|SignedInUser(operator)| operator);
    let Ok(notices) = Notices::from_request_parts(&mut parts, app).await;
    let Ok(password) = PasswordAgain::from_request_parts(&mut parts, app).await;
    // A user who may not do it at all must not delay those who may.
    let may_send = sender.as_ref().is_ok_and(|it| it.may_anywhere(action));
    let size = parts.headers.get(header::CONTENT_LENGTH);
    let size: Option<u64> = size.and_then(|size| size.to_str().ok()?.parse().ok());
    let turn = match is_large(size) {
        true => match take_turn(app, &sender, action).await {
            Ok(turn) => Some(turn),
            Err(error) => {
                pass_over(body).await;
                return Err(error.into_response());
            }
        },
        false => None,
    };
    let room = match may_send {
        true => {
            let bytes = size.unwrap_or(u64::MAX).saturating_mul(FORM_TAKES);
            app.services.room().take(bytes, PATIENTLY).await
        }
        false => Ok(BudgetShare::default()),
    };
    // Without room the text must still be read, to be given back: one such form at a time.
    let _refused = match &room {
        Err(_) => app.form_turns.take(None).await.ok(),
        Ok(_) => None,
    };
    let request = Request::from_parts(parts, body);
    Ok(Received {
        form: large::form(request, app).await?,
        sender,
        room,
        notices,
        password,
        turn,
    })
}

/// A turn for a large form. Only users who may do `action` get one; nothing of another's form is received.
async fn take_turn(
    app: &App,
    sender: &Result<Operator, PageError>,
    action: Action,
) -> Result<FormTurn, PageError> {
    let person = match sender {
        Ok(operator) => {
            app.services.check_may_send(operator, action).await?;
            Some(operator.name())
        }
        Err(_) => None,
    };
    let turn = app.form_turns.take(person).await;
    turn.map_err(|NoTurn| PageError::no_turn())
}
