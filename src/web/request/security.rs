//! Headers, cookies, cross-site requests, and the line that each request leaves in the log.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::CsrfLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};
use tracing::{Instrument, Span};

use super::forms::pace::TooSlow;
use crate::service::accounts::session::Sessions;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::error_page::{ErrorRequest, drawn};
use crate::web::request::client::{is_from_trusted_proxy, request_id};

/// Only our own files, no inline script or style, no frame.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The session layer: `__Host-` and Secure over HTTPS, HttpOnly and SameSite=Strict always.
pub(crate) fn sessions(app: &App) -> SessionManagerLayer<Sessions> {
    let idle = time::Duration::try_from(app.session_idle).unwrap_or(time::Duration::MINUTE);
    SessionManagerLayer::new(app.sessions.clone())
        .with_name(cookie_name(app.secure_cookies))
        .with_secure(app.secure_cookies)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(idle))
}

/// The session cookie's name. Browsers take one that begins with `__Host-` over HTTPS alone, for this host alone.
fn cookie_name(secure: bool) -> &'static str {
    match secure {
        true => "__Host-bullkeeper",
        false => "bullkeeper",
    }
}

/// Gives the removal of the session's cookie the attributes that the cookie was set with: the session layer (tower-sessions
/// 0.15) leaves them out, and without `Secure` a browser ignores a `__Host-` cookie, so it would keep the old one.
fn complete_removed_cookies(headers: &mut HeaderMap, secure: bool) {
    let name = cookie_name(secure);
    let removal = format!("{name}=;");
    let is_removal = |cookie: &HeaderValue| cookie.as_bytes().starts_with(removal.as_bytes());
    if !headers.get_all(header::SET_COOKIE).iter().any(is_removal) {
        return;
    }
    let secure = if secure { " Secure;" } else { "" };
    let complete = format!(
        "{name}=; HttpOnly; SameSite=Strict;{secure} Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
    if let Ok(complete) = HeaderValue::from_str(&complete) {
        // No page sets another cookie.
        headers.insert(header::SET_COOKIE, complete);
    }
}

/// Whether the browser speaks HTTPS: a trusted proxy says so, or the session's cookie works over HTTPS alone.
fn came_over_tls(app: &App, request: &Request) -> bool {
    let said = request.headers().get("x-forwarded-proto");
    app.secure_cookies
        || said.is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"https"))
            && is_from_trusted_proxy(request.extensions(), app)
}

/// The browser is to use HTTPS alone for a year, and no page that opened ours may reach into it. Only over HTTPS: for
/// plain HTTP browsers ignore both, and warn. Other hosts of the domain are not ours to speak for.
fn keep_to_tls(headers: &mut HeaderMap) {
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

/// Refuses what another site's page sends, by Sec-Fetch-Site, or by Origin against Host.
pub(crate) fn csrf() -> CsrfLayer {
    CsrfLayer::new()
}

/// Around every page: a change must say where it comes from, an answer that is an error gets its page, and every answer
/// its headers. One layer for the three, since each costs a request some microseconds.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let asked = ErrorRequest::of(&mut request);
    let over_tls = came_over_tls(&app, &request);
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
    let cookies = response.headers().get_all(header::SET_COOKIE);
    let cookies: Vec<HeaderValue> = cookies.iter().cloned().collect();
    let mut response = drawn(&app, &asked, response);
    let headers = response.headers_mut();
    if !headers.contains_key(header::SET_COOKIE) {
        // A page that was drawn anew keeps what became of the session.
        headers.extend(
            cookies
                .into_iter()
                .map(|cookie| (header::SET_COOKIE, cookie)),
        );
    }
    harden(headers);
    if over_tls {
        keep_to_tls(headers);
    }
    complete_removed_cookies(headers, app.secure_cookies);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the log's lines are within that are written while a request is answered, so that each can be found by its id.
fn within(asked: &ErrorRequest) -> Span {
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
pub(crate) fn harden(headers: &mut HeaderMap) {
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
pub(crate) async fn log_request(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    app.untrusted_proxy
        .warn(&app.trusted_proxies, request.headers());
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
