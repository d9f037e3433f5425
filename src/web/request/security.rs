//! Security headers, cookies, protection against cross-site requests, and the log line of each request.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestId, MakeRequestUuid};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};
use tracing::Instrument;

use super::client::{REQUEST_ID, is_from_trusted_proxy};
use super::forms::pace::TooSlow;
use crate::service::accounts::session::Sessions;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::error_page::{ErrorRequest, drawn};

/// Allows only our own files, no inline script or style, and no frame.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The session layer: `__Host-` and Secure over HTTPS; HttpOnly and SameSite=Strict always.
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

/// The session cookie's name. Browsers accept one with `__Host-` only over HTTPS and only for this host.
fn cookie_name(secure: bool) -> &'static str {
    match secure {
        true => "__Host-bullkeeper",
        false => "bullkeeper",
    }
}

/// Gives the removal of the session's cookie the attributes of the cookie. The session layer (tower-sessions 0.15) leaves
/// them out, and without `Secure` a browser ignores a `__Host-` cookie and keeps the old one.
fn complete_removed_cookies(headers: &mut HeaderMap, secure: bool) {
    let name = cookie_name(secure);
    let removal = format!("{name}=;");
    let is_removal = |cookie: &HeaderValue| cookie.as_bytes().starts_with(removal.as_bytes());
    if !headers.get_all(header::SET_COOKIE).iter().any(is_removal) {
        return;
    }
    let secure = if secure { " Secure;" } else { "" };
    let others: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|cookie| !is_removal(cookie))
        .cloned()
        .collect();
    let complete = format!(
        "{name}=; HttpOnly; SameSite=Strict;{secure} Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
    if let Ok(complete) = HeaderValue::from_str(&complete) {
        headers.insert(header::SET_COOKIE, complete);
        let others = others.into_iter();
        headers.extend(others.map(|cookie| (header::SET_COOKIE, cookie)));
    }
}

/// Whether the browser uses HTTPS: a trusted proxy says so, or the session's cookie works only over HTTPS.
fn came_over_tls(app: &App, request: &Request) -> bool {
    let said = request.headers().get("x-forwarded-proto");
    app.secure_cookies
        || said.is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"https"))
            && is_from_trusted_proxy(request.extensions(), app)
}

/// Tells the browser to use only HTTPS for a year, and isolates our pages from pages that open them. Only sent over HTTPS:
/// over plain HTTP browsers ignore both and warn. Subdomains are left alone: they are not ours.
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

/// Refuses what another site's page sends, by Sec-Fetch-Site, or by comparing Origin with Host.
pub(crate) fn csrf() -> CsrfLayer {
    CsrfLayer::new()
}

/// Wraps every page: a change must say where it comes from, an error gets its page, and every answer its headers. One layer
/// does all three, since each layer costs a request some microseconds.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let asked = ErrorRequest::of(&mut request);
    let over_tls = came_over_tls(&app, &request);
    let (request, too_slow) = TooSlow::watch(request);
    let response = match says_where_from(&request) {
        true => next.run(request).await,
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
        // A page that was drawn anew keeps the changes to the session.
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

/// Whether a changing request names its origin. The CSRF layer passes a request that has neither header; no current browser
/// sends one, so it may change nothing here.
fn says_where_from(request: &Request) -> bool {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    safe || headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// Adds the headers of every answer that a browser may interpret.
pub(crate) fn harden(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // The wall has a stricter one: it has no forms.
    let referrer = headers.entry(header::REFERRER_POLICY);
    referrer.or_insert(
        // Not no-referrer: with it browsers send `Origin: null` even to their own site (Fetch, "append a request Origin
        // header"). Over plain HTTP, without Sec-Fetch-Site, a form could then not be told from a stranger's.
        HeaderValue::from_static("same-origin"),
    );
}

/// Gives each request its id, and logs one line for it. The span around the request adds the id to every line that is
/// logged while the request is answered; the answer's `x-request-id` and the request's audit entries have the same id. The
/// query is left out, since it may name a job that the log's readers may not know of.
pub(crate) async fn log_request(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let id = give_id(&app, &mut request);
    // At the level "error", so that the span exists whatever `log_level` filters out.
    let span = tracing::error_span!("request", request = id.to_str().unwrap_or_default());
    let answering = async {
        app.untrusted_proxy
            .warn(&app.trusted_proxies, request.headers());
        let mut response = next.run(request).await;
        response.headers_mut().insert(REQUEST_ID, id);
        log_answer(
            &app,
            &method,
            &path,
            response.status().as_u16(),
            began.elapsed(),
        );
        response
    };
    answering.instrument(span).await
}

/// Logs the line of one request. Successful assets, health checks and scrapes are only logged at the level "debug".
fn log_answer(app: &App, method: &Method, path: &str, status: u16, took: Duration) {
    let ms = took.as_millis();
    let quiet = path.starts_with(&format!("{}/static/", app.base_path))
        || path.ends_with("z")
        || path.ends_with("/metrics");
    if quiet && status < 400 {
        tracing::debug!(%method, path, status, ms, "request");
    } else {
        tracing::info!(%method, path, status, ms, "request");
    }
}

/// Sets the request's id in its headers. An id from outside is kept only from a trusted proxy, and only if it is short and
/// plain, since it is written to the log and the audit log.
fn give_id(app: &App, request: &mut Request) -> HeaderValue {
    let plain = |id: &HeaderValue| {
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=64).contains(&id.len()) && id.as_bytes().iter().all(allowed)
    };
    let given = request.headers().get(REQUEST_ID).filter(|id| plain(id));
    let id = match given {
        Some(id) if is_from_trusted_proxy(request.extensions(), app) => id.clone(),
        _ => match MakeRequestUuid.make_request_id(request) {
            Some(id) => id.into_header_value(),
            None => HeaderValue::from_static("none"),
        },
    };
    // Replaces all ids that came with the request.
    request.headers_mut().insert(REQUEST_ID, id.clone());
    id
}
