//! BullMQ's keys (BullMQ 4.18, 5.81, 6.7).

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

/// A key of a queue: `{prefix}:{queue}:{suffix}`.
pub(crate) fn of_queue(queue: &QueueId, suffix: &str) -> String {
    format!("{}:{}:{suffix}", queue.prefix(), queue.name())
}

/// The key of a job's hash.
pub(crate) fn of_job(queue: &QueueId, job: &JobId) -> String {
    of_queue(queue, job.as_str())
}

/// A key that belongs to a job (`lock`, `logs`, `dependencies`, …): `{prefix}:{queue}:{id}:{suffix}`.
pub(crate) fn beside_job(queue: &QueueId, job: &JobId, suffix: &str) -> String {
    format!("{}:{suffix}", of_job(queue, job))
}

/// The list or sorted set that holds the jobs of a state.
pub(crate) fn of_state(queue: &QueueId, state: JobState) -> String {
    let suffix = match state {
        JobState::Waiting => "wait",
        other => other.name(),
    };
    of_queue(queue, suffix)
}

/// Whether a state's jobs are in a list; otherwise they are in a sorted set.
pub(crate) fn is_list(state: JobState) -> bool {
    matches!(
        state,
        JobState::Waiting | JobState::Active | JobState::Paused
    )
}

/// A MATCH pattern for exactly `text`, with Redis's glob characters escaped.
pub(crate) fn exactly(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_with_glob_characters_matches_only_itself() {
        assert_eq!(exactly("a*[b]?\\-^"), r"a\*\[b\]\?\\\-\^");
    }
}
