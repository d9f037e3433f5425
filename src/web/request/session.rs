//! The session of a request, and the signed-in user.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use tower_sessions::Session;

use super::client::{Caller, is_fragment};
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::service::accounts::session::{SessionData, store_error};
use crate::web::app::App;
use crate::web::html::error::PageError;

/// The key under which a session keeps its [`SessionData`].
pub(crate) const VISIT: &str = "visit";

/// The header of what a page asks for by itself now and then: an open page is no use of a session.
const REFRESH: &str = "bullkeeper-refresh";

/// The shortest time between two writes of a session's use; a short idle time-out needs them more often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The signed-in user, for the layer that draws errors, so that their pages keep the navigation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recognised(Arc<OnceLock<Operator>>);

impl Recognised {
    /// Who it was, if anyone.
    pub(crate) fn operator(&self) -> Option<&Operator> {
        self.0.get()
    }
}

/// A signed-in user, as an extractor. Others are sent to the sign-in page, and back afterwards.
#[derive(Debug)]
pub(crate) struct SignedInUser(pub(crate) Operator);

impl FromRequestParts<App> for SignedInUser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Caller(origin) = Caller::from_request_parts(parts, app).await?;
        let back = || PageError::sign_in(way_back(parts));
        let session = parts
            .extensions
            .get::<Session>()
            .cloned()
            .ok_or_else(|| PageError::broken(&"no session layer"))?;
        let visit: Option<SessionData> = session.get(VISIT).await.map_err(session_error)?;
        let Some(visit) = visit else {
            return Err(back());
        };
        let id = session.id().map(|id| id.to_string()).unwrap_or_default();
        match app.services.visitor(&id, &visit, origin).await? {
            Some(operator) => {
                if !parts.headers.contains_key(REFRESH) {
                    touch(&session, visit, app.session_idle).await?;
                }
                if let Some(recognised) = parts.extensions.get::<Recognised>() {
                    // A request has one user, so setting it twice sets the same.
                    let _ = recognised.0.set(operator.clone());
                }
                Ok(Self(operator))
            }
            None => {
                if let Err(error) = session.flush().await {
                    // It has ended all the same, and is refused whenever it is used.
                    tracing::warn!(%error, "a session that has ended could not be removed");
                }
                Err(back())
            }
        }
    }
}

/// Records now and then that a session is in use, which extends its idle time-out. The session store writes it, and
/// tolerates a failure.
async fn touch(session: &Session, mut visit: SessionData, idle: Duration) -> Result<(), PageError> {
    let now = unix_millis();
    let unseen = Duration::from_millis(now.saturating_sub(visit.seen));
    if unseen >= TOUCH_EVERY.min(idle / 4) {
        visit.seen = now;
        session.insert(VISIT, visit).await.map_err(session_error)?;
    }
    Ok(())
}

/// Turns a session store's error into a page, whose text is Redis's error in plain words.
pub(crate) fn session_error(error: tower_sessions::session::Error) -> PageError {
    PageError::from(store_error(error))
}

/// The address to come back to after signing in: this page's; for a part of a page, that page's; for a form, the overview.
fn way_back(parts: &Parts) -> String {
    let uri = if is_fragment(&parts.headers) {
        let page = parts.headers.get("hx-current-url");
        page.and_then(|page| Uri::try_from(page.as_bytes()).ok())
    } else if parts.method == axum::http::Method::GET {
        let original = parts.extensions.get::<axum::extract::OriginalUri>();
        Some(original.map_or(&parts.uri, |uri| &uri.0).clone())
    } else {
        None
    };
    uri.and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .unwrap_or_default()
}
