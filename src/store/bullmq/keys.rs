//! Every key there is: BullMQ's (BullMQ 4.18, 5.81, 6.7) and Bullkeeper's own.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

/// A key of a queue: `{prefix}:{queue}:{suffix}`.
pub(crate) fn of_queue(queue: &QueueId, suffix: &str) -> String {
    format!("{}:{}:{suffix}", queue.prefix(), queue.name())
}

/// A job's hash, or with a suffix what belongs to it (`lock`, `logs`, `dependencies`, …).
pub(crate) fn of_job(queue: &QueueId, job: &JobId) -> String {
    of_queue(queue, job.as_str())
}

/// What belongs to a job: `{prefix}:{queue}:{id}:{suffix}`.
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

/// A MATCH pattern for exactly `text`: Redis's glob characters escaped.
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

/// Bullkeeper's own keys, under its namespace. They hold no job and no key of a queue.
#[derive(Debug, Clone)]
pub(crate) struct OwnKeys {
    namespace: String,
}

impl OwnKeys {
    /// Keys that begin with `namespace`.
    pub(crate) fn new(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
        }
    }

    /// The audit log, a stream.
    pub(crate) fn audit(&self) -> String {
        self.key("audit")
    }

    /// A list of the audit entries about one job, newest first.
    pub(crate) fn audit_of(&self, queue: &QueueId, job: &JobId) -> String {
        self.key(&format!("audit:{queue}:{job}"))
    }

    /// What the lists of the audit entries of a queue's jobs begin with.
    pub(crate) fn audit_of_jobs(&self, queue: &QueueId) -> String {
        self.key(&format!("audit:{queue}:"))
    }

    /// A large change beside its audit entry, a hash.
    pub(crate) fn audit_change(&self, event: &str) -> String {
        self.key(&format!("audit-change:{event}"))
    }

    /// The names of all users, a set.
    pub(crate) fn users(&self) -> String {
        self.key("users")
    }

    /// One user, a hash.
    pub(crate) fn user(&self, name: &str) -> String {
        self.key(&format!("user:{name}"))
    }

    /// Which version of a family is pinned as its current one, a hash.
    pub(crate) fn pins(&self) -> String {
        self.key("pins")
    }

    /// A session, by the digest of its id: who reads the key can't use it as a cookie.
    pub(crate) fn session(&self, id: &str) -> String {
        self.key(&format!("session:{}", encode_string(&Sha256::digest(id))))
    }

    /// The tries to sign in that failed lately, all in one string of fixed size.
    pub(crate) fn sign_in_tries(&self) -> String {
        self.key("sign-in-tries")
    }

    /// The key of the digests under which names and networks are counted and remembered.
    pub(crate) fn sign_in_key(&self) -> String {
        self.key("sign-in-key")
    }

    /// The networks from which a user signed in lately, a hash.
    pub(crate) fn networks_of(&self, user: &str) -> String {
        self.key(&format!("networks:{user}"))
    }

    /// The key with which redacted values are hashed, where no setting gives one.
    pub(crate) fn redaction_key(&self) -> String {
        self.key("redaction-key")
    }

    /// The newest runs by when they were begun, a sorted set.
    pub(crate) fn runs(&self) -> String {
        self.key("runs")
    }

    /// One run, a hash.
    pub(crate) fn run(&self, id: &str) -> String {
        self.key(&format!("run:{id}"))
    }

    /// The token of the process that is at work on a run; gone when that process is.
    pub(crate) fn run_lease(&self, id: &str) -> String {
        self.key(&format!("run-lease:{id}"))
    }

    /// Which run has a queue for itself.
    pub(crate) fn run_on(&self, queue: &QueueId) -> String {
        self.key(&format!("run-on:{queue}"))
    }

    /// Some of what stayed in a run, a list.
    pub(crate) fn run_stayed(&self, id: &str) -> String {
        self.key(&format!("run-stayed:{id}"))
    }

    fn key(&self, rest: &str) -> String {
        format!("{}:{rest}", self.namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_with_glob_characters_matches_only_itself() {
        assert_eq!(exactly("a*[b]?\\-^"), r"a\*\[b\]\?\\\-\^");
    }
}
