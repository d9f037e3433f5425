//! Proof that someone may do one thing to one target.

use super::denied::Denied;
use super::operator::Operator;
use super::permission::{Permission, Target};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// Proof that someone may do `A` to its target. Only [`Operator::permit`] makes one.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permit<A: Permission> {
    by: Operator,
    target: A::Target,
}

impl Operator {
    /// Permission to do `A` to `target`: the only maker of a [`Permit`].
    pub fn permit<A: Permission>(&self, target: A::Target) -> Result<Permit<A>, Denied> {
        self.check(A::action(&target), target.queue())?;
        let by = self.clone();
        Ok(Permit { by, target })
    }
}

impl<A: Permission> Permit<A> {
    /// Who may.
    pub fn by(&self) -> &Operator {
        &self.by
    }

    /// What it is for.
    pub fn target(&self) -> &A::Target {
        &self.target
    }

    /// The queue it is for; `None` where no single queue is meant.
    pub fn queue(&self) -> Option<&QueueId> {
        self.target.queue()
    }

    /// The job it is for, where it is for one.
    pub fn job(&self) -> Option<&JobId> {
        self.target.job()
    }
}
