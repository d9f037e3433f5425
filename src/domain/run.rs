//! A run: a long operation on a queue that goes on by itself after it was begun, in pieces, shows how far it is, can be
//! stopped, and can be gone on with where it stopped.

use std::collections::BTreeMap;
use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::access::{Action, Actor};
use super::audit::action::AuditAction;
use super::queue::QueueId;

/// A run's id: a ULID, so that newer ones sort last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(String);

impl RunId {
    /// An id that no other run has.
    pub fn fresh() -> Self {
        Self(ulid::Ulid::new().to_string())
    }

    /// An id as an address or Redis holds it; `None` unless it is a ULID.
    pub fn parse(text: &str) -> Option<Self> {
        let ulid = ulid::Ulid::from_string(text).ok()?;
        Some(Self(ulid.to_string()))
    }

    /// The 26 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_kind)]
pub enum RunKind {
    /// Moves jobs from one version to another.
    Move,
    /// Takes a version out of Redis.
    Retire,
    /// Does an operation to many jobs.
    Operate,
}

impl RunKind {
    /// Every kind.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// Its name in Redis and on pages.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What one must be permitted, on each of its queues, to begin, stop and go on with it.
    pub fn action(self) -> Action {
        match self {
            Self::Move => Action::MoveJobs,
            Self::Retire => Action::RetireVersion,
            Self::Operate => Action::OperateMany,
        }
    }

    /// The audit log's name for it.
    pub fn act(self) -> AuditAction {
        match self {
            Self::Move => AuditAction::MoveJobs,
            Self::Retire => AuditAction::RetireVersion,
            Self::Operate => AuditAction::OperateMany,
        }
    }
}

/// What is said of a text that names no kind of run.
fn no_kind(text: &str) -> String {
    format!("there is no kind of run {text:?}")
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_run_state)]
pub enum RunState {
    /// A process is at work on it.
    Running,
    /// It was told to stop, and ends the piece it is at.
    Stopping,
    /// The process that was at work on it is gone; never stored, since that process can't.
    Interrupted,
    /// It was stopped.
    Stopped,
    /// It came to its end.
    Done,
    /// It could not go on.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// Its name in Redis and on pages.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a process is at work.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Stopping)
    }

    /// Whether someone may go on with it.
    pub fn can_go_on(self) -> bool {
        matches!(self, Self::Interrupted | Self::Stopped | Self::Failed)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is said of a text that names no state of a run.
fn no_run_state(text: &str) -> String {
    format!("there is no state of a run {text:?}")
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many there were to do when it began; more may have come since.
    pub total: u64,
    /// How many are done, counted in the very steps that did them.
    pub done: u64,
    /// How many stayed, by reason, as the last whole pass found them.
    pub stayed: BTreeMap<String, u64>,
}

impl Figures {
    /// How many stayed, for whatever reason.
    pub fn stayed_in_all(&self) -> u64 {
        self.stayed.values().sum()
    }
}

/// One that stayed: its id, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The job's id.
    pub job: String,
    /// Why, in our words.
    pub why: String,
}

/// A run as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// The queue it works on.
    pub source: QueueId,
    /// The queue it works towards, for a move.
    pub target: Option<QueueId>,
    /// What exactly, as JSON that its kind understands.
    pub spec: String,
    /// The same in our words.
    pub about: String,
    /// Who began it, or went on with it last.
    pub actor: Actor,
    /// As what.
    pub role: String,
    /// Why, in that person's words.
    pub reason: String,
    /// How it stands.
    pub state: RunState,
    /// How far it is.
    pub figures: Figures,
    /// When it was begun, Unix milliseconds.
    pub begun: u64,
    /// When something last happened to it, Unix milliseconds.
    pub updated: u64,
    /// What it ended with, in our words; empty before.
    pub words: String,
}

impl Run {
    /// The queues it has for itself while it is under way.
    pub fn queues(&self) -> impl Iterator<Item = &QueueId> {
        std::iter::once(&self.source).chain(&self.target)
    }
}

/// What shows that a process is at work on a run: only who knows the token may do a piece of it.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// A text nobody else has.
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
