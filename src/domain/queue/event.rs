//! What a queue's event stream tells (BullMQ 4.18, 5.81, 6.7): an event's id, its kind, and the job it is about.

use std::fmt;
use std::str::FromStr;

use crate::domain::job::{JobId, JobState};

/// The id of an entry in a Redis stream: the milliseconds of its adding and a number among those of one millisecond.
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

/// What an event says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A job was made.
    Added,
    /// A job entered a state. A prioritized one is announced as waiting, as is one added while the queue is paused.
    Entered(JobState),
    /// A job reported how far it is.
    Progress,
    /// A job was removed.
    Removed,
    /// Anything else; what the queue holds may have changed.
    Other,
}

impl EventKind {
    /// The kind of an event by the name BullMQ gives it.
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
            _ => Self::Other,
        }
    }

    /// Whether the counts of the queue may be others after it.
    pub fn moves_jobs(self) -> bool {
        self != Self::Progress
    }
}

/// One event of a queue.
#[derive(Debug, Clone)]
pub struct Event {
    /// Where it is in the stream, and when it happened.
    pub id: StreamId,
    /// What happened.
    pub kind: EventKind,
    /// To which job; `None` for what is about the queue.
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
