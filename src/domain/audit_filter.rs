//! Which entries of the audit log are wanted.

use super::act::{Act, Outcome};
use super::audit::Entry;
use super::scope::glob;

/// Which entries are wanted; empty texts match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The actor's whole name.
    pub who: String,
    /// A queue's name, or a pattern with `*`.
    pub queue: String,
    /// A job's whole id.
    pub job: String,
    /// What was done.
    pub action: Option<Act>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// From this Unix millisecond on.
    pub since: Option<u64>,
    /// Up to this Unix millisecond.
    pub until: Option<u64>,
}

impl Filter {
    /// Whether `entry` is wanted. Times are not looked at: the stream's ids are the times, and bound the range read.
    pub fn wants(&self, entry: &Entry) -> bool {
        let matches = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        matches(&self.who, &entry.actor)
            && matches(&self.job, &entry.job)
            && (self.queue.is_empty() || glob(&self.queue, &entry.queue))
            && self.action.is_none_or(|act| act.name() == entry.action)
            && self
                .outcome
                .is_none_or(|outcome| outcome.name() == entry.outcome)
    }

    /// Whether it asks for anything but a range of time.
    pub fn is_selective(&self) -> bool {
        *self
            != Self {
                since: self.since,
                until: self.until,
                ..Self::default()
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Operator;

    #[test]
    fn a_filter_wants_what_it_names_and_nothing_else() {
        let entry = Entry::new(&Operator::console(), Act::Retry, Outcome::Failed);
        let wants = |filter: Filter| filter.wants(&entry);
        assert!(wants(Filter::default()));
        assert!(wants(Filter {
            action: Some(Act::Retry),
            ..Filter::default()
        }));
        assert!(!wants(Filter {
            who: "ann".into(),
            ..Filter::default()
        }));
        assert!(!wants(Filter {
            outcome: Some(Outcome::Applied),
            ..Filter::default()
        }));
    }
}
