//! Sessions: what they hold, and whose they are now.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::unix_millis;
use crate::domain::access::{FreshPassword, Operator, Origin};
use crate::service::Services;
use crate::service::error::ServiceError;
pub(crate) use crate::store::records::sessions::{Sessions, store_error};
use crate::store::records::users::User;

/// The data of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionData {
    /// Who signed in.
    pub user: String,
    /// The user's stamp at the sign-in. A different stamp now means that the user was changed, which ends the session.
    pub stamp: String,
    /// When the session began, in Unix milliseconds.
    pub since: u64,
    /// When the session was last used, in Unix milliseconds, to the minute.
    pub seen: u64,
    /// When the user typed their password again, in Unix milliseconds. Signing in is not typing it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<u64>,
}

impl SessionData {
    pub(crate) fn of(user: &User) -> Self {
        let now = unix_millis();
        Self {
            user: user.name.clone(),
            stamp: user.stamp.clone(),
            since: now,
            seen: now,
            confirmed_at: None,
        }
    }
}

impl Services {
    /// The operator of the session with the id `session`; `None` if the session has ended because it is too old or the user was changed, disabled
    /// or removed. The user's record is less than a second old.
    pub async fn visitor(
        &self,
        session: &str,
        visit: &SessionData,
        origin: Origin,
    ) -> Result<Option<Operator>, ServiceError> {
        let age = Duration::from_millis(unix_millis().saturating_sub(visit.since));
        if age >= self.rules.session_absolute {
            return Ok(None);
        }
        let read = self.store.user(&visit.user);
        let user = self.users.get(visit.user.clone(), read).await?;
        Ok(user
            .filter(|user| !user.disabled && user.stamp == visit.stamp)
            .map(|user| {
                let fresh = visit.confirmed_at.map(|at| self.fresh(session, at));
                self.operator(&user, origin).with_fresh_password(fresh)
            }))
    }

    /// A password that was typed again in the session with this id.
    pub(crate) fn fresh(&self, session: &str, confirmed_at: u64) -> FreshPassword {
        FreshPassword::new(&self.store.session_key(session), confirmed_at)
    }
}
