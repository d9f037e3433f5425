//! What a user can ask to do, and the least role for each action.

use strum::{EnumIter, IntoEnumIterator};

use super::role::Role;
use crate::domain::operations::Operation;
use crate::domain::operations::on_queue::QueueOperation;

/// Something that a role allows or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Action {
    /// Read a queue and its jobs.
    View,
    /// Change a job's data.
    EditData,
    /// Add a job to a queue.
    AddJob,
    /// Do one operation to a job.
    #[strum(disabled)]
    Operate(Operation),
    /// Do one operation to a queue.
    #[strum(disabled)]
    OperateQueue(QueueOperation),
    /// Do an operation to many jobs of a queue, as a run; takes the operation itself beside it.
    OperateMany,
    /// Repair the data of many jobs of a queue, as a run, and keep recipes for it; each job takes [`Action::EditData`] beside it.
    RepairMany,
    /// Read the audit log.
    ReadAudit,
    /// Read the state of the database server; takes a scope of every queue, since its figures are of all of them.
    ViewServer,
    /// Add, change and remove users.
    ManageUsers,
    /// Change one's own password; for every role.
    ChangeOwnPassword,
    /// Pin the current version of a family, or unpin it.
    PinVersion,
    /// Retire a drained version: take it out of Redis.
    RetireVersion,
    /// Move jobs from one version to another; needs a permit for each of the two.
    MoveJobs,
    /// Create a scheduler, or change one.
    SetScheduler,
    /// Add a job from a scheduler's template.
    RunScheduler,
    /// Remove a scheduler.
    RemoveScheduler,
}

impl Action {
    /// All actions.
    pub fn all() -> impl Iterator<Item = Self> {
        let operations = Operation::ALL.iter().copied().map(Self::Operate);
        let on_queues = QueueOperation::ALL.iter().copied();
        let on_queues = on_queues.map(Self::OperateQueue);
        Self::iter().chain(operations).chain(on_queues)
    }

    /// Whether the action writes to Redis, beyond the audit log.
    pub fn writes(self) -> bool {
        match self {
            Self::EditData
            | Self::AddJob
            | Self::Operate(_)
            | Self::OperateQueue(_)
            | Self::OperateMany
            | Self::RepairMany
            | Self::ManageUsers
            | Self::ChangeOwnPassword
            | Self::PinVersion
            | Self::RetireVersion
            | Self::MoveJobs
            | Self::SetScheduler
            | Self::RunScheduler
            | Self::RemoveScheduler => true,
            Self::View | Self::ReadAudit | Self::ViewServer => false,
        }
    }

    /// Whether it takes a scope of every queue: it tells of all of them together.
    pub fn is_of_every_queue(self) -> bool {
        self == Self::ViewServer
    }

    /// How a refusal names the action: "a viewer may not …".
    pub fn words(self) -> &'static str {
        match self {
            Self::View => "see queues and jobs",
            Self::EditData => "change a job's data",
            Self::AddJob => "add a job",
            Self::Operate(operation) => operation.spec().words,
            Self::OperateQueue(operation) => operation.spec().words,
            Self::OperateMany => "do an operation to many jobs at once",
            Self::RepairMany => "repair the data of many jobs at once",
            Self::ReadAudit => "read the audit log",
            Self::ViewServer => "see the state of Redis",
            Self::ManageUsers => "manage users",
            Self::ChangeOwnPassword => "change their own password",
            Self::PinVersion => "pin the current version",
            Self::RetireVersion => "retire a version",
            Self::MoveJobs => "move jobs between versions",
            Self::SetScheduler => "create or change a scheduler",
            Self::RunScheduler => "run a scheduler now",
            Self::RemoveScheduler => "remove a scheduler",
        }
    }

    /// The table of roles in Markdown, as in the README.
    pub fn markdown_table() -> String {
        let roles = Role::ALL.iter().map(|role| format!(" {role} |"));
        let mut table = format!("| |{}\n", roles.collect::<String>());
        table.push_str(&format!("|{}\n", " --- |".repeat(1 + Role::ALL.len())));
        for action in Self::all() {
            let may = Role::ALL.iter().map(|role| match *role >= action.needs() {
                true => " yes |",
                false => " |",
            });
            table.push_str(&format!(
                "| {} |{}\n",
                action.words(),
                may.collect::<String>()
            ));
        }
        table
    }

    /// The least role that may do it. No other place decides this.
    pub fn needs(self) -> Role {
        match self {
            Self::View | Self::ViewServer | Self::ChangeOwnPassword => Role::Viewer,
            Self::EditData | Self::AddJob | Self::OperateMany | Self::ReadAudit => Role::Operator,
            Self::Operate(operation) => operation.spec().role,
            Self::OperateQueue(operation) => operation.spec().role,
            Self::RepairMany
            | Self::ManageUsers
            | Self::PinVersion
            | Self::RetireVersion
            | Self::MoveJobs
            | Self::SetScheduler
            | Self::RunScheduler
            | Self::RemoveScheduler => Role::Admin,
        }
    }
}
