//! Proposals: a change of a job's data, or a run, that waits until a second person approves it. A proposal never changes: what
//! its approver saw is what is done, or nothing is.

pub(crate) mod people;
pub(crate) mod runs;

use std::fmt;
use std::str::FromStr;

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::access::Action;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::queue::QueueId;
use runs::ProposedRun;

/// The id of a proposal, a ULID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProposalId(String);

impl ProposalId {
    /// A new one.
    pub fn new() -> Self {
        Self(ulid::Ulid::new().to_string())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ProposalId {
    fn default() -> Self {
        Self::new()
    }
}

impl FromStr for ProposalId {
    type Err = ulid::DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ulid::Ulid::from_string(text).map(|id| Self(id.to_string()))
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum ProposalStatus {
    /// It waits for someone to decide.
    Pending,
    /// It was approved, and the change was made or the run begun in the same step.
    Approved,
    /// An approver rejected it.
    Rejected,
    /// Its requester withdrew it.
    Withdrawn,
    /// Something that it rests on changed, so it can't be applied any more.
    Stale,
    /// Nobody decided in time.
    Expired,
}

impl ProposalStatus {
    /// Its name in Redis and on pages.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a person proposed, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// The name of the user who made it.
    pub requester: String,
    /// That user's own id, which no other user has.
    pub requester_id: String,
    /// The queue that it changes; of a move, the one that the jobs leave.
    pub queue: QueueId,
    /// What it does.
    pub what: ProposedChange,
    /// How many bytes it keeps until it is decided on.
    pub size: u64,
    /// The places in the data of jobs that take a second person by a policy; none where a setting asks for one.
    pub critical: Vec<String>,
    /// The requester's reason, without what is hidden in the audit log.
    pub reason: String,
    /// When it was made, in Unix milliseconds of Redis's clock.
    pub made: u64,
    /// When it ends by itself, in the same.
    pub expires: u64,
    /// Where it stands, as it is stored; see [`Proposal::status_at`].
    pub status: ProposalStatus,
    /// Who decided; empty while nobody has.
    pub decided_by: String,
    /// When, in the same; 0 while nobody has.
    pub decided_at: u64,
    /// Why, in the decider's or in Bullkeeper's words.
    pub why: String,
}

/// What a proposal does once it is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedChange {
    /// It changes the data of one job.
    Edit(ProposedEdit),
    /// It begins a run.
    Run(ProposedRun),
}

/// A change of one job's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedEdit {
    /// The job.
    pub job: JobId,
    /// The job's name.
    pub job_name: String,
    /// Where the job stood.
    pub state: JobState,
    /// The revision of the data that it changes.
    pub before: Revision,
    /// The revision of the data that it stores.
    pub after: Revision,
    /// The rules that it was checked against.
    pub rules: ProposalRules,
}

/// The rules that a proposal was checked against, by name and SHA-256; empty where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProposalRules {
    /// The schema's file.
    pub schema: String,
    /// Its hash.
    pub schema_hash: String,
    /// The policy's file.
    pub policy: String,
    /// Its hash.
    pub policy_hash: String,
}

impl Proposal {
    /// A new one that waits, of this user by name and own id: without a reason, keeping no bytes. When it was made and when it
    /// ends is the store's to say.
    pub(crate) fn pending(
        requester: String,
        requester_id: String,
        queue: QueueId,
        what: ProposedChange,
    ) -> Self {
        Self {
            id: ProposalId::new(),
            requester,
            requester_id,
            queue,
            what,
            size: 0,
            critical: Vec::new(),
            reason: String::new(),
            made: 0,
            expires: 0,
            status: ProposalStatus::Pending,
            decided_by: String::new(),
            decided_at: 0,
            why: String::new(),
        }
    }

    /// The queues that it changes.
    pub fn queues(&self) -> impl Iterator<Item = &QueueId> {
        let target = match &self.what {
            ProposedChange::Edit(_) => None,
            ProposedChange::Run(run) => run.target.as_ref(),
        };
        std::iter::once(&self.queue).chain(target)
    }

    /// What one must be permitted, on each of its queues, to make it.
    pub fn actions(&self) -> impl Iterator<Item = Action> {
        let (action, beside) = match &self.what {
            ProposedChange::Edit(_) => (Action::EditData, &[][..]),
            ProposedChange::Run(run) => (run.kind.action(), run.kind.actions_beside()),
        };
        std::iter::once(action).chain(beside.iter().copied())
    }

    /// Where it stands at `now`, in Unix milliseconds: one that nobody decided on has expired at its last millisecond.
    pub fn status_at(&self, now: u64) -> ProposalStatus {
        match self.status {
            ProposalStatus::Pending if now >= self.expires => ProposalStatus::Expired,
            status => status,
        }
    }
}
