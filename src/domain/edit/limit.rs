//! How many edits one person may make in a time, and how many of them are used.

use std::time::Duration;

/// A limit, as a policy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditLimit {
    /// The policy's file: each has a count of its own.
    pub policy: String,
    /// How many edits.
    pub edits: u64,
    /// In how long.
    pub per: Duration,
}

/// How much of a limit a person has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditsUsed {
    /// The limit.
    pub limit: EditLimit,
    /// How many edits they made within its time.
    pub used: u64,
    /// How long until one more is allowed, where none is left.
    pub wait: Option<Duration>,
}

impl EditsUsed {
    /// In words: `27 of 30 edits in the last 1h`.
    pub fn words(&self) -> String {
        let EditLimit { edits, per, .. } = &self.limit;
        let used = format!("{} of {edits} edits {}", self.used, within(*per));
        match self.wait {
            None => used,
            Some(wait) => {
                let wait = humantime::format_duration(Duration::from_secs(wait.as_secs() + 1));
                format!("{used}. The next one is possible in {wait}.")
            }
        }
    }
}

/// A time that is counted back from now, in words.
pub(crate) fn within(per: Duration) -> String {
    match per.as_secs() {
        60 => "in the last minute".to_owned(),
        3_600 => "in the last hour".to_owned(),
        86_400 => "in the last day".to_owned(),
        _ => format!("in the last {}", humantime::format_duration(per)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_told_in_words() {
        let used = |per| EditsUsed {
            limit: EditLimit {
                policy: "billing.policy.json".to_owned(),
                edits: 30,
                per: Duration::from_secs(per),
            },
            used: 27,
            wait: None,
        };
        assert_eq!(used(3_600).words(), "27 of 30 edits in the last hour");
        assert_eq!(used(5_400).words(), "27 of 30 edits in the last 1h 30m");
    }
}
