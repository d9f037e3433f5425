//! An entry of the audit log: who, what, where, before, after, why, and the outcome.
//!
//! [`Entry::fields`] gives the names under which the fields are written to a Redis stream. A reader skips fields that it
//! does not know, so that a hash chain or signatures can be added without a new version.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::action::{AuditAction, AuditOutcome};
use super::large_change::CompressedText;
use crate::domain::access::permission::Permission;
use crate::domain::access::{Operator, Permit};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;

/// An entry of the audit log. Texts are empty if they do not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The time, RFC 3339 in UTC.
    pub time: String,
    /// The event's id (a ULID). An intent and its outcome share it.
    pub event: String,
    /// The request's id, as in the process's log.
    pub request: String,
    /// The actor's name.
    pub actor: String,
    /// The actor's role.
    pub role: String,
    /// The client's address.
    pub ip: String,
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// The queue's prefix.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
    /// The job's id.
    pub job: String,
    /// The job's state.
    pub state: String,
    /// The queue that the job or the run's jobs moved to, under the same prefix.
    pub to_queue: String,
    /// The job's id in that queue.
    pub to_job: String,
    /// The id of the run that it is part of.
    pub run: String,
    /// The action: [`AuditAction::name`].
    pub action: String,
    /// The file of the schema in force.
    pub schema: String,
    /// The schema's SHA-256.
    pub schema_hash: String,
    /// SHA-256 of the data before.
    pub before: String,
    /// SHA-256 of the data after.
    pub after: String,
    /// An RFC 6902 patch, with a `test` of each old value before the value is changed.
    pub patch: String,
    /// The data before if it was no JSON, so that a patch can't hold it.
    pub before_text: String,
    /// `1` if the patch and the text before are kept beside the log because they are large.
    pub apart: String,
    /// How a change too large for a patch is kept: see [`LargeChange`](crate::domain::audit::large_change::LargeChange).
    pub large: String,
    /// The first changes of such a change, as RFC 6902; not a complete patch.
    pub first_changes: String,
    /// The text before such a change. It is kept beside the log and not read with the entry.
    pub before_zlib: Option<CompressedText>,
    /// The reason that the person gave.
    pub reason: String,
    /// The outcome: [`AuditOutcome::name`].
    pub outcome: String,
    /// Details, in Bullkeeper's words. Never names a queue, since readers may not know of it: see `other_queue`.
    pub note: String,
    /// What went wrong, in Bullkeeper's words.
    pub error: String,
    /// Another queue that the event concerns, under the same prefix. Only shown to those who may see that queue too.
    pub other_queue: String,
    /// How many similar events the entry stands for; empty for one.
    pub count: String,
    /// The time of the first of them, RFC 3339 in UTC.
    pub first: String,
    /// The time of the last of them, RFC 3339 in UTC.
    pub last: String,
}

/// The largest change, in bytes, that is kept in the entry itself.
const LARGEST_INLINE: usize = 4096;

/// The value of the `v` field.
const VERSION: &str = "1";

/// An entry of which perhaps only some fields were read.
pub trait EntryFields {
    /// The value of a field; empty if the entry has none.
    fn field(&self, name: &str) -> &str;
}

impl EntryFields for Entry {
    fn field(&self, name: &str) -> &str {
        let found = self.all().into_iter().find(|(other, _)| *other == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Entry {
    /// A new entry, with a new time and event id.
    pub fn new(by: &Operator, act: AuditAction, outcome: AuditOutcome) -> Self {
        Self {
            time: now(),
            event: ulid::Ulid::new().to_string(),
            request: by.origin().request.clone(),
            actor: by.name().to_owned(),
            role: by.role().name().to_owned(),
            ip: by.origin().ip.clone(),
            user_agent: by.origin().user_agent.clone(),
            action: act.name().to_owned(),
            outcome: outcome.name().to_owned(),
            ..Self::blank()
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

    /// Adds the job and its state.
    pub fn on_job(mut self, job: &JobId, state: Option<JobState>) -> Self {
        self.job = job.as_str().to_owned();
        self.state = state
            .map(|state| state.name().to_owned())
            .unwrap_or_default();
        self
    }

    /// Adds the run and its target, if it has one.
    pub fn of_run(mut self, run: &RunId, target: Option<&QueueId>) -> Self {
        self.run = run.as_str().to_owned();
        self.to_queue = target.map_or_else(String::new, |queue| queue.name().to_owned());
        self
    }

    /// Adds details.
    pub fn noting(mut self, note: impl fmt::Display) -> Self {
        self.note = note.to_string();
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

    /// Adds another queue, under the same prefix.
    pub fn concerning(mut self, other: &QueueId) -> Self {
        self.other_queue = other.name().to_owned();
        self
    }

    /// One entry that stands for `count` events like this one, with the times of the first and the last.
    pub fn standing_for(&self, count: u64, first: OffsetDateTime, last: OffsetDateTime) -> Self {
        Self {
            time: now(),
            event: ulid::Ulid::new().to_string(),
            count: count.to_string(),
            first: rfc3339(first),
            last: rfc3339(last),
            ..self.clone()
        }
    }

    /// The outcome of the same event, at a later time.
    pub fn ended(&self, outcome: AuditOutcome) -> Self {
        Self {
            time: now(),
            outcome: outcome.name().to_owned(),
            ..self.clone()
        }
    }

    /// The outcome of the same event when the change was not made: without any part of the change.
    pub fn without_change(&self, outcome: AuditOutcome) -> Self {
        Self {
            patch: String::new(),
            before_text: String::new(),
            large: String::new(),
            first_changes: String::new(),
            after: String::new(),
            before_zlib: None,
            ..self.ended(outcome)
        }
    }

    /// The fields to write: the version first, then all that are not empty.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![("v", VERSION)];
        fields.extend(
            self.all()
                .into_iter()
                .filter(|(_, value)| !value.is_empty()),
        );
        fields
    }

    /// Every field with its name, also the empty ones, in the order of an export's columns.
    pub fn all(&self) -> [(&'static str, &str); 32] {
        [
            ("time", &self.time),
            ("event", &self.event),
            ("request", &self.request),
            ("actor", &self.actor),
            ("role", &self.role),
            ("ip", &self.ip),
            ("user_agent", &self.user_agent),
            ("prefix", &self.prefix),
            ("queue", &self.queue),
            ("job", &self.job),
            ("state", &self.state),
            ("to_queue", &self.to_queue),
            ("to_job", &self.to_job),
            ("run", &self.run),
            ("action", &self.action),
            ("schema", &self.schema),
            ("schema_hash", &self.schema_hash),
            ("before", &self.before),
            ("after", &self.after),
            ("patch", &self.patch),
            ("before_text", &self.before_text),
            ("apart", &self.apart),
            ("reason", &self.reason),
            ("outcome", &self.outcome),
            ("note", &self.note),
            ("error", &self.error),
            ("large", &self.large),
            ("first_changes", &self.first_changes),
            ("other_queue", &self.other_queue),
            ("count", &self.count),
            ("first", &self.first),
            ("last", &self.last),
        ]
    }

    /// Reads an entry back. Unknown fields are skipped, missing ones are empty.
    pub fn from_fields(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut entry = Self::blank();
        for (name, value) in fields {
            if let Some(place) = entry.place(&name) {
                *place = value;
            }
        }
        entry
    }

    fn place(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "time" => &mut self.time,
            "event" => &mut self.event,
            "request" => &mut self.request,
            "actor" => &mut self.actor,
            "role" => &mut self.role,
            "ip" => &mut self.ip,
            "user_agent" => &mut self.user_agent,
            "prefix" => &mut self.prefix,
            "queue" => &mut self.queue,
            "job" => &mut self.job,
            "state" => &mut self.state,
            "to_queue" => &mut self.to_queue,
            "to_job" => &mut self.to_job,
            "run" => &mut self.run,
            "action" => &mut self.action,
            "schema" => &mut self.schema,
            "schema_hash" => &mut self.schema_hash,
            "before" => &mut self.before,
            "after" => &mut self.after,
            "patch" => &mut self.patch,
            "before_text" => &mut self.before_text,
            "apart" => &mut self.apart,
            "large" => &mut self.large,
            "first_changes" => &mut self.first_changes,
            "reason" => &mut self.reason,
            "outcome" => &mut self.outcome,
            "note" => &mut self.note,
            "error" => &mut self.error,
            "other_queue" => &mut self.other_queue,
            "count" => &mut self.count,
            "first" => &mut self.first,
            "last" => &mut self.last,
            _ => return None,
        })
    }

    /// Splits the large fields off, to be kept beside the log. Otherwise reading a page of the log would cost as much as
    /// all the changes on it were large.
    pub fn split(&self) -> (Self, Vec<(&'static str, Vec<u8>)>) {
        let mut entry = self.clone();
        let mut apart = Vec::new();
        if let Some(text) = entry.before_zlib.take() {
            apart.push(("before_zlib", text.as_stored().to_vec()));
        }
        if entry.patch.len() + entry.before_text.len() > LARGEST_INLINE {
            for (name, text) in [
                ("patch", std::mem::take(&mut entry.patch)),
                ("before_text", std::mem::take(&mut entry.before_text)),
            ] {
                apart.push((name, text.into_bytes()));
            }
            entry.apart = "1".to_owned();
        }
        (entry, apart)
    }

    /// The queue that the entry is about, if there is one.
    pub fn queue_id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.queue).ok()
    }

    fn blank() -> Self {
        let empty = String::new;
        Self {
            time: empty(),
            event: empty(),
            request: empty(),
            actor: empty(),
            role: empty(),
            ip: empty(),
            user_agent: empty(),
            prefix: empty(),
            queue: empty(),
            job: empty(),
            state: empty(),
            to_queue: empty(),
            to_job: empty(),
            run: empty(),
            action: empty(),
            schema: empty(),
            schema_hash: empty(),
            before: empty(),
            after: empty(),
            patch: empty(),
            before_text: empty(),
            apart: empty(),
            large: empty(),
            first_changes: empty(),
            before_zlib: None,
            reason: empty(),
            outcome: empty(),
            note: empty(),
            error: empty(),
            other_queue: empty(),
            count: empty(),
            first: empty(),
            last: empty(),
        }
    }
}

fn now() -> String {
    rfc3339(crate::clock::utc())
}

fn rfc3339(at: OffsetDateTime) -> String {
    // RFC 3339 can format every time that a clock shows.
    at.format(&Rfc3339).unwrap_or_default()
}

/// An entry read back from the log, with its id in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEntry {
    /// The stream's id, `milliseconds-sequence`.
    pub id: String,
    /// The entry.
    pub entry: Entry,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_fields_as_it_was() {
        let queue = QueueId::new("bull", "email/v2").unwrap();
        let entry = Entry::new(
            &Operator::console(),
            AuditAction::EditData,
            AuditOutcome::Applied,
        )
        .on_queue(&queue)
        .reason("the address was wrong");
        let fields = entry
            .fields()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let more = [("signature".to_owned(), "later".to_owned())];
        assert_eq!(Entry::from_fields(fields.chain(more)), entry);
    }
}
