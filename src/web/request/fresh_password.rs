//! The field `password` of a form whose change takes more than a session. Whatever becomes of it, the page that follows still
//! holds what else was typed.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::session::{VISIT, session_error};
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::service::accounts::fresh_password::PasswordConfirmed;
use crate::service::accounts::session::SessionData;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// A password as a form sent it; empty for none. It is never shown.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct TypedPassword(String);

impl From<String> for TypedPassword {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl TypedPassword {
    /// Whether nothing was typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword")
    }
}

/// Why a password was not accepted.
#[derive(Debug, Clone)]
pub(crate) struct PasswordProblem {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// What is said below the field.
    pub(crate) text: String,
    /// After how many seconds to try again, if the next try must wait.
    wait: Option<u64>,
}

impl PasswordProblem {
    fn wrong() -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            text: "Nothing was done: the password is wrong.".to_owned(),
            wait: None,
        }
    }

    /// The password has to be typed, and was not.
    pub(crate) fn missing() -> Self {
        Self {
            text: "Nothing was done. Enter your password.".to_owned(),
            ..Self::wrong()
        }
    }

    fn wait(seconds: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            text: format!(
                "Nothing was done: too many tries failed. Wait {seconds} s before the next one."
            ),
            wait: Some(seconds),
        }
    }

    /// Adds the headers that belong to it.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        if let Some(seconds) = self.wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// The session that keeps when its user typed their password again, as an extractor.
#[derive(Debug, Clone)]
pub(crate) struct PasswordAgain(Option<Session>);

impl FromRequestParts<App> for PasswordAgain {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Session>().cloned()))
    }
}

impl PasswordAgain {
    /// The same person, with a password that counts from now on if `typed` is right. Nothing is checked where the field is
    /// empty, or where the password that was typed before still counts: it then counts no longer than before.
    pub(crate) async fn confirm(
        &self,
        app: &App,
        operator: Operator,
        typed: TypedPassword,
    ) -> Result<Result<Operator, PasswordProblem>, PageError> {
        let TypedPassword(typed) = typed;
        if typed.is_empty() || operator.fresh_password(unix_millis()).is_some() {
            return Ok(Ok(operator));
        }
        match app.services.confirm_password(&operator, typed).await? {
            PasswordConfirmed::Yes(at) => {
                let session = self.keep(at).await?;
                let fresh = app.services.fresh(&session, at);
                Ok(Ok(operator.with_fresh_password(Some(fresh))))
            }
            PasswordConfirmed::Wrong => Ok(Err(PasswordProblem::wrong())),
            PasswordConfirmed::Wait(left) => Ok(Err(PasswordProblem::wait(left.as_secs() + 1))),
        }
    }

    /// Keeps the time in the session, and returns the session's id.
    async fn keep(&self, at: u64) -> Result<String, PageError> {
        let ended = || PageError::sign_in(String::new());
        let session = self.0.as_ref().ok_or_else(ended)?;
        let visit: Option<SessionData> = session.get(VISIT).await.map_err(session_error)?;
        let mut visit = visit.ok_or_else(ended)?;
        visit.confirmed_at = Some(at);
        session.insert(VISIT, visit).await.map_err(session_error)?;
        session.save().await.map_err(session_error)?;
        let id = session.id().ok_or_else(ended)?;
        Ok(id.to_string())
    }
}
