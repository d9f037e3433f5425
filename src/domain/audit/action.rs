//! What is done, and how it ends, under the names that the audit log and its filters use.

use std::fmt;
use std::str::FromStr;

use crate::domain::operations::Operation;

/// What was done or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A job's data was edited.
    EditData,
    /// An operation was done to a job.
    Operate(Operation),
    /// Someone signed in, or failed to.
    SignIn,
    /// Someone signed out.
    SignOut,
    /// A password was changed.
    ChangePassword,
    /// A user was added.
    AddUser,
    /// A user's role or queues were changed.
    ChangeUser,
    /// A user was disabled.
    DisableUser,
    /// A user was enabled again.
    EnableUser,
    /// A user was removed.
    RemoveUser,
    /// A page was asked for that the person may not see.
    Read,
    /// A version was said to be its family's current one.
    PinVersion,
    /// That was taken back.
    UnpinVersion,
    /// A version that was done was taken out of Redis, or that was begun, stopped or gone on with.
    RetireVersion,
    /// Moving jobs from one version to another was begun, stopped, gone on with or ended.
    MoveJobs,
    /// One job was moved to another version.
    MoveJob,
    /// The audit log was read.
    ReadLog,
    /// The audit log was exported.
    ExportLog,
    /// Acts past the rate at which they are recorded one by one, whatever they were.
    Several,
}

impl AuditAction {
    /// The acts that are no operation on a job, in the order a filter offers them.
    const OTHERS: [Self; 18] = [
        Self::EditData,
        Self::SignIn,
        Self::SignOut,
        Self::ChangePassword,
        Self::AddUser,
        Self::ChangeUser,
        Self::DisableUser,
        Self::EnableUser,
        Self::RemoveUser,
        Self::Read,
        Self::PinVersion,
        Self::UnpinVersion,
        Self::RetireVersion,
        Self::MoveJobs,
        Self::MoveJob,
        Self::ReadLog,
        Self::ExportLog,
        Self::Several,
    ];

    /// Every act, in the order a filter offers them.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        let operations = Operation::ALL.iter().copied().map(Self::Operate);
        operations.chain(Self::OTHERS)
    }

    /// The acts that are reading the log itself.
    pub const READS: [Self; 2] = [Self::ReadLog, Self::ExportLog];

    /// The act's name in the stream and in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::EditData => "job.edit",
            Self::Operate(operation) => operation.spec().id,
            Self::SignIn => "session.sign-in",
            Self::SignOut => "session.sign-out",
            Self::ChangePassword => "user.password",
            Self::AddUser => "user.add",
            Self::ChangeUser => "user.change",
            Self::DisableUser => "user.disable",
            Self::EnableUser => "user.enable",
            Self::RemoveUser => "user.remove",
            Self::Read => "page.read",
            Self::PinVersion => "version.pin",
            Self::UnpinVersion => "version.unpin",
            Self::RetireVersion => "version.retire",
            Self::MoveJobs => "version.move",
            Self::MoveJob => "job.move",
            Self::ReadLog => "audit.read",
            Self::ExportLog => "audit.export",
            Self::Several => "several",
        }
    }
}

impl FromStr for AuditAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(Self::all(), Self::name, text, "action")
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Applied,
    /// The person may not.
    Denied,
    /// What they sent can't stand.
    Invalid,
    /// Someone else was faster, or the job moved.
    Conflict,
    /// It could not be done.
    Failed,
    /// It is about to be tried.
    Intent,
    /// Whether it was done is not known.
    Unknown,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Applied,
        Self::Denied,
        Self::Invalid,
        Self::Conflict,
        Self::Failed,
        Self::Intent,
        Self::Unknown,
    ];

    /// The outcome's name in the stream and in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
            Self::Intent => "intent",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AuditOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(Self::ALL.into_iter(), Self::name, text, "outcome")
    }
}

fn one_of<T: Copy>(
    all: impl Iterator<Item = T> + Clone,
    name: fn(T) -> &'static str,
    text: &str,
    what: &str,
) -> Result<T, String> {
    all.clone().find(|item| name(*item) == text).ok_or_else(|| {
        let names: Vec<_> = all.map(name).collect();
        format!(
            "there is no {what} {text:?}; allowed are {}",
            names.join(", ")
        )
    })
}
