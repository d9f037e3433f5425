//! One-time notices: what was just done, kept with the session until the page that follows is drawn.
//!
//! A notice belongs to one address, so that another tab does not show it. It is shown once, and not at all where that page
//! is not opened soon.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base16ct::lower::encode_string;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::client::is_fragment;
use crate::clock::unix_millis;
use crate::web::app::App;

/// The key under which a session keeps its notices.
const NOTICES: &str = "notices";

/// How many notices a session keeps. The oldest one makes room.
const MOST: usize = 8;

/// How long a notice is kept, in milliseconds.
const KEPT_FOR: u64 = 2 * 60 * 1000;

/// The longest name of what a notice is about, in bytes. A longer one is not kept.
const LONGEST_ABOUT: usize = 1024;

/// What was just done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// The name of what was done: `saved`, `job.retry`, `pin`.
    pub(crate) what: String,
    /// What it was done to, where the page's address does not say so; otherwise empty.
    pub(crate) about: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Notice {
    /// A digest of the address it is for, so that a long address takes no room.
    page: String,
    /// When it was left, Unix milliseconds.
    at: u64,
    done: Done,
}

/// The notices of whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Notices {
    session: Option<Session>,
    /// The page that is asked for; `None` for a part of one, which shows no notice.
    page: Option<String>,
}

impl FromRequestParts<App> for Notices {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let address = parts.uri.path_and_query().map(|address| address.as_str());
        Ok(Self {
            session: parts.extensions.get::<Session>().cloned(),
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
        let mut kept = kept(session).await;
        kept.retain(|notice| notice.page != page);
        let excess = (kept.len() + 1).saturating_sub(MOST);
        kept.drain(..excess);
        kept.push(Notice {
            page,
            at: unix_millis(),
            done: Done {
                what: what.to_owned(),
                about: about.to_owned(),
            },
        });
        save(session, &kept).await;
    }

    /// Takes the notice for the page that is asked for.
    pub(crate) async fn take(&self) -> Option<Done> {
        let (session, page) = (self.session.as_ref()?, self.page.as_ref()?);
        let mut kept = kept(session).await;
        let at = kept.iter().position(|notice| notice.page == *page)?;
        let taken = kept.remove(at);
        save(session, &kept).await;
        Some(taken.done)
    }
}

fn digest(address: &str) -> String {
    encode_string(&Sha256::digest(address)[..16])
}

/// The notices that are still to be shown, oldest first.
async fn kept(session: &Session) -> Vec<Notice> {
    let now = unix_millis();
    match session.get::<Vec<Notice>>(NOTICES).await {
        Ok(notices) => {
            let mut notices = notices.unwrap_or_default();
            notices.retain(|notice| now.saturating_sub(notice.at) < KEPT_FOR);
            notices
        }
        Err(error) => {
            tracing::warn!(%error, "the notices of a session can't be read");
            Vec::new()
        }
    }
}

async fn save(session: &Session, notices: &[Notice]) {
    let saved = match notices {
        [] => session.remove::<Vec<Notice>>(NOTICES).await.map(|_| ()),
        some => session.insert(NOTICES, some).await,
    };
    if let Err(error) = saved {
        tracing::warn!(%error, "the notices of a session can't be saved");
    }
}
