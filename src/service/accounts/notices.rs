//! One-time notices of a session: left after something was done, and taken by the page that follows. They are a courtesy:
//! where Redis does not take or give one, the page does without.

use serde::{Deserialize, Serialize};

use crate::clock::unix_millis;
use crate::service::Services;
use crate::store::records::notices::NOTICES_KEPT_FOR;

/// What was just done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The name of what was done: `saved`, `job.retry`, `pin`.
    pub what: String,
    /// What it was done to, where the page's address does not say so; otherwise empty.
    pub about: String,
}

/// A notice as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Notice {
    /// When it was left, Unix milliseconds.
    at: u64,
    #[serde(flatten)]
    done: Done,
}

impl Services {
    /// Leaves a notice of a session for a page. Nothing is done with `--read-only`, so there is nothing to leave.
    pub async fn leave_notice(&self, session: &str, page: &str, done: Done) {
        if self.rules.read_only {
            return;
        }
        let at = unix_millis();
        let Ok(notice) = serde_json::to_string(&Notice { at, done }) else {
            return;
        };
        if let Err(error) = self.store.leave_notice(session, page, &notice).await {
            tracing::warn!(%error, "a notice can't be kept");
        }
    }

    /// Takes the notice of a session for a page; `None` if there is none, or it is old.
    pub async fn take_notice(&self, session: &str, page: &str) -> Option<Done> {
        if self.rules.read_only {
            return None;
        }
        let taken = self.store.take_notice(session, page).await;
        let taken = taken.unwrap_or_else(|error| {
            tracing::debug!(%error, "the notices of a session can't be read");
            None
        });
        let notice: Notice = serde_json::from_str(&taken?).ok()?;
        let age = unix_millis().saturating_sub(notice.at);
        (u128::from(age) < NOTICES_KEPT_FOR.as_millis()).then_some(notice.done)
    }
}
