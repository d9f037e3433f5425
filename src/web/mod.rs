//! HTTP: the table of routes, and one file for each page with its handlers and page structs.
//!
//! A handler reads the request, calls one service, and returns one page. What keeps it from that is a `PageError`
//! (`html::error`), which becomes a page in one place.

pub(crate) mod accounts;
mod alerts;
pub(crate) mod app;
mod audit;
pub(crate) mod failures;
mod find;
pub(crate) mod history;
pub(crate) mod html;
mod job;
mod live;
mod metrics;
mod overview;
mod proposals;
mod queue;
mod repair;
pub(crate) mod request;
pub mod routes;
mod runs;
mod schedulers;
mod schemas;
mod search;
mod server;
mod undo;
mod undo_run;
pub(crate) mod upcoming;
pub(crate) mod versions;
pub(crate) mod wall;
mod workers;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use app::{App, SMALL_FORM, largest_form};
pub(crate) use html::shared_part::SharedParts;
pub(crate) use live::keep_rights;
pub(crate) use live::shared::Live;
pub(crate) use metrics::access::Metrics;
pub(crate) use request::forms::turns::FormTurns;
pub(crate) use request::untrusted_proxy::UntrustedProxy;
pub(crate) use wall::access::WallAccess;

/// Only the metrics, for an address of their own.
pub(crate) fn metrics_router(app: App) -> Router {
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(
            app.clone(),
            request::security::log_request,
        ))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    Router::new()
        .route("/metrics", get(metrics::on_own_address))
        .fallback(metrics::nothing_else)
        .with_state(app)
        .layer(around)
}

/// The whole application, as a service.
pub(crate) fn router(app: App) -> Router {
    let base = app.base_path.clone();
    // One stack, the outermost layer first: a router boxes each layer separately, which costs every request time.
    let around_pages = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), request::security::around))
        .layer(request::security::csrf())
        .layer(request::security::sessions(&app))
        .layer(CatchPanicLayer::custom(html::error::panicked))
        .layer(DefaultBodyLimit::max(SMALL_FORM));
    let pages = routes::page_router(&base, largest_form(&app)).layer(around_pages);
    // Health checks and assets need no session, and must work while Redis is unreachable.
    let mut all = routes::add_without_session(pages, &base);
    if !base.is_empty() {
        all = all.route(&base, get(request::health::to_root));
    }
    let around_all = ServiceBuilder::new()
        .layer(from_fn_with_state(
            app.clone(),
            request::security::log_request,
        ))
        // A page is compressed for a single viewer: the fastest level costs a third of the time, for a fifth more bytes.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    all.with_state(app).layer(around_all)
}
