//! Draws an error as a page or a fragment.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tower_http::csrf::ProtectionError;

use super::error::PageError;
use super::frame::Frame;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::request::address::QueueAt;
use crate::web::request::client::{is_fragment, request_id};
use crate::web::request::session::{Recognised, SignedInUser};

#[derive(Template)]
#[template(path = "layout/error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    title: &'static str,
    text: String,
    advice: &'static str,
    /// The name and address of the queue that it is about, where there is one that this person may see.
    queue: Option<(String, String)>,
    request: String,
}

#[derive(Template)]
#[template(path = "layout/_error.html")]
struct ErrorFragment {
    title: &'static str,
    text: String,
    advice: &'static str,
}

/// What an error's page needs to know of the request.
pub(crate) struct ErrorRequest {
    /// Whether the request asks for a part of a page.
    fragment: bool,
    /// The request's id.
    pub(crate) id: String,
    /// The address that was asked for.
    uri: Uri,
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
            uri: request.uri().clone(),
            recognised,
        }
    }
}

impl ErrorRequest {
    /// The name and address of the queue that `error` is about, or that the address names: only one that is there, and that
    /// whoever asked may see.
    fn queue_of(&self, app: &App, error: &PageError) -> Option<(String, String)> {
        let named = || {
            let at = axum::extract::Query::<QueueAt>::try_from_uri(&self.uri).ok()?;
            at.0.queue(app).ok()
        };
        let queue: QueueId = error.queue.as_deref().cloned().or_else(named)?;
        let operator = self.recognised.operator()?;
        let is_there = app.services.overview().now().queue(&queue).is_some();
        (is_there && operator.scope().holds(&queue))
            .then(|| (queue.name().to_owned(), app.links().queue(&queue, &[])))
    }
}

/// No route has this path. Who is signed in is asked for, so that the page keeps their navigation.
pub(crate) async fn no_such_page(_: Result<SignedInUser, PageError>) -> PageError {
    PageError::not_found("There is no page at this address.")
}

/// The route takes other methods.
pub(crate) async fn no_such_method(_: Result<SignedInUser, PageError>) -> PageError {
    PageError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address takes another method",
        "A page was asked for the way a form is sent, or the other way round.",
        "Go back and follow the page's own links and buttons.",
    )
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
            queue: asked.queue_of(app, &error),
            request: asked.id.clone(),
        }
        .render()
    };
    let html = html.unwrap_or_else(|_| error.title.to_owned());
    let mut response = (error.status, Html(html)).into_response();
    error.add_headers(&mut response);
    response
}

/// The error to draw: a [`PageError`], or one that the framework answered in plain text.
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

/// Redirects a page to sign in. A fragment tells htmx to do so, which then leaves the page.
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
