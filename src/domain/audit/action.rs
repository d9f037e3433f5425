//! What is done, and how it ends, under the names that the audit log and its filters use.

use std::fmt;
use std::str::FromStr;

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr, VariantArray};

use crate::domain::operations::Operation;

/// What was done or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
pub enum AuditAction {
    /// A job's data was edited.
    #[strum(serialize = "job.edit")]
    EditData,
    /// An operation was done to a job: called by its own id.
    #[strum(disabled)]
    Operate(Operation),
    /// Someone signed in, or failed to.
    #[strum(serialize = "session.sign-in")]
    SignIn,
    /// Someone signed out.
    #[strum(serialize = "session.sign-out")]
    SignOut,
    /// A password was changed.
    #[strum(serialize = "user.password")]
    ChangePassword,
    /// A user was added.
    #[strum(serialize = "user.add")]
    AddUser,
    /// A user's role or queues were changed.
    #[strum(serialize = "user.change")]
    ChangeUser,
    /// A user was disabled.
    #[strum(serialize = "user.disable")]
    DisableUser,
    /// A user was enabled again.
    #[strum(serialize = "user.enable")]
    EnableUser,
    /// A user was removed.
    #[strum(serialize = "user.remove")]
    RemoveUser,
    /// A page was asked for that the person may not see.
    #[strum(serialize = "page.read")]
    Read,
    /// A version was said to be its family's current one.
    #[strum(serialize = "version.pin")]
    PinVersion,
    /// That was taken back.
    #[strum(serialize = "version.unpin")]
    UnpinVersion,
    /// A version that was done was taken out of Redis, or that was begun, stopped or gone on with.
    #[strum(serialize = "version.retire")]
    RetireVersion,
    /// Moving jobs from one version to another was begun, stopped, gone on with or ended.
    #[strum(serialize = "version.move")]
    MoveJobs,
    /// An operation on many jobs was begun, stopped, gone on with or ended.
    #[strum(serialize = "jobs.operate")]
    OperateMany,
    /// One job was moved to another version.
    #[strum(serialize = "job.move")]
    MoveJob,
    /// The audit log was read.
    #[strum(serialize = "audit.read")]
    ReadLog,
    /// The audit log was exported.
    #[strum(serialize = "audit.export")]
    ExportLog,
    /// Acts past the rate at which they are recorded one by one, whatever they were.
    #[strum(serialize = "several")]
    Several,
}

impl AuditAction {
    /// Every act, in the order a filter offers them.
    pub fn all() -> impl Iterator<Item = Self> {
        let operations = Operation::ALL.iter().copied().map(Self::Operate);
        operations.chain(Self::iter())
    }

    /// The acts that are reading the log itself.
    pub const READS: [Self; 2] = [Self::ReadLog, Self::ExportLog];

    /// The act's name in the stream and in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operate(operation) => operation.spec().id,
            other => other.into(),
        }
    }
}

impl FromStr for AuditAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::all().find(|action| action.name() == text);
        named.ok_or_else(|| none_named("action", text, Self::all().map(Self::name)))
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_outcome)]
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
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The outcome's name in the stream and in filters.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is said of a text that names no outcome.
fn no_outcome(text: &str) -> String {
    none_named(
        "outcome",
        text,
        AuditOutcome::ALL.iter().map(|it| it.name()),
    )
}

fn none_named(what: &str, text: &str, names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    format!(
        "there is no {what} {text:?}; allowed are {}",
        names.join(", ")
    )
}
