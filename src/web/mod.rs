//! HTTP: the route table, and one file a page with its handlers and the page structs they return.
//!
//! A handler takes what it needs out of the request, calls one service, and returns one page. What keeps it from that
//! is a [`html::error::PageError`], which becomes a page in one place.

pub mod accounts;
mod audit;
pub mod html;
mod job;
mod live;
mod overview;
mod queue;
pub mod request;
mod runs;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::domain::edit::patch::apply::LONGEST_PATCH;
use crate::service::Services;
use crate::store::records::sessions::Sessions;
use html::links::Links;
pub use html::shared_part::SharedParts;
pub use live::{Live, keep_rights};
pub use request::forms::turns::FormTurns;
pub use request::security::UntrustedProxy;

/// What every handler may use.
#[derive(Debug, Clone)]
pub struct App(Arc<AppParts>);

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct AppParts {
    /// The use cases.
    pub services: Arc<Services>,
    /// The path everything is under: empty, or `/bullkeeper`.
    pub base_path: String,
    /// The environment's name, shown on every page; may be empty.
    pub environment: String,
    /// The colour of its badge.
    pub environment_color: &'static str,
    /// Proxies whose forwarded headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// A session unused for this long has ended.
    pub session_idle: Duration,
    /// Whether the session's cookie is for HTTPS alone.
    pub secure_cookies: bool,
    /// Whether it was said that a proxy seems to be in front that is not trusted.
    pub untrusted_proxy: UntrustedProxy,
    /// Turns for large forms.
    pub form_turns: FormTurns,
    /// Pages that move by themselves.
    pub live: Live,
    /// Large parts of pages, drawn once for all.
    pub drawings: SharedParts,
}

impl std::ops::Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl App {
    /// Shares the parts.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Addresses of pages, under the base path.
    fn links(&self) -> Links<'_> {
        Links::new(&self.base_path, self.services.store().prefixes())
    }
}

/// A form carries the text, and the text it was opened with, each up to three times its size once it is encoded.
const FORM_OVERHEAD: usize = 8;

/// What a form carries beside job data; the most that any other form may be.
const SMALL_FORM: usize = 64 * 1024;

/// The largest form of an edit, in bytes.
fn largest_form(app: &App) -> usize {
    usize::try_from(app.services.rules().max_data_bytes)
        .unwrap_or(usize::MAX)
        .saturating_mul(FORM_OVERHEAD)
        .saturating_add(SMALL_FORM)
}

/// The whole application as a service.
pub fn router(app: App) -> Router {
    let base = app.base_path.clone();
    // One stack, the outermost first: on a router each layer is boxed by itself, which a request pays for.
    let around_pages = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), request::security::around))
        .layer(request::security::csrf())
        .layer(request::security::sessions(&app))
        .layer(CatchPanicLayer::custom(html::error::panicked))
        .layer(DefaultBodyLimit::max(SMALL_FORM));
    let pages = pages(&base, largest_form(&app)).layer(around_pages);
    // Health and assets need no session, and must answer while Redis is away.
    let mut all = pages
        .route(&format!("{base}/healthz"), get(request::health::live))
        .route(&format!("{base}/readyz"), get(request::health::ready))
        .route(
            &format!("{base}/static/{{*file}}"),
            get(html::assets::asset),
        );
    if !base.is_empty() {
        all = all.route(&base, get(request::health::to_root));
    }
    let around_all = ServiceBuilder::new()
        .layer(from_fn_with_state(
            app.clone(),
            request::security::log_request,
        ))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(PropagateRequestIdLayer::x_request_id())
        // A page is compressed for one reader alone: the fastest level costs a third, for a fifth more bytes.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    all.with_state(app).layer(around_all)
}

/// The route table, under the base path.
fn pages(base: &str, largest_form: usize) -> Router<App> {
    let large = DefaultBodyLimit::max(largest_form);
    // A patch takes up to three times its size once it is encoded.
    let patched = DefaultBodyLimit::max(3 * LONGEST_PATCH + SMALL_FORM);
    let table = [
        ("/", get(overview::page)),
        ("/overview/figures", get(overview::figures)),
        ("/events/overview", get(live::overview)),
        ("/events/queue", get(live::queue)),
        ("/events/family", get(live::family)),
        ("/events/job", get(live::job)),
        ("/family", get(versions::family::page)),
        ("/family/figures", get(versions::family::figures)),
        ("/queue", get(queue::page)),
        ("/queue/figures", get(queue::figures::figures)),
        ("/job", get(job::page)),
        ("/job/text", get(job::text)),
        ("/job/raw", get(job::raw)),
        ("/job/log", get(job::log)),
        ("/job/log/line", get(job::log_line)),
        (
            "/job/edit",
            get(job::edit::open).post(job::edit::reopen).layer(large),
        ),
        ("/job/review", post(job::edit::review).layer(large)),
        ("/job/save", post(job::edit::save).layer(large)),
        ("/job/retry", post(job::operate::retry)),
        ("/family/pin", post(versions::pin::pin)),
        ("/family/unpin", post(versions::pin::unpin)),
        (
            "/family/move",
            get(versions::move_jobs::form)
                .post(versions::move_jobs::begin)
                .layer(patched),
        ),
        (
            "/family/move/form",
            post(versions::move_jobs::reopen).layer(patched),
        ),
        (
            "/family/move/review",
            post(versions::move_jobs::review).layer(patched),
        ),
        ("/run", get(runs::page)),
        ("/run/figures", get(runs::figures)),
        ("/run/stop", post(runs::stop)),
        ("/run/go-on", post(runs::go_on)),
        ("/runs", get(runs::list)),
        (
            "/family/retire",
            get(versions::retire::page).post(versions::retire::retire),
        ),
        ("/family/compare", get(versions::compare::page)),
        (
            "/family/compare/diff",
            get(versions::compare::result_diff::diff),
        ),
        ("/family/compare/export", get(versions::compare::export)),
        ("/audit", get(audit::page)),
        ("/audit/entry", get(audit::entry::entry)),
        ("/audit/before", get(audit::entry::before)),
        ("/audit/export", get(audit::export::export)),
        (
            "/sign-in",
            get(accounts::sign_in::form).post(accounts::sign_in::sign_in),
        ),
        ("/sign-out", post(accounts::sign_in::sign_out)),
        (
            "/account",
            get(accounts::own_account::page).post(accounts::own_account::change_password),
        ),
        (
            "/set-up",
            get(accounts::first_admin::page).post(accounts::first_admin::set_up),
        ),
    ];
    table
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(&format!("{base}{path}"), methods)
        })
        .fallback(html::error::no_such_page)
        .method_not_allowed_fallback(html::error::no_such_method)
}
