//! HTTP: the route table, and one file a page with its handlers and the page structs they return.
//!
//! A handler takes what it needs out of the request, calls one service, and returns one page. What keeps it from that
//! is a [`html::error::PageError`], which becomes a page in one place.

pub(crate) mod accounts;
pub(crate) mod app;
mod audit;
pub(crate) mod html;
mod job;
mod live;
mod overview;
mod queue;
pub(crate) mod request;
mod runs;
pub(crate) mod versions;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::domain::edit::patch::apply::LONGEST_PATCH;
use app::{App, SMALL_FORM, largest_form};
pub(crate) use html::shared_part::SharedParts;
pub(crate) use live::keep_rights;
pub(crate) use live::shared::Live;
pub(crate) use request::forms::turns::FormTurns;
pub(crate) use request::untrusted_proxy::UntrustedProxy;

/// The whole application as a service.
pub(crate) fn router(app: App) -> Router {
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
