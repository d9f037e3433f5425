//! One-time notices: a list for each session, in which scripts leave and take them, so that requests of one session that come
//! at once lose none.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use crate::store::Store;
use crate::store::error::StoreError;

static LEAVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("leave.lua")));

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take.lua")));

/// How many notices a session keeps.
const MOST: usize = 32;

/// How long a session's notices are kept after the newest of them, which is no longer than a session lasts that left one.
pub(crate) const NOTICES_KEPT_FOR: Duration = Duration::from_secs(2 * 60);

impl Store {
    /// Leaves a notice of a session for a page, in place of an earlier one. Neither name holds a tab.
    pub async fn leave_notice(
        &self,
        session: &str,
        page: &str,
        notice: &str,
    ) -> Result<(), StoreError> {
        let mut invocation = LEAVE.prepare_invoke();
        invocation
            .key(self.own.notices(session))
            .arg(page)
            .arg(notice)
            .arg(MOST)
            .arg(NOTICES_KEPT_FOR.as_millis() as u64);
        self.redis.script::<i64>(&invocation).await.map(|_| ())
    }

    /// Takes the notice of a session for a page, which no other request gets then.
    pub async fn take_notice(
        &self,
        session: &str,
        page: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut invocation = TAKE.prepare_invoke();
        invocation.key(self.own.notices(session)).arg(page);
        self.redis.script(&invocation).await
    }
}
