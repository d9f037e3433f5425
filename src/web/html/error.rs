//! The one place where what keeps a request from being answered becomes a page or a fragment.
//!
//! Use [`PageError`] for everything that ends a handler early. It travels as an extension of a bare response, and
//! [`drawn`] draws it with the frame that only the application knows. Causes are logged here, once.

use std::any::Any;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tower_http::csrf::ProtectionError;

use super::frame::Frame;
use crate::domain::access::Denied;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::web::app::App;
use crate::web::request::extract::{Recognised, is_fragment, request_id};

/// The title of an answer to be asked for again soon.
const BUSY: &str = "Too busy";

/// After how many seconds.
const AGAIN_IN: u64 = 5;

/// What to tell a person whose request was not answered.
#[derive(Debug, Clone)]
pub(crate) struct PageError {
    status: StatusCode,
    /// What happened.
    title: &'static str,
    /// What exactly.
    text: String,
    /// What to do next.
    advice: &'static str,
    /// Set where signing in is what to do next: the address to come back to.
    sign_in: Option<String>,
    /// Set where waiting is: for so many seconds.
    wait: Option<u64>,
}

impl PageError {
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "This request can't be answered",
            text,
            "Go back and correct it; nothing was changed.",
        )
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not here",
            text,
            "It may have been removed since the page that linked to it was drawn, or be one that you may not see.",
        )
    }

    /// The job is not as the request takes it to be.
    pub(crate) fn conflict(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "The job has moved on",
            text,
            "Nothing was changed. Look at the job as it is now.",
        )
    }

    /// Something else is under way that it would get in the way of.
    pub(crate) fn taken(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Another run is under way",
            text,
            "Nothing was changed. The page of runs has it.",
        )
    }

    /// Whether something was done is not known.
    pub(crate) fn unknown() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Redis did not answer in time",
            "Whether this was done is not known.",
            "Look at the job and the audit log before you repeat it.",
        )
    }

    /// Whoever asks has to sign in first, and comes back to `next`.
    pub(crate) fn sign_in(next: String) -> Self {
        let mut error = Self::new(
            StatusCode::UNAUTHORIZED,
            "Your session has ended",
            "Sign in to go on.",
            "",
        );
        error.sign_in = Some(next);
        error
    }

    /// There is no room for it now.
    pub(crate) fn busy(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            BUSY,
            text,
            "The page is refreshed now and then instead.",
        )
        .again_in(AGAIN_IN)
    }

    /// A form did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "The form came too slowly",
            "Bullkeeper stopped waiting for the rest of it.",
            "Nothing was changed. Go back: your browser still has your text. Send it again over a faster connection.",
        )
    }

    /// Too many large forms are on their way.
    pub(crate) fn no_turn() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many large forms",
            "Other large forms are being received just now, and each person can send one at a time.",
            "Nothing was changed. Go back: your browser still has your text. Send it again in a moment.",
        )
    }

    /// Too much of what this person asked for was refused.
    fn too_many_refusals(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many refused requests",
            format!("Too many of your requests were refused. Try again in {seconds} s."),
            "Nothing was changed. The audit log counts the attempts.",
        )
        .again_in(seconds)
    }

    /// Something of ours is broken.
    pub(crate) fn broken(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a page could not be made");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something is broken in Bullkeeper",
            "The page could not be made.",
            "The log has the cause, under the id of this request. Nothing was changed.",
        )
    }

    fn new(
        status: StatusCode,
        title: &'static str,
        text: impl Into<String>,
        advice: &'static str,
    ) -> Self {
        Self {
            status,
            title,
            text: text.into(),
            advice,
            sign_in: None,
            wait: None,
        }
    }

    /// The same, worth asking for again after so many seconds.
    fn again_in(self, seconds: u64) -> Self {
        Self {
            wait: Some(seconds),
            ..self
        }
    }

    /// Adds the headers that go with it.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        if let Some(seconds) = self.wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened and what exactly, for a page that keeps a person's text.
    pub(crate) fn told(&self) -> (&'static str, String) {
        let advice = match self.sign_in {
            Some(_) => {
                "Do that in another tab, then send this form again: your text is still here."
            }
            None => self.advice,
        };
        (self.title, format!("{} {advice}", self.text))
    }
}

impl From<ServiceError> for PageError {
    fn from(stop: ServiceError) -> Self {
        match stop {
            ServiceError::Denied(denied) => Self::new(
                StatusCode::FORBIDDEN,
                match denied {
                    Denied::ReadOnly => "Nothing can be changed here",
                    Denied::Role { .. } | Denied::Hidden => "You may not do this",
                },
                sentence(&denied.to_string()),
                "Nothing was changed, and the audit log says that it was tried. Someone with that role can do it for you.",
            ),
            ServiceError::TooManyRefusals(wait) => Self::too_many_refusals(wait),
            ServiceError::NotFound(what) => Self::not_found(format!("There is no {what}.")),
            ServiceError::Bad(text) => Self::bad(text),
            ServiceError::Store(error) => Self::from(error),
            ServiceError::Busy(text) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                BUSY,
                text,
                "Nothing was changed. Try again in a few seconds.",
            )
            .again_in(AGAIN_IN),
            ServiceError::TooLarge { size, limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too large",
                format!(
                    "It has {size} bytes, and at most {limit} are edited or shown here (the setting max_data_bytes)."
                ),
                "The job's page has a link to it as it is stored.",
            ),
            ServiceError::Hash(error) => Self::broken(&error),
            ServiceError::Broken(cause) => Self::broken(&cause),
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        let (title, advice) = match &error {
            StoreError::Away(_) => (
                "Redis does not answer",
                "Try again in a moment: Bullkeeper reconnects by itself. If this was a change, look at the job and the \
                 audit log before you repeat it.",
            ),
            StoreError::Refused(_) => (
                "Redis refused",
                "Nothing was changed. Bullkeeper's log has the details under this request's id.",
            ),
            StoreError::Unexpected(_) => (
                "Redis holds something unexpected",
                "Nothing was changed. Bullkeeper's log has the details under this request's id. A key of Bullkeeper's own \
                 may have been overwritten.",
            ),
        };
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            title,
            sentence(error.plain()),
            advice,
        )
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        (self.status, Extension(self)).into_response()
    }
}

/// A handler panicked: the request is lost, the process goes on.
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    PageError::broken(&cause).into_response()
}

/// No route has this path.
pub(crate) async fn no_such_page() -> PageError {
    PageError::not_found("There is no page at this address.")
}

/// The route takes other methods.
pub(crate) async fn no_such_method() -> PageError {
    PageError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address takes another method",
        "A page was asked for the way a form is sent, or the other way round.",
        "Go back and follow the page's own links and buttons.",
    )
}

#[derive(Template)]
#[template(path = "layout/error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    title: &'static str,
    text: String,
    advice: &'static str,
    request: String,
}

#[derive(Template)]
#[template(path = "layout/_error.html")]
struct ErrorFragment {
    title: &'static str,
    text: String,
    advice: &'static str,
}

/// What an error's page has to know of the request.
pub(crate) struct ErrorRequest {
    /// Whether a part of a page was asked for.
    fragment: bool,
    /// The request's id.
    pub(crate) id: String,
    /// Who asked, once that is known.
    recognised: Recognised,
}

impl ErrorRequest {
    pub(crate) fn of(request: &mut Request) -> Self {
        let recognised = Recognised::default();
        request.extensions_mut().insert(recognised.clone());
        Self {
            fragment: is_fragment(request.headers()),
            id: request_id(request.headers()),
            recognised,
        }
    }
}

/// Draws an answer that is an error and has no page of its own.
pub(crate) fn drawn(app: &App, asked: &ErrorRequest, response: Response) -> Response {
    let Some(error) = undrawn(&response) else {
        return response;
    };
    if let Some(back) = &error.sign_in {
        return to_sign_in(app, back, asked.fragment);
    }
    let html = if asked.fragment {
        let (title, text, advice) = (error.title, error.text.clone(), error.advice);
        ErrorFragment {
            title,
            text,
            advice,
        }
        .render()
    } else {
        ErrorPage {
            frame: match asked.recognised.operator() {
                Some(operator) => app.frame(operator, ""),
                None => app.frame_for_anyone(),
            },
            status: error.status.as_u16(),
            title: error.title,
            text: error.text.clone(),
            advice: error.advice,
            request: asked.id.clone(),
        }
        .render()
    };
    let html = html.unwrap_or_else(|_| error.title.to_owned());
    let mut response = (error.status, Html(html)).into_response();
    error.add_headers(&mut response);
    response
}

/// The error to draw: ours, or one that the framework answered in plain text.
fn undrawn(response: &Response) -> Option<PageError> {
    if let Some(error) = response.extensions().get::<PageError>() {
        return Some(error.clone());
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        return Some(PageError::new(
            StatusCode::FORBIDDEN,
            "This form came from another site",
            "The browser says that this request was sent by a page that is not Bullkeeper's, so it was not carried out.",
            "Open Bullkeeper itself and send the form from there. Behind a proxy, let it pass Host and Origin on unchanged.",
        ));
    }
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if !is_html(response) => Some(PageError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            "The form is larger than Bullkeeper takes (the setting max_data_bytes, and as much again for its encoding).",
            "Go back: your browser still has your text. Nothing was changed.",
        )),
        StatusCode::BAD_REQUEST
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
            if !is_html(response) =>
        {
            Some(PageError::bad(
                "It was not sent as this page's own form sends it.",
            ))
        }
        StatusCode::INTERNAL_SERVER_ERROR if !is_html(response) => Some(PageError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Sessions can't be read",
            "Redis, which keeps the sessions, does not answer or refuses.",
            "Try again in a moment: Bullkeeper reconnects by itself.",
        )),
        _ => None,
    }
}

fn is_html(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A page is sent to sign in; a fragment says so to htmx, which then leaves the page.
fn to_sign_in(app: &App, back: &str, fragment: bool) -> Response {
    let address = app.links().to("/sign-in", &[("next", back)]);
    if !fragment {
        return Redirect::to(&address).into_response();
    }
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    if let Ok(address) = HeaderValue::from_str(&address) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("hx-redirect"), address);
    }
    response
}

/// A text of ours as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        chars.as_str().trim_end_matches('.')
    )
}
