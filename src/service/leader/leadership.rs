//! Whether this process leads, and the proof of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::service::accounts::token::random_token;

/// The proof that this process led a moment ago. A script that only the leader may run compares it with the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaderToken(Arc<str>);

impl LeaderToken {
    /// The token as the lease holds it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this process leads.
#[derive(Debug)]
pub(crate) struct Leadership {
    pub(super) own: LeaderToken,
    leads: AtomicBool,
}

impl Default for Leadership {
    fn default() -> Self {
        Self {
            own: LeaderToken(random_token().into()),
            leads: AtomicBool::new(false),
        }
    }
}

impl Leadership {
    /// The token while this process leads.
    pub(crate) fn token(&self) -> Option<LeaderToken> {
        let leads = self.leads.load(Ordering::Acquire);
        leads.then(|| self.own.clone())
    }

    /// This process's own token, whether it leads or not.
    pub(crate) fn own_token(&self) -> &str {
        self.own.as_str()
    }

    pub(super) fn set(&self, leads: bool) {
        if self.leads.swap(leads, Ordering::AcqRel) != leads {
            tracing::info!(leads, "whether this process leads has changed");
        }
    }
}
