//! For how long audit entries are kept.

use std::time::Duration;

/// How long audit entries are kept: by the settings, which alone say so.
#[derive(Debug, Clone, Copy)]
pub struct AuditRetention(Duration);

impl AuditRetention {
    /// What the settings say, for the store alone.
    pub(super) fn of_settings(kept: Duration) -> Self {
        Self(kept)
    }

    /// For how long.
    pub(crate) fn kept(self) -> Duration {
        self.0
    }
}
