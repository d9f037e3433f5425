//! HTTP: the route table, and one file a page with its handlers and the page structs they return.
//!
//! A handler takes what it needs out of the request, calls one service, and returns one page. What keeps it from that
//! is a [`error::PageError`], which becomes a page in one place.

mod account;
mod alarms;
mod assets;
mod audit;
mod audit_entry;
mod chart;
mod compare;
mod compare_diff;
mod compare_rows;
mod compare_view;
mod drain_words;
mod drawings;
mod editor;
mod editor_view;
mod error;
mod export;
mod extract;
mod family;
mod family_acts;
mod family_figures;
mod family_fits;
mod family_samples;
mod form_fields;
mod form_names;
mod form_pace;
mod form_turns;
mod health;
mod job_standing;
mod job_text;
mod job_view;
mod jobs;
mod large;
mod lifecycle_view;
mod links;
mod live;
mod moving;
mod moving_view;
mod overview;
mod overview_row;
mod overview_view;
mod page;
mod pin;
mod queue_figures;
mod queues;
mod retire;
mod retry;
mod review_view;
mod routes;
mod runs;
mod security;
mod set_up;
mod sign_in;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::service::Services;
use crate::store::sessions::Sessions;
pub use drawings::Drawings;
pub use form_turns::FormTurns;
use links::Links;
pub use live::{Live, keep_rights};
use routes::SMALL_FORM;
pub use routes::routes;
pub use security::UntrustedProxy;

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
    pub drawings: Drawings,
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
        .layer(from_fn_with_state(app.clone(), security::around))
        .layer(security::csrf())
        .layer(security::sessions(&app))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(DefaultBodyLimit::max(SMALL_FORM));
    let pages = routes::page_router(&base, largest_form(&app)).layer(around_pages);
    // Health and assets need no session, and must answer while Redis is away.
    let mut all = routes::add_without_session(pages, &base);
    if !base.is_empty() {
        all = all.route(&base, get(health::to_root));
    }
    let around_all = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), security::log_request))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(PropagateRequestIdLayer::x_request_id())
        // A page is compressed for one reader alone: the fastest level costs a third, for a fifth more bytes.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    all.with_state(app).layer(around_all)
}
