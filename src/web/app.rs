//! The state that every handler can use.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::html::links::Links;
use super::html::shared_part::SharedParts;
use super::live::shared::Live;
use super::metrics::access::Metrics;
use super::request::forms::turns::FormTurns;
use super::request::untrusted_proxy::UntrustedProxy;
use super::wall::access::WallAccess;
use crate::service::Services;
use crate::service::accounts::session::Sessions;

/// The state that every handler can use.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<AppParts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub(crate) struct AppParts {
    /// The use cases.
    pub services: Arc<Services>,
    /// The path that everything is under: empty, or `/bullkeeper`.
    pub base_path: String,
    /// Where the Redis is that queues are looked for in, without a password.
    pub redis: String,
    /// The environment's name, shown on every page; may be empty.
    pub environment: String,
    /// The colour of its badge.
    pub environment_color: &'static str,
    /// Proxies whose X-Forwarded headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The store of the sessions.
    pub sessions: Sessions,
    /// How long a session lasts without a request.
    pub session_idle: Duration,
    /// Whether the session's cookie is only sent over HTTPS.
    pub secure_cookies: bool,
    /// Whether the log has warned about an untrusted proxy.
    pub untrusted_proxy: UntrustedProxy,
    /// Turns for large forms.
    pub form_turns: FormTurns,
    /// Turns for checks of what is being typed.
    pub check_turns: FormTurns,
    /// The live pages.
    pub live: Live,
    /// Who may see the wall without signing in.
    pub wall: WallAccess,
    /// The metrics of the last second, and who may read them.
    pub metrics: Metrics,
    /// Large parts of pages, drawn once for all viewers.
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
    pub(crate) fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Addresses of pages, under the base path.
    pub(crate) fn links(&self) -> Links<'_> {
        Links::new(&self.base_path, self.services.store().prefixes())
    }
}

/// A form holds the text and the text it was opened with, each up to three times as long once it is encoded.
const FORM_OVERHEAD: usize = 8;

/// The bytes of a form beside job data; also the largest size of any other form.
pub(crate) const SMALL_FORM: usize = 64 * 1024;

/// The largest form of an edit, in bytes.
pub(crate) fn largest_form(app: &App) -> usize {
    usize::try_from(app.services.rules().max_data_bytes)
        .unwrap_or(usize::MAX)
        .saturating_mul(FORM_OVERHEAD)
        .saturating_add(SMALL_FORM)
}
