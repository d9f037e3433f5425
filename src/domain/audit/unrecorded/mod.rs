//! The entry of a change that is about to be made. It is made from a permit and takes actor, action and target from it.

mod act;

use std::fmt;

use super::action::{AuditAction, AuditOutcome};
use super::entry::Entry;
use super::field::Field;
use super::large_change::{CompressedText, LargeChange};
use crate::domain::access::Permit;
use crate::domain::access::permission::{
    ChangeOwnPassword, ManageUsers, Operate, OperateQueue, Permission,
};
use crate::domain::job::{JobId, JobState};
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunId};
pub use act::Act;

/// The entry of a change that takes the permission `A`, not yet in the log. Nothing that is added to it can change the
/// permit's holder, target or action.
#[derive(Debug, Clone)]
#[must_use = "a change is made with it, in the same step"]
pub struct UnrecordedEntry<A: Permission> {
    permit: Permit<A>,
    act: Act<A>,
    entry: Entry,
}

impl<A: Permission> UnrecordedEntry<A> {
    /// A new entry about what the permit's holder is doing, with a new time and event id.
    pub fn new(permit: &Permit<A>, act: Act<A>, outcome: AuditOutcome) -> Self {
        Self {
            permit: permit.clone(),
            act,
            entry: Entry::of(permit, act.action(), outcome),
        }
    }

    /// The permit for the change.
    pub fn permit(&self) -> &Permit<A> {
        &self.permit
    }

    /// The action about to be recorded.
    pub fn action(&self) -> AuditAction {
        self.act.action()
    }

    /// The entry to be written.
    pub fn as_entry(&self) -> &Entry {
        &self.entry
    }

    /// The outcome of the same event, at a later time.
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

    /// Adds the job's state.
    pub fn in_state(mut self, state: JobState) -> Self {
        self.entry.state = Field::Is(state);
        self
    }

    /// Adds the run and its target, if it has one.
    pub fn of_run(self, run: &RunId, target: Option<&QueueId>) -> Self {
        self.with(|entry| entry.of_run(run, target))
    }

    /// Adds the run that it is about. Where that is of several queues, the entry is of none: what it says of all of them together
    /// is not for those who may see one of them.
    pub fn about_run(self, run: &Run) -> Self {
        self.with(|entry| {
            let entry = entry.of_run(&run.id, run.target.as_ref());
            match run.is_of_several() {
                true => entry.on_no_queue(),
                false => entry,
            }
        })
    }

    /// Adds details.
    pub fn noting(self, note: impl fmt::Display) -> Self {
        self.with(|entry| entry.noting(note))
    }

    /// Adds details to those that it has.
    pub fn noting_also(self, note: impl fmt::Display) -> Self {
        self.with(|entry| entry.noting_also(note))
    }

    /// Adds what went wrong.
    pub fn because(self, error: impl fmt::Display) -> Self {
        self.with(|entry| entry.because(error))
    }

    /// Adds the person's reason.
    pub fn reason(self, reason: &str) -> Self {
        self.with(|entry| entry.reason(reason))
    }

    /// Adds another queue, under the same prefix.
    pub fn concerning(self, other: &QueueId) -> Self {
        self.with(|entry| entry.concerning(other))
    }

    /// The same, unless it is the entry's own queue or has another prefix. Readers who may not see it don't get its name, as
    /// they would in a note.
    pub fn concerning_if_other(self, other: &QueueId) -> Self {
        let is_other = self.entry.prefix == other.prefix() && self.entry.queue != other.name();
        match is_other {
            true => self.concerning(other),
            false => self,
        }
    }

    /// Adds the schema in force: its file's name and its SHA-256.
    pub fn under_schema(mut self, name: &str, hash: &str) -> Self {
        self.entry.schema = name.to_owned();
        self.entry.schema_hash = hash.to_owned();
        self
    }

    /// Adds the policy in force, its file's name and its SHA-256, and the ticket that the reason names. The reason, as it is
    /// kept, comes first.
    pub fn under_policy(mut self, policy: &PolicyInForce) -> Self {
        let Some(policy) = policy.policy() else {
            return self;
        };
        self.entry.policy = policy.name.clone();
        self.entry.policy_hash = policy.hash.clone();
        let rule = policy.reason.as_ref().and_then(|rule| rule.ticket.as_ref());
        if let Some(ticket) = rule.and_then(|rule| rule.find(&self.entry.reason)) {
            self.entry.ticket = ticket.text;
            self.entry.ticket_link = ticket.link.unwrap_or_default();
        }
        self
    }

    /// Adds the SHA-256 of the data before.
    pub fn data_before(mut self, hash: String) -> Self {
        self.entry.before = hash;
        self
    }

    /// Adds the SHA-256 of the data after.
    pub fn data_after(mut self, hash: String) -> Self {
        self.entry.after = hash;
        self
    }

    /// Adds the change as a patch, and the text before if a patch can't hold it.
    pub fn patch(mut self, patch: String, before_text: String) -> Self {
        self.entry.patch = patch;
        self.entry.before_text = before_text;
        self
    }

    /// Adds the piece of the data before that the patch does not give back as it was written.
    pub(crate) fn before_piece(mut self, piece: String) -> Self {
        self.entry.before_piece = piece;
        self
    }

    /// Adds the entry whose edit this one undoes.
    pub fn undoing(mut self, entry: &str) -> Self {
        self.entry.undoes = entry.to_owned();
        self
    }

    /// Adds a change that is too large for a patch: its first changes and the text before.
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
    /// A new entry about the operation that the permit is for.
    pub fn operation(permit: &Permit<Operate>, outcome: AuditOutcome) -> Self {
        Self::new(permit, Act::operation(permit), outcome)
    }
}

impl UnrecordedEntry<OperateQueue> {
    /// A new entry about the operation that the permit is for.
    pub fn on_queue(permit: &Permit<OperateQueue>, outcome: AuditOutcome) -> Self {
        Self::new(permit, Act::on_queue(permit), outcome)
    }
}

impl<A: Permission<Target = QueueId>> UnrecordedEntry<A> {
    /// Adds a job of the permit's queue, and its state.
    pub fn on_job(self, job: &JobId, state: JobState) -> Self {
        self.with(|entry| entry.on_job(job, Some(state)))
    }
}
