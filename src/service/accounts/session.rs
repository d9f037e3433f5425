//! What a session holds, and whose it is now.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::unix_millis;
use crate::domain::access::{Operator, Origin};
use crate::service::Services;
use crate::service::error::ServiceError;
pub(crate) use crate::store::records::sessions::{Sessions, store_error};
use crate::store::records::users::User;

/// What a session remembers of its sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionData {
    /// Who signed in.
    pub user: String,
    /// The user's stamp then: another one now means that the user was changed, and the session has ended.
    pub stamp: String,
    /// When, in Unix milliseconds.
    pub since: u64,
    /// When it was last used, to the minute, in Unix milliseconds.
    pub seen: u64,
}

impl SessionData {
    pub(crate) fn of(user: &User) -> Self {
        let now = unix_millis();
        Self {
            user: user.name.clone(),
            stamp: user.stamp.clone(),
            since: now,
            seen: now,
        }
    }
}

impl Services {
    /// Who a session belongs to now; `None` where it has ended: too old, or the user was changed, disabled or removed.
    /// What is known of a user is less than a second old.
    pub async fn visitor(
        &self,
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
            .map(|user| self.operator(&user, origin)))
    }
}
