//! Headers, cookies, cross-site requests, and the line that each request leaves in the log.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::CsrfLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};
use tracing::{Instrument, Span};

use super::App;
use super::error::{Asked, PageError, drawn};
use super::extract::{is_from_trusted_proxy, request_id};
use super::form_pace::TooSlow;
use crate::store::sessions::Sessions;

/// Only our own files, no inline script or style, no frame.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The session layer: `__Host-` and Secure over HTTPS, HttpOnly and SameSite=Strict always.
pub(super) fn sessions(app: &App) -> SessionManagerLayer<Sessions> {
    let name = match app.secure_cookies {
        true => "__Host-bullkeeper",
        false => "bullkeeper",
    };
    let idle = time::Duration::try_from(app.session_idle).unwrap_or(time::Duration::MINUTE);
    SessionManagerLayer::new(app.sessions.clone())
        .with_name(name)
        .with_secure(app.secure_cookies)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(idle))
}

/// Refuses what another site's page sends, by Sec-Fetch-Site, or by Origin against Host.
pub(super) fn csrf() -> CsrfLayer {
    CsrfLayer::new()
}

/// Around every page: a change must say where it comes from, an answer that is an error gets its page, and every answer
/// its headers. One layer for the three, since each costs a request some microseconds.
pub(super) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let asked = Asked::of(&mut request);
    let (request, too_slow) = TooSlow::watch(request);
    let response = match says_where_from(&request) {
        true => next.run(request).instrument(within(&asked)).await,
        false => PageError::bad(
            "A change must say where it comes from: the request has neither Sec-Fetch-Site nor Origin, which every \
             browser sends.",
        )
        .into_response(),
    };
    let response = match too_slow.is_so() {
        true => PageError::too_slow().into_response(),
        false => response,
    };
    let mut response = drawn(&app, &asked, response);
    let headers = response.headers_mut();
    harden(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the log's lines are within that are written while a request is answered, so that each can be found by its id.
fn within(asked: &Asked) -> Span {
    tracing::error_span!("answering", request = asked.id)
}

/// The CSRF layer lets a request pass that has neither header, as no browser of today sends one; here it has no
/// business changing anything.
fn says_where_from(request: &Request) -> bool {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    safe || headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// The headers of every answer that a browser may interpret.
pub(super) fn harden(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        // Not no-referrer: with it browsers send `Origin: null` even to their own site (Fetch, "append a request Origin
        // header"), and over plain HTTP, where there is no Sec-Fetch-Site, no form could be told from a stranger's.
        HeaderValue::from_static("same-origin"),
    );
}

/// One line a request. The query is left out: it may name a job that the log's readers may not know of.
pub(super) async fn log_request(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    drop_foreign_id(&app, &mut request);
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let took: Duration = began.elapsed();
    let id = request_id(response.headers());
    let quiet = path.starts_with(&format!("{}/static/", app.base_path)) || path.ends_with("z");
    if quiet && status < 400 {
        tracing::debug!(%method, path, status, request = id, ms = took.as_millis(), "request");
    } else {
        tracing::info!(%method, path, status, request = id, ms = took.as_millis(), "request");
    }
    response
}

/// A request's id that comes from outside is kept from a trusted proxy alone, and only where it looks like one: it is
/// written to the log and the audit log.
fn drop_foreign_id(app: &App, request: &mut Request) {
    const NAME: &str = "x-request-id";
    let plain = |id: &HeaderValue| {
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=64).contains(&id.len()) && id.as_bytes().iter().all(allowed)
    };
    let kept = request.headers().get(NAME).is_some_and(plain)
        && is_from_trusted_proxy(request.extensions(), app);
    if !kept {
        request.headers_mut().remove(NAME);
    }
}
