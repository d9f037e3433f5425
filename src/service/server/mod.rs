//! The state of the database server, read once for all who look and kept for a moment.

pub(crate) mod readings;

use std::sync::Arc;

use super::Services;
use super::error::{ServiceError, StoreError};
use crate::clock;
use crate::domain::access::{Action, Operator, Role};
use crate::domain::server::warning::Warning;
use readings::ServerSeen;

impl Services {
    /// The state of the server, for those who may see every queue.
    pub async fn server(&self, operator: &Operator) -> Result<Arc<ServerSeen>, ServiceError> {
        self.check_may_anywhere(operator, Action::ViewServer)
            .await?;
        Ok(self.server_seen().await?)
    }

    /// The warning for the overview of an admin: the server may delete jobs. `None` also where the server does not say, and
    /// while it is unreachable.
    pub async fn eviction_warning(&self, operator: &Operator) -> Option<Warning> {
        let is_told = operator.role() == Role::Admin && operator.may_anywhere(Action::ViewServer);
        if !is_told || self.overview.now().stale.is_some() {
            return None;
        }
        let seen = self.server_seen().await.ok()?;
        let state = seen.state.as_ref()?;
        state.memory.evicting_policy()?;
        state.eviction()
    }

    /// The state of the server, for everyone who may know of it, and for what watches it.
    pub(crate) async fn server_seen(&self) -> Result<Arc<ServerSeen>, StoreError> {
        let read = async {
            let at = clock::system_time();
            let mut reading = self.store.server().await?;
            reading.pings.sort_unstable();
            Ok(Arc::new(ServerSeen {
                state: reading.state,
                pings: reading.pings,
                at,
            }))
        };
        self.readings.server.get((), read).await
    }
}
