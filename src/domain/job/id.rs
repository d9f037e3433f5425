//! The id of a job, and what looks like one.

use std::fmt;

/// A job's id: a number that BullMQ counted up, or a text that the application chose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobId(String);

impl JobId {
    /// Accepts any text that is not empty. BullMQ restricts colons when adding a job; reading accepts every id.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether BullMQ counted it up, so that it says nothing in another queue.
    ///
    /// BullMQ refuses an application's own id where JavaScript reads it as an integer and writes that as the same text (4.18,
    /// 5.81, 6.7). So `007` is an application's own, and so is `12345678901234567890`, which JavaScript can't hold. An
    /// integer that it holds exactly is BullMQ's: no queue has counted further.
    pub fn is_counted(&self) -> bool {
        /// JavaScript's `Number.MAX_SAFE_INTEGER`.
        const LARGEST_EXACT: u64 = (1 << 53) - 1;
        let digits = self.0.bytes().all(|byte| byte.is_ascii_digit());
        let number = self.0.parse().ok().filter(|_| digits);
        !self.0.starts_with('0') && number.is_some_and(|number: u64| number <= LARGEST_EXACT)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key that looks like a job's really is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoJob {
    /// A scheduler's job template (before BullMQ 5.16, a repeatable job's), by the scheduler's id.
    Scheduler(String),
    /// Another key that BullMQ keeps for the queue.
    Internal,
}

impl fmt::Display for NoJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduler(id) => write!(
                f,
                "that is the scheduler {id:?}, which makes jobs; change it where the application sets it up"
            ),
            Self::Internal => f.write_str("that is a key of BullMQ's own"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_was_counted_up_where_bullmq_takes_it_from_no_application() {
        let counted = |id: &str| JobId::new(id).unwrap().is_counted();
        for id in ["1", "17", "999999999999999", "9007199254740991"] {
            assert!(counted(id), "{id}");
        }
        for id in [
            "0",
            "007",
            "+7",
            "-7",
            "7.0",
            "1e3",
            "17a",
            " 17",
            "9007199254740993",
            "12345678901234567",
            "12345678901234567890",
            "123456789012345678901234567890",
            "١٧",
        ] {
            assert!(!counted(id), "{id}");
        }
    }
}
