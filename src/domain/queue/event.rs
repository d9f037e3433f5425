//! An event of a queue's stream (BullMQ 4.18, 5.81, 6.7): its id, its kind, and its job.

use std::fmt;
use std::str::FromStr;

use crate::domain::job::{JobId, JobState};

/// The id of an entry in a Redis stream: milliseconds, and a number within that millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct StreamId {
    /// When it was added, in Unix milliseconds of Redis's clock.
    pub millis: u64,
    /// Its number within that millisecond.
    pub number: u64,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.number)
    }
}

impl FromStr for StreamId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (millis, number) = text.split_once('-').ok_or(())?;
        Ok(Self {
            millis: millis.parse().map_err(|_| ())?,
            number: number.parse().map_err(|_| ())?,
        })
    }
}

/// The kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A job was made.
    Added,
    /// A job entered a state. A prioritized job is announced as waiting, and so is a job added while the queue is paused.
    Entered(JobState),
    /// A job reported its progress.
    Progress,
    /// A job was removed.
    Removed,
    /// A worker lost the lock of a job that it processed.
    Stalled,
    /// Anything else; the queue's counts may have changed.
    Other,
}

impl EventKind {
    /// The kind for BullMQ's name of an event.
    pub fn named(name: &str) -> Self {
        match name {
            "added" => Self::Added,
            "waiting" => Self::Entered(JobState::Waiting),
            "active" => Self::Entered(JobState::Active),
            "delayed" => Self::Entered(JobState::Delayed),
            "waiting-children" => Self::Entered(JobState::WaitingChildren),
            "completed" => Self::Entered(JobState::Completed),
            "failed" => Self::Entered(JobState::Failed),
            "progress" => Self::Progress,
            "removed" => Self::Removed,
            "stalled" => Self::Stalled,
            _ => Self::Other,
        }
    }

    /// Whether the queue's counts may have changed.
    pub fn moves_jobs(self) -> bool {
        self != Self::Progress
    }
}

/// One event of a queue.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the stream, which is also its time.
    pub id: StreamId,
    /// The kind.
    pub kind: EventKind,
    /// The job; `None` if the event is about the queue.
    pub job: Option<JobId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_ids_are_ordered_by_time_then_number() {
        let id = |text: &str| text.parse::<StreamId>().unwrap();
        assert!(id("9-5") < id("10-0"));
        assert!(id("10-9") < id("10-10"));
        assert_eq!(id("10-9").to_string(), "10-9");
        assert!("10".parse::<StreamId>().is_err());
    }
}
