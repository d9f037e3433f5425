//! What every handler may use.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::html::links::Links;
use super::html::shared_part::SharedParts;
use super::live::shared::Live;
use super::request::forms::turns::FormTurns;
use super::request::untrusted_proxy::UntrustedProxy;
use crate::service::Services;
use crate::service::accounts::session::Sessions;

/// What every handler may use.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<AppParts>);

/// What an [`App`] is made of.
#[derive(Debug)]
pub(crate) struct AppParts {
    /// The use cases.
    pub services: Arc<Services>,
    /// The path everything is under: empty, or `/bullkeeper`.
    pub base_path: String,
    /// Where the Redis is that queues are looked for in, without a password.
    pub redis: String,
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
    /// Turns for checks of what is being typed.
    pub check_turns: FormTurns,
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
    pub(crate) fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Addresses of pages, under the base path.
    pub(crate) fn links(&self) -> Links<'_> {
        Links::new(&self.base_path, self.services.store().prefixes())
    }
}

/// A form carries the text, and the text it was opened with, each up to three times its size once it is encoded.
const FORM_OVERHEAD: usize = 8;

/// What a form carries beside job data; the most that any other form may be.
pub(crate) const SMALL_FORM: usize = 64 * 1024;

/// The largest form of an edit, in bytes.
pub(crate) fn largest_form(app: &App) -> usize {
    usize::try_from(app.services.rules().max_data_bytes)
        .unwrap_or(usize::MAX)
        .saturating_mul(FORM_OVERHEAD)
        .saturating_add(SMALL_FORM)
}
