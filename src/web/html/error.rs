//! Turns everything that keeps a request from being answered into a page or a fragment.
//!
//! Use [`PageError`] for everything that ends a handler early. It travels as an extension of an empty response, and
//! `error_page::drawn` draws it in the frame, which only the application knows. Causes are logged here, once.

use std::any::Any;

use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::access::Denied;
use crate::domain::queue::QueueId;
use crate::service::error::{ServiceError, StoreError};

/// The title of an error after which to try again soon.
const BUSY: &str = "Too busy";

/// After how many seconds to try again.
const AGAIN_IN: u64 = 5;

/// An error as the user sees it.
#[derive(Debug, Clone)]
pub(crate) struct PageError {
    pub(crate) status: StatusCode,
    /// What happened.
    pub(crate) title: &'static str,
    /// Details.
    pub(crate) text: String,
    /// What to do next.
    pub(crate) advice: &'static str,
    /// The address to come back to, if the user must sign in.
    pub(crate) sign_in: Option<String>,
    /// The seconds to wait, if the user must wait.
    wait: Option<u64>,
    /// The queue that it is about, whose page is offered to those who may see it.
    pub(crate) queue: Option<Box<QueueId>>,
}

impl PageError {
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Invalid request",
            text,
            "Nothing was changed. Go back and correct it.",
        )
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not found",
            text,
            "It may have been removed, or you may not have access to it.",
        )
    }

    /// The job is not in the state that the request assumes.
    pub(crate) fn conflict(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "The job’s state has changed",
            text,
            "Nothing was changed. Open the job to see its current state.",
        )
    }

    /// Something else under way is in the way.
    pub(crate) fn taken(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Another run is in progress",
            text,
            "Nothing was changed. The Runs page shows it.",
        )
    }

    /// It is not known whether something was done.
    pub(crate) fn unknown() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Redis did not respond in time",
            "It is not known whether this was done.",
            "Check the job and the audit log before you try again.",
        )
    }

    /// The user must sign in first, and then comes back to `next`.
    pub(crate) fn sign_in(next: String) -> Self {
        let mut error = Self::new(
            StatusCode::UNAUTHORIZED,
            "Your session has ended",
            "Sign in to continue.",
            "",
        );
        error.sign_in = Some(next);
        error
    }

    /// There is no room for the request now.
    pub(crate) fn busy(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            BUSY,
            text,
            "The page still refreshes every few seconds.",
        )
        .again_in(AGAIN_IN)
    }

    /// A form did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "The form arrived too slowly",
            "Bullkeeper stopped waiting for the rest.",
            "Nothing was changed. Go back: your browser still has your text. Send it again over a faster connection.",
        )
    }

    /// Too many large forms are in progress.
    pub(crate) fn no_turn() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many large forms",
            "Other large forms are being received, and each person can send one at a time.",
            "Nothing was changed. Go back: your browser still has your text. Send it again in a moment.",
        )
    }

    /// An internal error.
    pub(crate) fn broken(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a page could not be made");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "Bullkeeper could not answer this request.",
            "Bullkeeper's log has the cause under this request's id. If this was a change, check the audit log before you try again.",
        )
    }

    pub(crate) fn new(
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
            queue: None,
        }
    }

    /// The same, about a queue.
    pub(crate) fn about(self, queue: &QueueId) -> Self {
        Self {
            queue: Some(Box::new(queue.clone())),
            ..self
        }
    }

    /// Adds after how many seconds to try again.
    pub(super) fn again_in(self, seconds: u64) -> Self {
        Self {
            wait: Some(seconds),
            ..self
        }
    }

    /// Adds the headers that belong to the error.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        if let Some(seconds) = self.wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The title and the details, for a page that keeps a person's text.
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
                    Denied::ReadOnly => "Bullkeeper is read-only",
                    Denied::Role { .. } | Denied::Hidden | Denied::SomeQueues { .. } => {
                        "You don’t have permission"
                    }
                },
                sentence(&denied.to_string()),
                "Nothing was changed, and the attempt is in the audit log. Ask someone with the right role to do it.",
            ),
            ServiceError::TooManyRefusals(wait) => Self::too_many_refusals(wait),
            ServiceError::TooManyChanges { allowed, wait } => Self::too_many_changes(allowed, wait),
            ServiceError::TooManySearches(_) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many searches",
                sentence(&stop.to_string()),
                "Stop one of them or close its page, then try again.",
            )
            .again_in(AGAIN_IN),
            ServiceError::NotFound(what) => Self::not_found(format!("There is no {what}.")),
            ServiceError::Bad(text) => Self::bad(text),
            ServiceError::BadReason(bad) => Self::bad(bad.to_string()),
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
                    "It has {size} bytes. The limit for viewing and editing is {limit} bytes (setting max_data_bytes)."
                ),
                "The job's page links to the stored data.",
            ),
            ServiceError::Unkept(why) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The audit log can't keep this data",
                sentence(&why.to_string()),
                "Nothing was changed. Edit the data so that it is JSON, then try again.",
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
                "Redis is not responding",
                "Try again in a moment: Bullkeeper reconnects automatically. If this was a change, check the job and the \
                 audit log before you try again.",
            ),
            StoreError::Busy(_) => (BUSY, "Nothing was changed. Try again in a moment."),
            StoreError::Refused(_) => (
                "Redis refused the command",
                "Nothing was changed. Bullkeeper's log has the details under this request's id.",
            ),
            StoreError::Unexpected(_) => (
                "Unexpected data in Redis",
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
