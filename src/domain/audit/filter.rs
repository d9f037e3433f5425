//! The filter of the audit log.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::action::{AuditAction, AuditOutcome};
use super::earlier_releases::actor_of;
use super::entry::Entry;
use super::field::EntryFields;
use crate::domain::access::ActorKind;
use crate::domain::access::glob::glob;

/// Which entries a reader asked for. Empty texts match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A part of the actor's name, or of how pages show it; or a pattern with `*` for the whole of either.
    pub who: String,
    /// The actor's kind.
    pub kind: Option<ActorKind>,
    /// A part of the queue's name, or a pattern with `*`; together with a job it is the whole name.
    pub queue: String,
    /// A job's id, in full.
    pub job: String,
    /// A run's id, in full.
    pub run: String,
    /// The action.
    pub action: Option<AuditAction>,
    /// The outcome.
    pub outcome: Option<AuditOutcome>,
    /// From this Unix millisecond on.
    pub since: Option<u64>,
    /// Up to this Unix millisecond.
    pub until: Option<u64>,
    /// Leaves out the entries about reading and exporting the log itself.
    pub hide_reads: bool,
}

impl AuditFilter {
    /// Whether `entry` matches. Does not check the times: the stream's ids are times, and bound the range that is read.
    pub fn wants(&self, entry: &Entry) -> bool {
        self.may_want(entry) && self.outcome.is_none_or(|outcome| entry.outcome == outcome)
    }

    /// Whether an entry with these fields may match. Ignores the outcome, since the outcome of an intent stands in another
    /// entry.
    pub fn may_want(&self, entry: &dyn EntryFields) -> bool {
        let matches = |wanted: &str, name: &str| wanted.is_empty() || wanted == entry.field(name);
        self.wants_actor(entry)
            && matches(&self.job, "job")
            && matches(&self.run, "run")
            && self.wants_queue(entry)
            && match self.action {
                Some(act) => act.name() == entry.field("action"),
                None => {
                    !(self.hide_reads
                        && AuditAction::READS
                            .map(AuditAction::name)
                            .contains(&&*entry.field("action")))
                }
            }
    }

    fn wants_queue(&self, entry: &dyn EntryFields) -> bool {
        match self.queue.is_empty() {
            true => true,
            // The history of one job: `email/v1` is not `email/v10`.
            false if !self.job.is_empty() => glob(&self.queue, &entry.field("queue")),
            false => is_part(&self.queue, &entry.field("queue")),
        }
    }

    fn wants_actor(&self, entry: &dyn EntryFields) -> bool {
        let is_named = || {
            self.who.is_empty()
                || is_part(&self.who, &entry.field("actor"))
                || is_part(&self.who, &actor_of(entry).to_string())
        };
        let is_of_kind = |kind| actor_of(entry).kind() == Some(kind);
        is_named() && self.kind.is_none_or(is_of_kind)
    }
}

/// Whether `wanted` is in the text, in whatever case; with a `*` it is a pattern for the whole text.
fn is_part(wanted: &str, text: &str) -> bool {
    match wanted.contains('*') {
        true => glob(wanted, text),
        false => text.to_lowercase().contains(&wanted.to_lowercase()),
    }
}

/// The longest description of a filter, in characters.
const LONGEST_TOLD: usize = 500;

impl fmt::Display for AuditFilter {
    /// The filter as an export's entry describes it: "all entries", or "who=ann, action=job.edit".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |millis: Option<u64>| {
            let nanos = i128::from(millis?) * 1_000_000;
            let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
            at.format(&Rfc3339).ok()
        };
        let named = |text: &String| (!text.is_empty()).then(|| text.clone());
        let parts = [
            ("who", named(&self.who)),
            ("kind", self.kind.map(|kind| kind.name().to_owned())),
            ("queue", named(&self.queue)),
            ("job", named(&self.job)),
            ("run", named(&self.run)),
            ("action", self.action.map(|act| act.name().to_owned())),
            ("outcome", self.outcome.map(|it| it.name().to_owned())),
            ("since", time(self.since)),
            ("until", time(self.until)),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
            .collect();
        match told.is_empty() {
            true => f.write_str("all entries"),
            false => {
                let told: String = told.join(", ").chars().take(LONGEST_TOLD).collect();
                f.write_str(&told)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::scope::Scope;
    use crate::domain::access::{Actor, Operator, Origin, Role};
    use crate::domain::operations::Operation;

    #[test]
    fn a_filter_wants_what_it_names_and_nothing_else() {
        let entry = Entry::new(
            &Operator::console(),
            AuditAction::Operate(Operation::Retry),
            AuditOutcome::Failed,
        );
        let wants = |filter: AuditFilter| filter.wants(&entry);
        assert!(wants(AuditFilter::default()));
        assert!(wants(AuditFilter {
            action: Some(AuditAction::Operate(Operation::Retry)),
            ..AuditFilter::default()
        }));
        assert!(!wants(AuditFilter {
            who: "ann".into(),
            ..AuditFilter::default()
        }));
        assert!(!wants(AuditFilter {
            outcome: Some(AuditOutcome::Applied),
            ..AuditFilter::default()
        }));
    }

    #[test]
    fn a_queue_is_found_by_a_part_of_its_name_and_a_jobs_history_by_the_whole() {
        struct Stored;
        impl EntryFields for Stored {
            fn field(&self, name: &str) -> std::borrow::Cow<'_, str> {
                let text = match name {
                    "queue" => "email/v10",
                    "job" => "7",
                    "run" => "01J",
                    _ => "",
                };
                text.into()
            }
        }
        let wants = |queue: &str, job: &str, run: &str| {
            AuditFilter {
                queue: queue.to_owned(),
                job: job.to_owned(),
                run: run.to_owned(),
                ..AuditFilter::default()
            }
            .may_want(&Stored)
        };
        assert!(wants("mail", "", "") && wants("email/*", "", "") && wants("EMAIL/V10", "", ""));
        assert!(!wants("email/v2", "", "") && !wants("mail/*", "", ""));
        assert!(wants("email/v10", "7", "") && !wants("email/v1", "7", ""));
        assert!(wants("", "", "01J") && !wants("", "", "01"));
    }

    #[test]
    fn an_actor_is_found_by_kind_by_name_and_by_how_it_is_shown() {
        let scope = Scope::everything();
        let user = Actor::User("console".to_owned());
        let user = Operator::new(user, Role::Admin, scope, Origin::default(), false);
        let wants = |filter: &AuditFilter, by: &Operator| {
            filter.wants(&Entry::new(
                by,
                AuditAction::EditData,
                AuditOutcome::Applied,
            ))
        };
        let both = |filter: AuditFilter| {
            let line = Operator::console();
            (wants(&filter, &line), wants(&filter, &user))
        };
        let who = |who: &str| AuditFilter {
            who: who.to_owned(),
            ..AuditFilter::default()
        };
        let kind = |kind| AuditFilter {
            kind: Some(kind),
            ..AuditFilter::default()
        };
        assert_eq!(both(who("console")), (true, true));
        assert_eq!(both(who("command line")), (true, false));
        assert_eq!(both(who("CONS")), (true, true));
        assert_eq!(both(who("c*e")), (true, true));
        assert_eq!(both(who("c*s")), (false, false));
        assert_eq!(both(kind(ActorKind::CommandLine)), (true, false));
        assert_eq!(both(kind(ActorKind::User)), (false, true));
        assert_eq!(both(kind(ActorKind::Policy)), (false, false));
        let told = kind(ActorKind::CommandLine).to_string();
        assert_eq!(told, "kind=command-line");
    }
}
