//! One-time notices: what was just done, kept for the session until the page that follows is drawn.
//!
//! A notice belongs to one address, so that another tab does not show it. It is shown once, and not at all where that page
//! is not opened soon.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::client::is_fragment;
use crate::service::Services;
pub(crate) use crate::service::accounts::notices::Done;
use crate::web::app::App;

/// The longest name of what a notice is about, in bytes. A longer one is not kept.
const LONGEST_ABOUT: usize = 1024;

/// The notices of whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Notices {
    services: Arc<Services>,
    /// The session's id; `None` without one.
    session: Option<String>,
    /// A digest of the page that is asked for; `None` for a part of one, which shows no notice.
    page: Option<String>,
}

impl FromRequestParts<App> for Notices {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = parts.uri.path_and_query().map(|address| address.as_str());
        let session = parts.extensions.get::<Session>().and_then(Session::id);
        Ok(Self {
            services: Arc::clone(&app.services),
            session: session.map(|id| id.to_string()),
            page: address.filter(|_| !is_fragment(&parts.headers)).map(digest),
        })
    }
}

impl Notices {
    /// Leaves a notice for the page at `address`. What was done stands, so a failure is only logged.
    pub(crate) async fn leave(&self, address: &str, what: &str, about: &str) {
        let Some(session) = &self.session else { return };
        if about.len() > LONGEST_ABOUT {
            return;
        }
        // A browser does not send what follows the `#`.
        let page = digest(address.split('#').next().unwrap_or_default());
        let done = Done {
            what: what.to_owned(),
            about: about.to_owned(),
        };
        self.services.leave_notice(session, &page, done).await;
    }

    /// Takes the notice for the page that is asked for.
    pub(crate) async fn take(&self) -> Option<Done> {
        let (session, page) = (self.session.as_ref()?, self.page.as_ref()?);
        self.services.take_notice(session, page).await
    }
}

/// A digest of an address, so that a long one takes no room.
fn digest(address: &str) -> String {
    encode_string(&Sha256::digest(address)[..16])
}
