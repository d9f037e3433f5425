//! The audit actions of changes, each of its own permission.

use std::marker::PhantomData;

use super::super::action::AuditAction;
use crate::domain::access::Permit;
use crate::domain::access::permission::{
    AddJob, ApproveRepair, ApproveRun, BreakGlass, BreakGlassRun, ChangeOwnPassword, DeletesJobs,
    EditData, ManageUsers, MarkMoment, MoveJobs, Operate, OperateMany, OperateQueue, Permission,
    PinVersion, RemoveScheduler, RepairMany, RetireVersion, RunScheduler, SetScheduler,
    SilenceAlerts,
};
use crate::domain::queue::QueueId;

/// The audit action of a change that takes the permission `A`. Only this file makes any, so no change can be recorded as
/// another.
#[derive(Debug)]
pub struct Act<A: Permission>(AuditAction, PhantomData<fn() -> A>);

impl<A: Permission> Act<A> {
    const fn called(name: AuditAction) -> Self {
        Self(name, PhantomData)
    }

    /// The action as entries hold it.
    pub fn action(self) -> AuditAction {
        self.0
    }
}

impl<A: Permission> Clone for Act<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Permission> Copy for Act<A> {}

impl Act<EditData> {
    /// A job's data was edited.
    pub const EDIT: Self = Self::called(AuditAction::EditData);
    /// A second person was asked to approve an edit.
    pub const PROPOSE: Self = Self::called(AuditAction::Propose);
    /// The requester took that back.
    pub const WITHDRAW: Self = Self::called(AuditAction::WithdrawProposal);
}

impl Act<BreakGlass> {
    /// A job's data was edited without the second person that it takes.
    pub const BREAK_GLASS: Self = Self::called(AuditAction::BreakGlass);
}

impl Act<ApproveRepair> {
    /// A proposal was approved, and its change was made.
    pub const APPROVE: Self = Self::called(AuditAction::ApproveProposal);
    /// A proposal was rejected.
    pub const REJECT: Self = Self::called(AuditAction::RejectProposal);
}

impl<A: Permission<Target = QueueId>> Act<A> {
    /// A second person was asked to approve a run.
    pub const PROPOSE_RUN: Self = Self::called(AuditAction::Propose);
    /// The requester took that back.
    pub const WITHDRAW_RUN: Self = Self::called(AuditAction::WithdrawProposal);
}

impl Act<ApproveRun> {
    /// The proposal of a run was approved, and the run began.
    pub const APPROVE_RUN: Self = Self::called(AuditAction::ApproveProposal);
    /// The proposal of a run was rejected.
    pub const REJECT_RUN: Self = Self::called(AuditAction::RejectProposal);
}

impl Act<BreakGlassRun> {
    /// A run was begun without the second person that it takes.
    pub const BEGIN_ALONE: Self = Self::called(AuditAction::BreakGlassRun);
}

impl Act<AddJob> {
    /// A job was added.
    pub const ADD_JOB: Self = Self::called(AuditAction::AddJob);
}

impl Act<PinVersion> {
    /// A version was pinned.
    pub const PIN: Self = Self::called(AuditAction::PinVersion);
    /// A version was unpinned.
    pub const UNPIN: Self = Self::called(AuditAction::UnpinVersion);
}

impl Act<RetireVersion> {
    /// Retiring a version began, stopped, continued or ended.
    pub const RETIRE: Self = Self::called(AuditAction::RetireVersion);
}

impl Act<SetScheduler> {
    /// A scheduler was created.
    pub const CREATE_SCHEDULER: Self = Self::called(AuditAction::CreateScheduler);
    /// A scheduler was changed.
    pub const EDIT_SCHEDULER: Self = Self::called(AuditAction::EditScheduler);
}

impl Act<RunScheduler> {
    /// A job was added from a scheduler's template.
    pub const RUN_SCHEDULER: Self = Self::called(AuditAction::RunScheduler);
}

impl Act<RemoveScheduler> {
    /// A scheduler was removed.
    pub const REMOVE_SCHEDULER: Self = Self::called(AuditAction::RemoveScheduler);
}

impl Act<MoveJobs> {
    /// Moving jobs began, stopped, continued or ended.
    pub const MOVE: Self = Self::called(AuditAction::MoveJobs);
    /// One job was moved.
    pub const MOVE_JOB: Self = Self::called(AuditAction::MoveJob);
}

impl Act<OperateMany> {
    /// An operation on many jobs was begun, stopped, gone on with or ended.
    pub const OPERATE_MANY: Self = Self::called(AuditAction::OperateMany);
}

impl Act<RepairMany> {
    /// A repair of many jobs was begun, stopped, gone on with or ended.
    pub const REPAIR_MANY: Self = Self::called(AuditAction::RepairMany);
    /// Undoing the edits of a run was begun, stopped, gone on with or ended.
    pub const UNDO_RUN: Self = Self::called(AuditAction::UndoRun);
    /// A recipe was saved.
    pub const SAVE_RECIPE: Self = Self::called(AuditAction::SaveRecipe);
    /// A recipe was deleted.
    pub const DELETE_RECIPE: Self = Self::called(AuditAction::DeleteRecipe);
}

impl<A: DeletesJobs> Act<A> {
    /// Deleting jobs of a queue was begun, stopped, gone on with or ended.
    pub const DELETE_JOBS: Self = Self::called(AuditAction::OperateQueue(A::OPERATION));
}

impl Act<SilenceAlerts> {
    /// Alerts were silenced.
    pub const SILENCE: Self = Self::called(AuditAction::SilenceAlerts);
    /// A silence was ended.
    pub const UNSILENCE: Self = Self::called(AuditAction::UnsilenceAlerts);
}

impl Act<ManageUsers> {
    /// A user was added.
    pub const ADD: Self = Self::called(AuditAction::AddUser);
    /// A user's role or queues were changed.
    pub const CHANGE: Self = Self::called(AuditAction::ChangeUser);
    /// A user's password was changed.
    pub const PASSWORD: Self = Self::called(AuditAction::ChangePassword);
    /// A user was disabled.
    pub const DISABLE: Self = Self::called(AuditAction::DisableUser);
    /// A user was enabled again.
    pub const ENABLE: Self = Self::called(AuditAction::EnableUser);
    /// A user was removed.
    pub const REMOVE: Self = Self::called(AuditAction::RemoveUser);
}

impl Act<MarkMoment> {
    /// A moment was marked on the charts.
    pub const MARK: Self = Self::called(AuditAction::AddMark);
}

impl Act<ChangeOwnPassword> {
    /// Someone changed their own password.
    pub const OWN_PASSWORD: Self = Self::called(AuditAction::ChangePassword);
}

impl Act<Operate> {
    /// The operation of the permit was done to a job.
    pub(super) fn operation(permit: &Permit<Operate>) -> Self {
        Self::called(AuditAction::Operate(permit.target().operation))
    }
}

impl Act<OperateQueue> {
    /// The operation of the permit was done to a queue.
    pub(super) fn on_queue(permit: &Permit<OperateQueue>) -> Self {
        Self::called(AuditAction::OperateQueue(permit.target().operation))
    }
}
