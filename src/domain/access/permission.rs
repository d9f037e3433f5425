//! One type for each action that writes, so that a permit for one action can't be used for another.

use std::fmt::Debug;

use super::action::Action;
use crate::domain::job::JobId;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::JobOperation;
use crate::domain::operations::on_queue::{QueueOperation, QueueTarget};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;

/// An action that writes, as a type. The trait is sealed: only the types in this file implement it.
pub trait Permission: sealed::Sealed + Debug + Clone + Send + Sync + 'static {
    /// What the action changes.
    type Target: Target;

    /// The action that the role is checked for.
    fn action(target: &Self::Target) -> Action;
}

/// What a permit can be for: a job, a queue, or no queue.
pub trait Target: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// The queue, if the target is one or is in one.
    fn queue(&self) -> Option<&QueueId>;
    /// The job, if the target is one.
    fn job(&self) -> Option<&JobId>;
}

impl Target for JobRef {
    fn queue(&self) -> Option<&QueueId> {
        Some(&self.queue)
    }

    fn job(&self) -> Option<&JobId> {
        Some(&self.id)
    }
}

impl Target for JobOperation {
    fn queue(&self) -> Option<&QueueId> {
        self.job.queue()
    }

    fn job(&self) -> Option<&JobId> {
        self.job.job()
    }
}

impl Target for QueueTarget {
    fn queue(&self) -> Option<&QueueId> {
        Some(&self.queue)
    }

    fn job(&self) -> Option<&JobId> {
        None
    }
}

impl Target for QueueId {
    fn queue(&self) -> Option<&QueueId> {
        Some(self)
    }

    fn job(&self) -> Option<&JobId> {
        None
    }
}

impl Target for SchedulerRef {
    fn queue(&self) -> Option<&QueueId> {
        Some(&self.queue)
    }

    fn job(&self) -> Option<&JobId> {
        None
    }
}

/// Users belong to no queue.
impl Target for () {
    fn queue(&self) -> Option<&QueueId> {
        None
    }

    fn job(&self) -> Option<&JobId> {
        None
    }
}

mod sealed {
    /// Keeps other modules from implementing [`Permission`](super::Permission).
    pub trait Sealed {}
}

/// Defines a type for an action that writes; `$of` is its target, which may say what the action is.
macro_rules! permission {
    ($(#[$doc:meta])* $name:ident on $target:ty, |$of:pat_param| $action:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Permission for $name {
            type Target = $target;

            fn action($of: &$target) -> Action {
                $action
            }
        }
    };
}

/// Defines a type for each action that has the type's name.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident on $target:ty;)*) => {
        $(permission! { $(#[$doc])* $name on $target, |_| Action::$name })*

        /// The actions that have a permission type.
        #[cfg(test)]
        pub(super) const ALL: &[Action] = &[$(Action::$name),*];
    };
}

permission! {
    /// Does one operation to one job.
    Operate on JobOperation, |target| Action::Operate(target.operation)
}

permission! {
    /// Does one operation to a queue, in one step.
    OperateQueue on QueueTarget, |target| Action::OperateQueue(target.operation)
}

permission! {
    /// Approves a run on a queue that someone else proposed: one permit for each of the run's queues.
    ApproveRun on QueueId, |_| Action::ApproveRepair
}

permission! {
    /// Begins a run on a queue alone that takes a second person.
    BreakGlassRun on QueueId, |_| Action::BreakGlass
}

/// An operation on a queue that deletes jobs as a run, as a type.
pub trait DeletesJobs: Permission<Target = QueueId> {
    /// The operation.
    const OPERATION: QueueOperation;
}

/// An action that changes the data of one job, or decides about such a change.
pub trait ChangesData: Permission<Target = JobRef> {}

impl ChangesData for EditData {}
impl ChangesData for ApproveRepair {}
impl ChangesData for BreakGlass {}

/// Defines a type for each of the operations that delete jobs as a run.
macro_rules! deletes_jobs {
    ($($(#[$doc:meta])* $name:ident as $operation:ident;)*) => {
        $(
            permission! {
                $(#[$doc])* $name on QueueId, |_| Action::OperateQueue(Self::OPERATION)
            }

            impl DeletesJobs for $name {
                const OPERATION: QueueOperation = QueueOperation::$operation;
            }
        )*
    };
}

deletes_jobs! {
    /// Deletes all jobs that wait.
    DrainQueue as Drain;
    /// Deletes old jobs of a state.
    CleanQueue as Clean;
    /// Deletes a queue.
    ObliterateQueue as Obliterate;
}

permissions! {
    /// Changes a job's data.
    EditData on JobRef;
    /// Approves a change of a job's data that someone else proposed.
    ApproveRepair on JobRef;
    /// Saves a change of a job's data alone that takes a second person.
    BreakGlass on JobRef;
    /// Repairs many jobs of a queue as a run. Each job takes a permit of its own beside it.
    RepairMany on QueueId;
    /// Adds a job to a queue.
    AddJob on QueueId;
    /// Pins or unpins the current version of a family.
    PinVersion on QueueId;
    /// Retires a version.
    RetireVersion on QueueId;
    /// To do operations to many jobs of a queue as a run. Each job takes a permit of its own beside it.
    OperateMany on QueueId;
    /// To move jobs out of a version, or into it: a move takes a permit for each of its two queues.
    MoveJobs on QueueId;
    /// Creates or changes schedulers of a queue.
    SetScheduler on QueueId;
    /// Adds a job from a scheduler's template.
    RunScheduler on SchedulerRef;
    /// Removes a scheduler.
    RemoveScheduler on SchedulerRef;
    /// Silences alerts, or ends a silence.
    SilenceAlerts on ();
    /// Adds, changes and removes users.
    ManageUsers on ();
    /// Marks a moment on the charts.
    MarkMoment on ();
    /// Changes the password of the permit's holder.
    ChangeOwnPassword on ();
}
