//! The tasks that run in the background until the process ends.

pub mod health;

/// A task that runs in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackgroundTask {
    /// Writes audit entries that count repeats, and those that Redis did not take before.
    WriteAudit,
    /// Trims the audit log to its retention.
    TrimAudit,
    /// Reads what waits for a second person.
    FollowProposals,
    /// Takes the lease of the leading process, and renews it.
    Lead,
    /// Records the history.
    RecordHistory,
    /// Makes marks of what happens to versions.
    WatchMarks,
    /// Follows alerts, and sends messages about them.
    WatchAlerts,
    /// Retires versions that are drained.
    RetireDrained,
    /// Checks the rights of those who look at live pages.
    CheckRights,
    /// Reads who leads and how far the history is recorded.
    LookAtHealth,
}

impl BackgroundTask {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::WriteAudit,
        Self::TrimAudit,
        Self::FollowProposals,
        Self::Lead,
        Self::RecordHistory,
        Self::WatchMarks,
        Self::WatchAlerts,
        Self::RetireDrained,
        Self::CheckRights,
        Self::LookAtHealth,
    ];

    /// Its name in the log and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::WriteAudit => "write-audit",
            Self::TrimAudit => "trim-audit",
            Self::FollowProposals => "follow-proposals",
            Self::Lead => "lead",
            Self::RecordHistory => "record-history",
            Self::WatchMarks => "watch-marks",
            Self::WatchAlerts => "watch-alerts",
            Self::RetireDrained => "retire-drained",
            Self::CheckRights => "check-rights",
            Self::LookAtHealth => "look-at-health",
        }
    }

    /// What it does, as the subject of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::WriteAudit => "Writing audit entries",
            Self::TrimAudit => "Trimming the audit log",
            Self::FollowProposals => "Reading the proposals",
            Self::Lead => "Leading",
            Self::RecordHistory => "Recording the history",
            Self::WatchMarks => "Making marks",
            Self::WatchAlerts => "Watching for alerts",
            Self::RetireDrained => "Retiring drained versions",
            Self::CheckRights => "Checking the rights of viewers",
            Self::LookAtHealth => "Reading who leads",
        }
    }
}
