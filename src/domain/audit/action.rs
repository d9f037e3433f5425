//! Actions and outcomes, under the names that the audit log and its filters use.

use std::fmt;
use std::str::FromStr;

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr, VariantArray};

use crate::domain::operations::Operation;
use crate::domain::operations::on_queue::QueueOperation;

/// The kind of an entry: what was done or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumIter)]
pub enum AuditAction {
    /// A job's data was edited.
    #[strum(serialize = "job.edit")]
    EditData,
    /// Someone asked a second person to approve an edit or a run.
    #[strum(serialize = "proposal.ask")]
    Propose,
    /// A second person approved an edit or a run, which was made or begun in the same step; or could not.
    #[strum(serialize = "proposal.approve")]
    ApproveProposal,
    /// A second person rejected an edit or a run.
    #[strum(serialize = "proposal.reject")]
    RejectProposal,
    /// Someone took back what they had asked to be approved.
    #[strum(serialize = "proposal.withdraw")]
    WithdrawProposal,
    /// A job's data was edited without the second person that it takes.
    #[strum(serialize = "job.break-glass")]
    BreakGlass,
    /// A run was begun without the second person that it takes.
    #[strum(serialize = "run.break-glass")]
    BreakGlassRun,
    /// A job was added.
    #[strum(serialize = "job.add")]
    AddJob,
    /// An operation on a job. Its name is the operation's own id.
    #[strum(disabled)]
    Operate(Operation),
    /// An operation on a queue. Its name is the operation's own id.
    #[strum(disabled)]
    OperateQueue(QueueOperation),
    /// Someone signed in, or failed to.
    #[strum(serialize = "session.sign-in")]
    SignIn,
    /// Someone signed out.
    #[strum(serialize = "session.sign-out")]
    SignOut,
    /// Someone typed their password again, for a change that takes it.
    #[strum(serialize = "session.confirm")]
    ConfirmPassword,
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
    /// Someone asked for a page that they may not see.
    #[strum(serialize = "page.read")]
    Read,
    /// An admin pinned the current version of a family.
    #[strum(serialize = "version.pin")]
    PinVersion,
    /// An admin took a pin back.
    #[strum(serialize = "version.unpin")]
    UnpinVersion,
    /// Retiring a version began, stopped, continued or ended.
    #[strum(serialize = "version.retire")]
    RetireVersion,
    /// Moving jobs from one version to another began, stopped, continued or ended.
    #[strum(serialize = "version.move")]
    MoveJobs,
    /// An operation on many jobs was begun, stopped, gone on with or ended.
    #[strum(serialize = "jobs.operate")]
    OperateMany,
    /// A repair of many jobs was begun, stopped, gone on with or ended.
    #[strum(serialize = "jobs.repair")]
    RepairMany,
    /// Undoing the edits of a run was begun, stopped, gone on with or ended.
    #[strum(serialize = "jobs.undo")]
    UndoRun,
    /// A recipe for a repair was saved, as a new version where it was kept before.
    #[strum(serialize = "recipe.save")]
    SaveRecipe,
    /// A recipe was deleted.
    #[strum(serialize = "recipe.delete")]
    DeleteRecipe,
    /// A recipe was exported as a file.
    #[strum(serialize = "recipe.export")]
    ExportRecipe,
    /// One job was moved to another version.
    #[strum(serialize = "job.move")]
    MoveJob,
    /// An admin created a scheduler.
    #[strum(serialize = "scheduler.create")]
    CreateScheduler,
    /// An admin changed a scheduler.
    #[strum(serialize = "scheduler.edit")]
    EditScheduler,
    /// An admin added a job from a scheduler's template.
    #[strum(serialize = "scheduler.run")]
    RunScheduler,
    /// An admin removed a scheduler.
    #[strum(serialize = "scheduler.remove")]
    RemoveScheduler,
    /// Someone marked a moment on the charts.
    #[strum(serialize = "mark.add")]
    AddMark,
    /// Someone silenced alerts for a time.
    #[strum(serialize = "alert.silence")]
    SilenceAlerts,
    /// Someone ended a silence before its time.
    #[strum(serialize = "alert.unsilence")]
    UnsilenceAlerts,
    /// The audit log was read.
    #[strum(serialize = "audit.read")]
    ReadLog,
    /// The audit log was exported.
    #[strum(serialize = "audit.export")]
    ExportLog,
    /// Jobs were exported that a search found.
    #[strum(serialize = "jobs.export")]
    ExportJobs,
    /// Several events of any kind, beyond the rate at which they are recorded one by one.
    #[strum(serialize = "several")]
    Several,
}

impl AuditAction {
    /// Every action, in the order in which a filter offers them.
    pub fn all() -> impl Iterator<Item = Self> {
        let operations = Operation::ALL.iter().copied().map(Self::Operate);
        let on_queues = QueueOperation::ALL.iter().copied();
        let on_queues = on_queues.map(Self::OperateQueue);
        operations.chain(on_queues).chain(Self::iter())
    }

    /// The actions that read the audit log itself.
    pub const READS: [Self; 2] = [Self::ReadLog, Self::ExportLog];

    /// Whether it changes the data of a job, whoever had to agree.
    pub fn changes_data(self) -> bool {
        matches!(
            self,
            Self::EditData | Self::ApproveProposal | Self::BreakGlass
        )
    }

    /// The name in the stream and in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operate(operation) => operation.spec().id,
            Self::OperateQueue(operation) => operation.spec().id,
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

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_outcome)]
pub enum AuditOutcome {
    /// It was done.
    Applied,
    /// The person may not do it.
    Denied,
    /// The input was not valid.
    Invalid,
    /// Someone else changed the job first, or the job's state changed.
    Conflict,
    /// It failed.
    Failed,
    /// A run is about to begin; another entry says how it ended.
    Intent,
    /// It is not known whether it was done.
    Unknown,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The name in the stream and in filters.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for a text that names no outcome.
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
