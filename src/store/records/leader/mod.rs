//! The lease of the leading process. Of all processes that share a Redis and a namespace, one leads: it alone records the
//! history and the marks, and sends alerts. If it is killed, the lease expires and another one takes over.
//!
//! A script that only the leader may run compares the token with [`OwnKeys::leader`](super::keys::OwnKeys::leader) itself:
//! a process that was suspended may believe that it still leads.

pub(crate) mod seen;

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::damaged::{KEPT_ASIDE, LeaderRecord, SET_ASIDE};
use super::millis::millis;
use crate::clock::unix_millis;
use crate::store::Store;
use crate::store::error::StoreError;

static LEAD: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{SET_ASIDE}{}", include_str!("lead.lua"))));
static RESIGN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("resign.lua")));

impl Store {
    /// Takes or renews the lease of the leading process for `lease`, under the name of this process. Returns whether the process
    /// with this token leads.
    pub(crate) async fn lead(
        &self,
        token: &str,
        lease: Duration,
        name: &str,
    ) -> Result<bool, StoreError> {
        let (key, process) = (self.own.leader(), self.own.leader_process());
        let mut invocation = LEAD.prepare_invoke();
        invocation.key(&key).key(&process);
        invocation.key(self.own.aside(&key));
        invocation.key(self.own.aside(&process));
        invocation.arg(token).arg(millis(lease));
        invocation.arg(name).arg(unix_millis());
        invocation.arg(millis(KEPT_ASIDE));
        let (leads, lease, process): (u64, u64, u64) = self.redis.script(&invocation).await?;
        self.note_set_aside(&LeaderRecord::Lease, lease);
        self.note_set_aside(&LeaderRecord::Process, process);
        Ok(leads == 1)
    }

    /// Gives the lease back, if the process with this token holds it.
    pub(crate) async fn resign(&self, token: &str) -> Result<(), StoreError> {
        let mut invocation = RESIGN.prepare_invoke();
        invocation.key(self.own.leader());
        invocation.key(self.own.leader_process());
        invocation.arg(token).arg(unix_millis());
        self.redis.script::<i64>(&invocation).await?;
        Ok(())
    }
}
