//! What an alert and the messages about it say alike.

use serde::{Deserialize, Serialize};

use super::rule::Severity;
use crate::domain::queue::QueueId;

/// A queue as it is kept with an alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertQueue {
    /// BullMQ's key prefix.
    pub prefix: String,
    /// The queue's name.
    pub name: String,
}

impl AlertQueue {
    /// The queue; `None` if it can't have this name.
    pub fn id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.name).ok()
    }
}

impl From<&QueueId> for AlertQueue {
    fn from(queue: &QueueId) -> Self {
        Self {
            prefix: queue.prefix().to_owned(),
            name: queue.name().to_owned(),
        }
    }
}

/// What holds, where, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// The rule's name.
    pub rule: String,
    /// The queue; `None` for a rule of the server.
    pub queue: Option<AlertQueue>,
    /// How bad it is.
    pub severity: Severity,
    /// What holds, in words.
    pub words: String,
    /// The value, in the unit of the rule's condition.
    pub value: u64,
    /// The value above which it holds.
    pub threshold: u64,
    /// When the condition began to hold, in Unix milliseconds.
    pub since: u64,
}
