//! The answer to a form that starts a run: the run's page, or that of its proposal.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::to_run;
use crate::domain::run::RunId;
use crate::service::runs::start::RunStarted;
use crate::web::app::App;
use crate::web::html::error::sentence;
use crate::web::proposals::{ASKED_RUN, proposal_href};
use crate::web::request::fresh_password::PasswordProblem;
use crate::web::request::notices::Notices;

/// Why no run was started; the form comes again.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// This run has one of its queues.
    Busy(RunId),
    /// The password has to be typed.
    Password(PasswordProblem),
    /// In words, with the status of the answer.
    Words(StatusCode, String),
}

/// The page that follows.
pub(crate) async fn started(
    app: &App,
    notices: &Notices,
    started: RunStarted,
) -> Result<Response, NotStarted> {
    match started {
        RunStarted::Begun(id) => Ok(to_run(app, &id)),
        RunStarted::Proposed(id) => {
            let address = proposal_href(app, &id);
            notices.leave(&address, ASKED_RUN, "").await;
            Ok(Redirect::to(&address).into_response())
        }
        RunStarted::Busy(other) => Err(NotStarted::Busy(other)),
        RunStarted::NeedsPassword => Err(NotStarted::Password(PasswordProblem::missing())),
        RunStarted::NeedsReason(bad) => {
            let text = sentence(&bad.to_string());
            Err(NotStarted::Words(StatusCode::UNPROCESSABLE_ENTITY, text))
        }
        RunStarted::NoRoom(why) => Err(NotStarted::Words(StatusCode::CONFLICT, sentence(&why))),
    }
}
