//! A run: a long operation on a queue that does one piece after the other on its own. It shows its progress, and can be
//! stopped and continued.

use std::collections::BTreeMap;
use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::access::{Action, Actor};
use super::audit::action::AuditAction;
use super::operations::on_queue::QueueOperation;
use super::queue::QueueId;

/// A run's id: a ULID, so that newer ones sort last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(String);

impl RunId {
    /// A new id.
    pub fn fresh() -> Self {
        Self(ulid::Ulid::new().to_string())
    }

    /// Parses an id from an address or from Redis; `None` unless it is a ULID.
    pub fn parse(text: &str) -> Option<Self> {
        let ulid = ulid::Ulid::from_string(text).ok()?;
        Some(Self(ulid.to_string()))
    }

    /// The id's 26 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_kind)]
pub enum RunKind {
    /// Moves jobs from one version to another.
    Move,
    /// Retires a version: takes it out of Redis.
    Retire,
    /// Does an operation to many jobs.
    Operate,
    /// Repairs the data of many jobs.
    Repair,
    /// Undoes the edits of another run.
    Undo,
    /// Deletes all jobs of a queue that wait.
    Drain,
    /// Deletes old jobs of a queue.
    Clean,
    /// Deletes a queue with all its jobs.
    Obliterate,
}

impl RunKind {
    /// Every kind.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The name in Redis and on pages.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The kind of run that does an operation on a queue; `None` for one that is done in one step.
    pub fn of_operation(operation: QueueOperation) -> Option<Self> {
        match operation {
            QueueOperation::Drain => Some(Self::Drain),
            QueueOperation::Clean => Some(Self::Clean),
            QueueOperation::Obliterate => Some(Self::Obliterate),
            _ => None,
        }
    }

    /// The action that one must be permitted, on each of the run's queues, to begin, stop or continue it.
    pub fn action(self) -> Action {
        match self {
            Self::Move => Action::MoveJobs,
            Self::Retire => Action::RetireVersion,
            Self::Operate => Action::OperateMany,
            Self::Repair | Self::Undo => Action::RepairMany,
            Self::Drain => Action::OperateQueue(QueueOperation::Drain),
            Self::Clean => Action::OperateQueue(QueueOperation::Clean),
            Self::Obliterate => Action::OperateQueue(QueueOperation::Obliterate),
        }
    }

    /// What one must be permitted beside it as long as the run goes on.
    pub fn actions_beside(self) -> &'static [Action] {
        match self {
            Self::Repair => &[Action::EditData],
            _ => &[],
        }
    }

    /// The audit action.
    pub fn act(self) -> AuditAction {
        match self {
            Self::Move => AuditAction::MoveJobs,
            Self::Retire => AuditAction::RetireVersion,
            Self::Operate => AuditAction::OperateMany,
            Self::Repair => AuditAction::RepairMany,
            Self::Undo => AuditAction::UndoRun,
            Self::Drain => AuditAction::OperateQueue(QueueOperation::Drain),
            Self::Clean => AuditAction::OperateQueue(QueueOperation::Clean),
            Self::Obliterate => AuditAction::OperateQueue(QueueOperation::Obliterate),
        }
    }
}

/// The error for a text that names no kind of run.
fn no_kind(text: &str) -> String {
    format!("there is no kind of run {text:?}")
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_run_state)]
pub enum RunState {
    /// A process is working on it.
    Running,
    /// It was told to stop, and finishes its current piece.
    Stopping,
    /// The process that worked on it is gone. Never stored, since that process can't.
    Interrupted,
    /// It was stopped.
    Stopped,
    /// It finished.
    Done,
    /// It failed.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The name in Redis and on pages.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a process is working on it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Stopping)
    }

    /// Whether someone may continue it.
    pub fn can_go_on(self) -> bool {
        matches!(self, Self::Interrupted | Self::Stopped | Self::Failed)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that names no state of a run.
fn no_run_state(text: &str) -> String {
    format!("there is no state of a run {text:?}")
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many there were to process when it began; more may have come since.
    pub total: u64,
    /// How many are done, counted in the same steps that did them.
    pub done: u64,
    /// How many were skipped, by reason, in the last complete pass.
    pub stayed: BTreeMap<String, u64>,
}

impl Figures {
    /// How many were skipped, for all reasons.
    pub fn stayed_in_all(&self) -> u64 {
        self.stayed.values().sum()
    }
}

/// A skipped job, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which of the run's queues it is in; 0 for the first.
    pub queue: usize,
    /// The job's id; empty where the whole queue was skipped.
    pub job: String,
    /// The reason, in Bullkeeper's words.
    pub why: String,
}

/// Whether a second person agreed to a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RunApproval {
    /// Nobody was asked.
    #[default]
    NotAsked,
    /// This user approved it.
    By(String),
    /// This user began it alone though it takes a second person.
    Alone(String),
}

impl RunApproval {
    /// Whether it may do what takes a second person.
    pub(crate) fn is_given(&self) -> bool {
        !matches!(self, Self::NotAsked)
    }
}

/// A run as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The run's id.
    pub id: RunId,
    /// Its kind.
    pub kind: RunKind,
    /// The queue it works on.
    pub source: QueueId,
    /// The further queues that it works on, after `source`.
    pub more: Vec<QueueId>,
    /// The queue that a move goes to.
    pub target: Option<QueueId>,
    /// The details, as JSON that the run's kind understands.
    pub spec: String,
    /// The details, in words.
    pub about: String,
    /// Who began it, or went on with it last.
    pub actor: Actor,
    /// As what.
    pub role: String,
    /// The reason that the user gave.
    pub reason: String,
    /// Whether a second person agreed to it.
    pub approval: RunApproval,
    /// Its state.
    pub state: RunState,
    /// Its progress.
    pub figures: Figures,
    /// When it began, in Unix milliseconds.
    pub begun: u64,
    /// When something last happened to it, in Unix milliseconds.
    pub updated: u64,
    /// How it ended, in words; empty before.
    pub words: String,
}

impl Run {
    /// The queues that no other run may use while this one is under way.
    pub fn queues(&self) -> impl Iterator<Item = &QueueId> {
        self.sources().chain(&self.target)
    }

    /// The queues that it works on, in order.
    pub fn sources(&self) -> impl Iterator<Item = &QueueId> {
        std::iter::once(&self.source).chain(&self.more)
    }

    /// Whether it works on several queues.
    pub fn is_of_several(&self) -> bool {
        !self.more.is_empty()
    }
}

/// Proves that a process works on a run: only a process that knows the token can do a piece of it.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// A text that no other lease has.
    pub token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_state_is_found_by_its_name() {
        for &kind in RunKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        for &state in RunState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }

    #[test]
    fn an_id_is_a_ulid_and_nothing_else() {
        let id = RunId::fresh();
        assert_eq!(RunId::parse(id.as_str()), Some(id));
        assert_eq!(RunId::parse("../audit"), None);
    }
}
