//! An entry of the audit log: who, what, where, before, after, why, and the outcome.
//!
//! `stored_fields.rs` says under which names and in which order the fields are stored in a Redis stream.

use std::fmt;

use time::OffsetDateTime;

use super::action::{AuditAction, AuditOutcome};
use super::field::Field;
use super::large_change::{CompressedText, LargeChange};
use crate::domain::access::permission::Permission;
use crate::domain::access::{Actor, Operator, Permit, Role};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;

/// What entries of this release have in the field `v`. Since 2 there are `actor_kind` and `subject`.
const VERSION: &str = "2";

/// One line of the audit log. Texts are empty where they do not apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The version of the fields.
    pub(super) version: String,
    /// When, RFC 3339 in UTC.
    pub time: Field<OffsetDateTime>,
    /// The event's own id (a ULID); an intent and its outcome share it.
    pub event: String,
    /// The request's id, as in the process's log.
    pub request: String,
    /// Who.
    actor: Actor,
    /// What the entry says of the actor's kind. Empty in entries of earlier releases, which are exported as they are.
    actor_kind: String,
    /// As what.
    pub role: Field<Role>,
    /// From which address.
    pub ip: String,
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// The queue's prefix.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
    /// The job's id.
    pub job: Field<JobId>,
    /// Where the job stood.
    pub state: Field<JobState>,
    /// The queue that it, or its job, went to, under the same prefix.
    pub to_queue: String,
    /// The job's id there.
    pub to_job: Field<JobId>,
    /// The run it is part of.
    pub run: Field<RunId>,
    /// What was done.
    pub action: Field<AuditAction>,
    /// The schema that was in force, by its file.
    pub schema: String,
    /// The schema's SHA-256.
    pub schema_hash: String,
    /// SHA-256 of the data before.
    pub before: String,
    /// SHA-256 of the data after.
    pub after: String,
    /// An RFC 6902 patch, with a `test` of each old value before the value is changed.
    pub patch: String,
    /// The data before if it was not JSON, so that a patch can't hold it.
    pub before_text: String,
    /// `1` if the patch and the text before are kept beside the log because they are large.
    pub apart: String,
    /// A change that is too large for a patch.
    pub(crate) large: Field<LargeChange>,
    /// The first changes of it, as RFC 6902; no patch of its own.
    pub first_changes: String,
    /// The text before such a change. It is kept beside the log and not read with the entry.
    pub before_zlib: Option<CompressedText>,
    /// The piece of the data before that the patch does not give back as it was written; see `before_piece.rs`.
    pub before_piece: String,
    /// The stream id of the entry whose edit this one undid.
    pub undoes: String,
    /// The reason that the person gave.
    pub reason: String,
    /// The repair policy that was in force, by its file.
    pub policy: String,
    /// The policy's SHA-256.
    pub policy_hash: String,
    /// The ticket that the reason names, where a policy asks for one.
    pub ticket: String,
    /// Where that ticket can be read, as the policy had it then.
    pub ticket_link: String,
    /// How it ended.
    pub outcome: Field<AuditOutcome>,
    /// What it is about or came to, in our words. Never the name of a queue: see `other_queue`.
    pub note: String,
    /// What went wrong, in Bullkeeper's words.
    pub error: String,
    /// Another queue that the event concerns, under the same prefix. Only shown to those who may see that queue too.
    pub other_queue: String,
    /// How many alike events this entry stands for; empty for one.
    pub count: Field<u64>,
    /// When the first of them was, in UTC.
    pub first: Field<OffsetDateTime>,
    /// When the last of them was.
    pub last: Field<OffsetDateTime>,
    /// The user whom a change of users is about; see [`Entry::subject`] for entries of earlier releases.
    pub(super) subject: String,
}

impl Entry {
    /// Whether it records a change of a job's data.
    pub fn changed_data(&self) -> bool {
        let action = self.action.value();
        // The approval of a run has no job.
        action.is_some_and(|action| action.changes_data())
            && self.job.value().is_some()
            && self.outcome == AuditOutcome::Applied
    }

    /// A new entry, with a new time and event id.
    pub fn new(by: &Operator, act: AuditAction, outcome: AuditOutcome) -> Self {
        Self {
            request: by.origin().request.clone(),
            role: Field::Is(by.role()),
            ip: by.origin().ip.clone(),
            user_agent: by.origin().user_agent.clone(),
            action: Field::Is(act),
            outcome: Field::Is(outcome),
            ..Self::by(by.actor().clone())
        }
    }

    /// A new entry about what a permit's holder did, or failed to do, to the permit's target.
    pub fn of<A: Permission>(permit: &Permit<A>, act: AuditAction, outcome: AuditOutcome) -> Self {
        let mut entry = Self::new(permit.by(), act, outcome);
        if let Some(queue) = permit.queue() {
            entry = entry.on_queue(queue);
        }
        match permit.job() {
            Some(job) => entry.on_job(job, None),
            None => entry,
        }
    }

    /// Adds the queue.
    pub fn on_queue(mut self, queue: &QueueId) -> Self {
        self.prefix = queue.prefix().to_owned();
        self.queue = queue.name().to_owned();
        self
    }

    /// The same, about no single queue.
    pub fn on_no_queue(mut self) -> Self {
        self.prefix.clear();
        self.queue.clear();
        self
    }

    /// Adds the job and its state.
    pub fn on_job(mut self, job: &JobId, state: Option<JobState>) -> Self {
        self.job = Field::Is(job.clone());
        self.state = state.into();
        self
    }

    /// Adds the run and its target, if it has one.
    pub fn of_run(mut self, run: &RunId, target: Option<&QueueId>) -> Self {
        self.run = Field::Is(run.clone());
        self.to_queue = target.map_or_else(String::new, |queue| queue.name().to_owned());
        self
    }

    /// Adds details.
    pub fn noting(mut self, note: impl fmt::Display) -> Self {
        self.note = note.to_string();
        self
    }

    /// Adds details to those that it has.
    pub fn noting_also(mut self, note: impl fmt::Display) -> Self {
        if !self.note.is_empty() {
            self.note += "; ";
        }
        self.note += &note.to_string();
        self
    }

    /// Adds what went wrong.
    pub fn because(mut self, error: impl fmt::Display) -> Self {
        self.error = error.to_string();
        self
    }

    /// Adds the person's reason.
    pub fn reason(mut self, reason: &str) -> Self {
        self.reason = reason.to_owned();
        self
    }

    /// The same, about a user.
    pub fn about_user(mut self, name: &str) -> Self {
        self.subject = name.to_owned();
        self
    }

    /// The same, concerning another queue under the same prefix.
    pub fn concerning(mut self, other: &QueueId) -> Self {
        self.other_queue = other.name().to_owned();
        self
    }

    /// One entry that stands for `count` events like this one, with the times of the first and the last.
    pub fn standing_for(&self, count: u64, first: OffsetDateTime, last: OffsetDateTime) -> Self {
        Self {
            time: now(),
            event: new_event(),
            count: Field::Is(count),
            first: Field::Is(first),
            last: Field::Is(last),
            ..self.clone()
        }
    }

    /// The outcome of the same event, at a later time.
    pub fn ended(&self, outcome: AuditOutcome) -> Self {
        Self {
            time: now(),
            outcome: Field::Is(outcome),
            ..self.clone()
        }
    }

    /// The outcome of the same event when the change was not made: without any part of the change.
    pub fn without_change(&self, outcome: AuditOutcome) -> Self {
        Self {
            patch: String::new(),
            before_text: String::new(),
            before_piece: String::new(),
            large: Field::Absent,
            first_changes: String::new(),
            after: String::new(),
            before_zlib: None,
            ..self.ended(outcome)
        }
    }

    /// An entry for several events like this one in their outcome alone, all by `actor`. Where that is this entry's actor,
    /// the entry says from where.
    pub fn several(&self, actor: Actor) -> Self {
        let is_one = actor == self.actor;
        let if_one = |text: &String| if is_one { text.clone() } else { String::new() };
        Self {
            role: if is_one {
                self.role.clone()
            } else {
                Field::Absent
            },
            ip: if_one(&self.ip),
            user_agent: if_one(&self.user_agent),
            action: Field::Is(AuditAction::Several),
            outcome: self.outcome.clone(),
            note: "more than are recorded one by one".to_owned(),
            ..Self::by(actor)
        }
    }

    /// How many events it stands for.
    pub fn events(&self) -> u64 {
        self.count.value().copied().unwrap_or(1)
    }

    /// Who did it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What the entry says of the actor's kind; empty where it says nothing.
    pub(super) fn actor_kind(&self) -> &str {
        &self.actor_kind
    }

    /// Whether the entry says of which kind its actor is, as earlier releases did not.
    pub(super) fn has_actor_kind(&self) -> bool {
        !self.actor_kind.is_empty()
    }

    /// The queue that the entry is about, if there is one.
    pub fn queue_id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.queue).ok()
    }

    /// The queue that its job or jobs went to, if they did.
    pub fn to_queue_id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.to_queue).ok()
    }

    /// An entry of this release about nothing yet.
    fn by(actor: Actor) -> Self {
        let kind = actor.kind_name().to_owned();
        Self {
            version: VERSION.to_owned(),
            time: now(),
            event: new_event(),
            ..Self::by_recorded(actor, &kind)
        }
    }

    /// An entry to be read, of an actor that was recorded with this kind.
    pub(super) fn by_recorded(actor: Actor, kind: &str) -> Self {
        Self {
            actor,
            actor_kind: kind.to_owned(),
            ..Self::default()
        }
    }
}

fn now() -> Field<OffsetDateTime> {
    Field::Is(crate::clock::utc())
}

fn new_event() -> String {
    ulid::Ulid::new().to_string()
}

/// An entry read back from the log, with its id in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEntry {
    /// The stream's id, `milliseconds-sequence`.
    pub id: String,
    /// The entry.
    pub entry: Entry,
}
