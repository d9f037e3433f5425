//! The lease of the leading process. Of all processes that share a Redis and a namespace, one leads: it alone records the
//! history and the marks, and sends alerts. If it is killed, the lease expires and another one takes over.
//!
//! A script that only the leader may run compares the token with [`OwnKeys::leader`](super::keys::OwnKeys::leader) itself:
//! a process that was suspended may believe that it still leads.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::millis::millis;
use crate::store::Store;
use crate::store::error::StoreError;

static LEAD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lead.lua")));
static RESIGN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("resign.lua")));

impl Store {
    /// Takes or renews the lease of the leading process for `lease`. Returns whether the process with this token leads.
    pub(crate) async fn lead(&self, token: &str, lease: Duration) -> Result<bool, StoreError> {
        let mut invocation = LEAD.prepare_invoke();
        invocation.key(self.own.leader());
        invocation.arg(token).arg(millis(lease));
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }

    /// Gives the lease back, if the process with this token holds it.
    pub(crate) async fn resign(&self, token: &str) -> Result<(), StoreError> {
        let mut invocation = RESIGN.prepare_invoke();
        invocation.key(self.own.leader()).arg(token);
        self.redis.script::<i64>(&invocation).await?;
        Ok(())
    }
}
