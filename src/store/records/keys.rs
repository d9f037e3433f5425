//! Bullkeeper's own keys, under its namespace.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use crate::domain::job::JobId;
use crate::domain::proposals::ProposalId;
use crate::domain::queue::QueueId;

/// Bullkeeper's own keys. They hold no jobs, and are not keys of a queue.
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

    /// The list of the audit entries about one job, newest first.
    pub(crate) fn audit_of(&self, queue: &QueueId, job: &JobId) -> String {
        self.key(&format!("audit:{queue}:{job}"))
    }

    /// The prefix of the lists of audit entries about a queue's jobs.
    pub(crate) fn audit_of_jobs(&self, queue: &QueueId) -> String {
        self.key(&format!("audit:{queue}:"))
    }

    /// A large change that is kept beside its audit entry, a hash.
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

    /// The pinned version of each family, a hash.
    pub(crate) fn pins(&self) -> String {
        self.key("pins")
    }

    /// A session, under the digest of its id: a reader of the key can't use it as a cookie.
    pub(crate) fn session(&self, id: &str) -> String {
        self.key(&format!("session:{}", encode_string(&Sha256::digest(id))))
    }

    /// A session's one-time notices, a list, under the digest of its id.
    pub(crate) fn notices(&self, id: &str) -> String {
        self.key(&format!("notices:{}", encode_string(&Sha256::digest(id))))
    }

    /// A person's draft of an edit of one job, a hash. A digest, so that no two names and ids run together.
    pub(crate) fn draft(&self, user: &str, queue: &QueueId, job: &JobId) -> String {
        let mut digest = Sha256::new();
        for part in [user, queue.prefix(), queue.name(), job.as_str()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        self.key(&format!("draft:{}", encode_string(&digest.finalize())))
    }

    /// The drafts of one person by when they end, a sorted set.
    pub(crate) fn drafts_of(&self, user: &str) -> String {
        self.key(&format!("drafts-of:{user}"))
    }

    /// All drafts by when they end, a sorted set.
    pub(crate) fn drafts(&self) -> String {
        self.key("drafts")
    }

    /// How many bytes each draft has, a hash.
    pub(crate) fn draft_sizes(&self) -> String {
        self.key("draft-sizes")
    }

    /// One proposal, a hash.
    pub(crate) fn proposal(&self, id: &ProposalId) -> String {
        self.key(&format!("proposal:{id}"))
    }

    /// The bytes that a proposal stores.
    pub(crate) fn proposal_data(&self, id: &ProposalId) -> String {
        self.key(&format!("proposal-data:{id}"))
    }

    /// The pending proposals, a hash.
    pub(crate) fn proposals(&self) -> String {
        self.key("proposals")
    }

    /// The decided proposals by when that was, a sorted set.
    pub(crate) fn proposals_decided(&self) -> String {
        self.key("proposals-decided")
    }

    /// The newest edit that was saved without the second person that it takes.
    pub(crate) fn broken_glass(&self) -> String {
        self.key("broken-glass")
    }

    /// When a person made their newest edits under the limit of one policy, a sorted set.
    pub(crate) fn edit_times(&self, user: &str, policy: &str) -> String {
        let policy = encode_string(&Sha256::digest(policy)[..8]);
        self.key(&format!("edit-times:{user}:{policy}"))
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

    /// The key that redacted values are hashed with, unless the settings give one.
    pub(crate) fn redaction_key(&self) -> String {
        self.key("redaction-key")
    }

    /// The token of the leading process; it expires when that process is gone.
    pub(crate) fn leader(&self) -> String {
        self.key("leader")
    }

    /// Which process leads or led last, a hash.
    pub(crate) fn leader_process(&self) -> String {
        self.key("leader-process")
    }

    /// Where one of these keys is set aside that can't be read.
    pub(crate) fn aside(&self, key: &str) -> String {
        let rest = key.get(self.namespace.len() + 1..).unwrap_or(key);
        self.key(&format!("damaged:{rest}"))
    }

    /// The history of a queue, or of all of them, a hash.
    pub(crate) fn history(&self, of: &str) -> String {
        self.key(&format!("history:{of}"))
    }

    /// The queues whose history is recorded, by when something was recorded last, a sorted set.
    pub(crate) fn history_queues(&self) -> String {
        self.key("history-queues")
    }

    /// The last minute, counted from 1970, that is recorded for all queues.
    pub(crate) fn history_recorded(&self) -> String {
        self.key("history-recorded")
    }

    /// The minutes of a day, counted from 1970, in which a process recorded, a bit each.
    pub(crate) fn history_minutes(&self, day: u64) -> String {
        self.key(&format!("history-minutes:{day}"))
    }

    /// The ids of the marks by time, a sorted set.
    pub(crate) fn marks_by_time(&self) -> String {
        self.key("marks-by-time")
    }

    /// The marks, a hash.
    pub(crate) fn marks(&self) -> String {
        self.key("marks")
    }

    /// What the leader saw when it looked for marks last, a hash.
    pub(crate) fn marks_seen(&self) -> String {
        self.key("marks-seen")
    }

    /// What the leading process knows of alerts, a hash.
    pub(crate) fn alerts(&self) -> String {
        self.key("alerts")
    }

    /// The messages to webhooks that wait, a hash by id.
    pub(crate) fn alert_outbox(&self) -> String {
        self.key("alert-outbox")
    }

    /// The silences of alerts, a hash by id.
    pub(crate) fn alert_silences(&self) -> String {
        self.key("alert-silences")
    }

    /// The newest runs by the time they began, a sorted set.
    pub(crate) fn runs(&self) -> String {
        self.key("runs")
    }

    /// One run, a hash.
    pub(crate) fn run(&self, id: &str) -> String {
        self.key(&format!("run:{id}"))
    }

    /// The token of the process that works on a run; it expires when that process is gone.
    pub(crate) fn run_lease(&self, id: &str) -> String {
        self.key(&format!("run-lease:{id}"))
    }

    /// The run that holds a queue.
    pub(crate) fn run_on(&self, queue: &QueueId) -> String {
        self.key(&format!("run-on:{queue}"))
    }

    /// Some of a run's skipped jobs, a list.
    pub(crate) fn run_stayed(&self, id: &str) -> String {
        self.key(&format!("run-stayed:{id}"))
    }

    /// The parents that a run put in line, a set. It goes with the list of skipped jobs: see begin.lua.
    pub(crate) fn run_freed(&self, id: &str) -> String {
        format!("{}:freed", self.run_stayed(id))
    }

    /// The newest version of every recipe, a hash.
    pub(crate) fn recipes(&self) -> String {
        self.key("recipes")
    }

    /// The versions of one recipe, a list. A digest, so that no two names run together.
    pub(crate) fn recipe(&self, queue: &QueueId, name: &str) -> String {
        let mut digest = Sha256::new();
        for part in [queue.prefix(), queue.name(), name] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        self.key(&format!("recipe:{}", encode_string(&digest.finalize())))
    }

    fn key(&self, rest: &str) -> String {
        format!("{}:{rest}", self.namespace)
    }
}
