//! A row of a list of jobs: what is read cheaply for many jobs at once, and in which order they are listed.

use strum::{EnumString, IntoStaticStr};

use super::id::JobId;
use super::state::JobState;

/// In which order a state's jobs are listed. A reversed order is the same list from its other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, IntoStaticStr, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_order)]
pub enum ListOrder {
    /// Newest first; of delayed jobs the soonest first, of prioritized ones the next to run first.
    #[default]
    Usual,
    /// The other way round.
    Reversed,
}

fn no_order(text: &str) -> String {
    format!("there is no order {text:?}; the orders are usual and reversed")
}

impl ListOrder {
    /// Both orders, as they are offered.
    pub const BOTH: [Self; 2] = [Self::Usual, Self::Reversed];

    /// The order's name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What the order is in words, which depends on how BullMQ sorts the state.
    pub fn words(self, state: JobState) -> &'static str {
        match (state, self) {
            (JobState::Delayed, Self::Usual) => "soonest first",
            (JobState::Delayed, Self::Reversed) => "latest first",
            (JobState::Prioritized, Self::Usual) => "next to run first",
            (JobState::Prioritized, Self::Reversed) => "last to run first",
            (_, Self::Usual) => "newest first",
            (_, Self::Reversed) => "oldest first",
        }
    }
}

/// One row of a list of jobs.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// The job's id.
    pub id: JobId,
    /// When a delayed job is due, Unix milliseconds; `None` in every other state.
    pub due: Option<u64>,
    /// `None` where the state still lists the id but the job's hash is gone.
    pub summary: Option<JobSummary>,
}

/// The small fields of a job.
#[derive(Debug, Clone, Default)]
pub struct JobSummary {
    /// The job's name.
    pub name: String,
    /// When it was added, Unix milliseconds.
    pub added: Option<u64>,
    /// When a worker last took it, Unix milliseconds.
    pub started: Option<u64>,
    /// When it finished, Unix milliseconds.
    pub finished: Option<u64>,
    /// Attempts made.
    pub attempts_made: u64,
    /// Attempts allowed, from its options.
    pub attempts: Option<u64>,
    /// Delay in milliseconds.
    pub delay: u64,
    /// BullMQ's priority; 0 is none, 1 the highest.
    pub priority: u64,
    /// Why it failed, as the worker said it.
    pub failed_reason: Option<String>,
    /// The data of a job without a failure, as text to recognise it by; `None` where it is too large for a row.
    pub data: Option<String>,
}
