//! The permit: the proof that a change takes.

use super::denied::Denied;
use super::operator::Operator;
use super::permission::{Permission, Target};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// Proof that an operator may do `A` to one target. Only [`Operator::permit`] makes it.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permit<A: Permission> {
    by: Operator,
    target: A::Target,
}

impl Operator {
    /// Checks whether this operator may do `A` to `target`, and makes the permit.
    pub fn permit<A: Permission>(&self, target: A::Target) -> Result<Permit<A>, Denied> {
        self.check(A::action(&target), target.queue())?;
        let by = self.clone();
        Ok(Permit { by, target })
    }
}

impl<A: Permission> Permit<A> {
    /// The operator who holds the permit.
    pub fn by(&self) -> &Operator {
        &self.by
    }

    /// The target that was checked.
    pub fn target(&self) -> &A::Target {
        &self.target
    }

    /// The target's queue; `None` if the action concerns no single queue.
    pub fn queue(&self) -> Option<&QueueId> {
        self.target.queue()
    }

    /// The target's job, if the target is a job.
    pub fn job(&self) -> Option<&JobId> {
        self.target.job()
    }
}
