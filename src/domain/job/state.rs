//! The states of a job.

use std::fmt;
use std::str::FromStr;

use strum::{EnumCount, IntoStaticStr};

/// A job's state, under BullMQ's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumCount)]
#[strum(serialize_all = "kebab-case")]
pub enum JobState {
    /// Waiting in line for a worker.
    Waiting,
    /// Being processed by a worker.
    Active,
    /// Waiting until its time has come.
    Delayed,
    /// Waiting in line by priority.
    Prioritized,
    /// Waiting in a paused queue (BullMQ 4 and 5).
    Paused,
    /// A parent whose children have not all finished.
    WaitingChildren,
    /// Finished without an error.
    Completed,
    /// Failed, without attempts left.
    Failed,
    /// The job's hash exists, but no state lists it.
    Unknown,
}

impl JobState {
    /// The states that a queue keeps jobs in, in the order in which they are shown.
    pub const KEPT: [Self; 8] = [
        Self::Waiting,
        Self::Active,
        Self::Delayed,
        Self::Prioritized,
        Self::Paused,
        Self::WaitingChildren,
        Self::Completed,
        Self::Failed,
    ];

    /// BullMQ's name for the state, also used in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

// Forgetting a state in KEPT does not compile; only Unknown is left out.
const _: () = assert!(JobState::KEPT.len() + 1 == <JobState as EnumCount>::COUNT);

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for JobState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::KEPT
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| {
                let names = Self::KEPT.map(Self::name).join(", ");
                format!("there is no state {text:?}; the states are {names}")
            })
    }
}
