//! The entry of a change that is about to be made. It is made from a permit, and takes who, what and where from it.

use std::fmt;
use std::marker::PhantomData;

use super::action::{AuditAction, AuditOutcome};
use super::entry::Entry;
use super::field::Field;
use super::large_change::{CompressedText, LargeChange};
use crate::domain::access::Permit;
use crate::domain::access::permission::{
    ChangeOwnPassword, EditData, ManageUsers, MoveJobs, Operate, OperateMany, Permission,
    PinVersion, RetireVersion,
};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;

/// What the audit log calls a change that takes the permission `A`. There are only the constants of this file, so that no
/// change is recorded as another.
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
}

impl Act<PinVersion> {
    /// A version was said to be the current one.
    pub const PIN: Self = Self::called(AuditAction::PinVersion);
    /// That was taken back.
    pub const UNPIN: Self = Self::called(AuditAction::UnpinVersion);
}

impl Act<RetireVersion> {
    /// Retiring a version was begun, stopped, gone on with or ended.
    pub const RETIRE: Self = Self::called(AuditAction::RetireVersion);
}

impl Act<MoveJobs> {
    /// Moving jobs was begun, stopped, gone on with or ended.
    pub const MOVE: Self = Self::called(AuditAction::MoveJobs);
    /// One job was moved.
    pub const MOVE_JOB: Self = Self::called(AuditAction::MoveJob);
}

impl Act<OperateMany> {
    /// An operation on many jobs was begun, stopped, gone on with or ended.
    pub const OPERATE_MANY: Self = Self::called(AuditAction::OperateMany);
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

impl Act<ChangeOwnPassword> {
    /// Someone changed their own password.
    pub const OWN_PASSWORD: Self = Self::called(AuditAction::ChangePassword);
}

/// The entry of a change that takes the permission `A`, not yet in the log. The permit's holder, target and action are
/// its own, whatever else is added to it.
#[derive(Debug, Clone)]
#[must_use = "a change is made with it, in the same step"]
pub struct UnrecordedEntry<A: Permission> {
    permit: Permit<A>,
    act: Act<A>,
    entry: Entry,
}

impl<A: Permission> UnrecordedEntry<A> {
    /// An entry about what the permit's holder does with it; the time and event id are new.
    pub fn new(permit: &Permit<A>, act: Act<A>, outcome: AuditOutcome) -> Self {
        Self {
            permit: permit.clone(),
            act,
            entry: Entry::of(permit, act.action(), outcome),
        }
    }

    /// What permits the change.
    pub fn permit(&self) -> &Permit<A> {
        &self.permit
    }

    /// What is about to be done.
    pub fn action(&self) -> AuditAction {
        self.act.action()
    }

    /// What will be in the log.
    pub fn as_entry(&self) -> &Entry {
        &self.entry
    }

    /// The same event at a later time, and how it ended.
    pub fn ended(&self, outcome: AuditOutcome) -> Self {
        Self {
            permit: self.permit.clone(),
            act: self.act,
            entry: self.entry.ended(outcome),
        }
    }

    fn with(self, change: impl FnOnce(Entry) -> Entry) -> Self {
        Self {
            entry: change(self.entry),
            ..self
        }
    }

    /// The same, with the state that the job was in.
    pub fn in_state(mut self, state: JobState) -> Self {
        self.entry.state = Field::Is(state);
        self
    }

    /// The same, as part of a run towards `target`, where it has one.
    pub fn of_run(self, run: &RunId, target: Option<&QueueId>) -> Self {
        self.with(|entry| entry.of_run(run, target))
    }

    /// The same, with what it is about or came to.
    pub fn noting(self, note: impl fmt::Display) -> Self {
        self.with(|entry| entry.noting(note))
    }

    /// The same, with what went wrong.
    pub fn because(self, error: impl fmt::Display) -> Self {
        self.with(|entry| entry.because(error))
    }

    /// The same, with the person's reason.
    pub fn reason(self, reason: &str) -> Self {
        self.with(|entry| entry.reason(reason))
    }

    /// The same, concerning another queue under the same prefix.
    pub fn concerning(self, other: &QueueId) -> Self {
        self.with(|entry| entry.concerning(other))
    }

    /// The same, with the schema that was in force: its file's name and its SHA-256.
    pub fn under_schema(mut self, name: &str, hash: &str) -> Self {
        self.entry.schema = name.to_owned();
        self.entry.schema_hash = hash.to_owned();
        self
    }

    /// The same, with the SHA-256 of the data before.
    pub fn data_before(mut self, hash: String) -> Self {
        self.entry.before = hash;
        self
    }

    /// The same, with the SHA-256 of the data after.
    pub fn data_after(mut self, hash: String) -> Self {
        self.entry.after = hash;
        self
    }

    /// The same, with a change as a patch, and with the text before where a patch can't hold it.
    pub fn patch(mut self, patch: String, before_text: String) -> Self {
        self.entry.patch = patch;
        self.entry.before_text = before_text;
        self
    }

    /// The same, with a change that is too large for a patch: its first changes, and the text before.
    pub(crate) fn large_change(
        mut self,
        large: &LargeChange,
        first_changes: String,
        before: Option<CompressedText>,
    ) -> Self {
        self.entry.large = Field::Is(*large);
        self.entry.first_changes = first_changes;
        self.entry.before_zlib = before;
        self
    }
}

impl UnrecordedEntry<ManageUsers> {
    /// The same, about a user.
    pub fn about_user(self, name: &str) -> Self {
        self.with(|entry| entry.about_user(name))
    }
}

impl UnrecordedEntry<ChangeOwnPassword> {
    /// The same, about the permit's holder.
    pub fn about_themselves(self) -> Self {
        let name = self.permit.by().name().to_owned();
        self.with(|entry| entry.about_user(&name))
    }
}

impl UnrecordedEntry<Operate> {
    /// An entry about the operation that the permit is for.
    pub fn operation(permit: &Permit<Operate>, outcome: AuditOutcome) -> Self {
        let act = Act::called(AuditAction::Operate(permit.target().operation));
        Self::new(permit, act, outcome)
    }
}

impl<A: Permission<Target = QueueId>> UnrecordedEntry<A> {
    /// The same, about one job of the permit's queue and the state it was in.
    pub fn on_job(self, job: &JobId, state: JobState) -> Self {
        self.with(|entry| entry.on_job(job, Some(state)))
    }
}
