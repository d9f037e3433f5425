//! What a user can ask to do, and the least role or the grant for each action.

use strum::{EnumIter, IntoEnumIterator};

use super::grant::Grant;
use super::role::Role;
use crate::domain::operations::Operation;
use crate::domain::operations::on_queue::QueueOperation;

/// Something that a role or a grant allows or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Action {
    /// Read a queue and its jobs.
    View,
    /// Change a job's data.
    EditData,
    /// See the values that a policy hides. By grant alone, and needed only where a policy names sensitive fields.
    Reveal,
    /// Approve a change that a policy puts before a second person. By grant alone.
    ApproveRepair,
    /// Save a change alone that takes a second person; only where the settings allow it.
    BreakGlass,
    /// Change the data of many jobs at once, as a run, and keep recipes for that. Each job takes [`Action::EditData`] beside it.
    RepairMany,
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
    /// Mark a moment on the charts.
    MarkMoment,
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
            | Self::ApproveRepair
            | Self::BreakGlass
            | Self::RepairMany
            | Self::AddJob
            | Self::Operate(_)
            | Self::OperateQueue(_)
            | Self::OperateMany
            | Self::ManageUsers
            | Self::ChangeOwnPassword
            | Self::PinVersion
            | Self::RetireVersion
            | Self::MoveJobs
            | Self::SetScheduler
            | Self::RunScheduler
            | Self::RemoveScheduler
            | Self::MarkMoment => true,
            Self::View | Self::Reveal | Self::ReadAudit | Self::ViewServer => false,
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
            Self::Reveal => "see the values that a policy hides",
            Self::ApproveRepair => "approve someone else's change",
            Self::BreakGlass => "save a critical change without approval",
            Self::RepairMany => "change the data of many jobs at once",
            Self::AddJob => "add a job",
            Self::Operate(operation) => operation.spec().words,
            Self::OperateQueue(operation) => operation.spec().words,
            Self::OperateMany => "do an operation to many jobs at once",
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
            Self::MarkMoment => "mark a moment on the charts",
        }
    }

    /// The table of roles and grants in Markdown, as in the README.
    pub fn markdown_table() -> String {
        let roles = Role::ALL.iter().map(|role| format!(" {role} |"));
        let mut table = format!("| |{} or by grant |\n", roles.collect::<String>());
        table.push_str(&format!("|{}\n", " --- |".repeat(2 + Role::ALL.len())));
        for action in Self::all() {
            let may = Role::ALL.iter().map(|role| match action.is_for(*role) {
                true => " yes |",
                false => " |",
            });
            let may = may.collect::<String>();
            let grant = action
                .granted_by()
                .map_or_else(String::new, |grant| format!(" {grant}"));
            table.push_str(&format!("| {} |{may}{grant} |\n", action.words()));
        }
        table
    }

    /// Whether a role alone allows it.
    pub fn is_for(self, role: Role) -> bool {
        self.needs().is_some_and(|needs| role >= needs)
    }

    /// The grant that allows it without the role. No other place decides this.
    pub fn granted_by(self) -> Option<Grant> {
        match self {
            Self::EditData => Some(Grant::Repair),
            Self::Reveal => Some(Grant::Reveal),
            Self::ApproveRepair => Some(Grant::Approve),
            Self::RepairMany => Some(Grant::Bulk),
            _ => None,
        }
    }

    /// The least role that may do it; `None` if it takes a grant, whatever the role. No other place decides this.
    pub fn needs(self) -> Option<Role> {
        Some(match self {
            Self::Reveal | Self::ApproveRepair => return None,
            Self::View | Self::ViewServer | Self::ChangeOwnPassword => Role::Viewer,
            Self::EditData | Self::AddJob | Self::OperateMany | Self::ReadAudit => Role::Operator,
            Self::Operate(operation) => operation.spec().role,
            Self::OperateQueue(operation) => operation.spec().role,
            Self::ManageUsers
            | Self::BreakGlass
            | Self::RepairMany
            | Self::PinVersion
            | Self::RetireVersion
            | Self::MoveJobs
            | Self::SetScheduler
            | Self::RunScheduler
            | Self::RemoveScheduler
            | Self::MarkMoment => Role::Admin,
        })
    }
}
