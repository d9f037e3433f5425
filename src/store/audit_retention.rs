//! How long audit entries are kept.

use std::time::Duration;

/// How long audit entries are kept. Only the settings make one.
#[derive(Debug, Clone, Copy)]
pub struct AuditRetention(Duration);

impl AuditRetention {
    /// The value of the setting, for the store only.
    pub(super) fn of_settings(kept: Duration) -> Self {
        Self(kept)
    }

    /// The duration.
    pub(crate) fn kept(self) -> Duration {
        self.0
    }
}
