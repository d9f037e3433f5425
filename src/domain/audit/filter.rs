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
    /// The actor's whole name, or how pages show it.
    pub who: String,
    /// The actor's kind.
    pub kind: Option<ActorKind>,
    /// A queue's name, or a pattern with `*`.
    pub queue: String,
    /// A job's id, in full.
    pub job: String,
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
            && (self.queue.is_empty() || glob(&self.queue, &entry.field("queue")))
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

    fn wants_actor(&self, entry: &dyn EntryFields) -> bool {
        let is_named = || {
            self.who.is_empty()
                || self.who == entry.field("actor")
                // Only words of ours hold a blank, no name does.
                || self.who.contains(' ') && self.who == actor_of(entry).to_string()
        };
        let is_of_kind = |kind| actor_of(entry).kind() == Some(kind);
        is_named() && self.kind.is_none_or(is_of_kind)
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
        assert_eq!(both(kind(ActorKind::CommandLine)), (true, false));
        assert_eq!(both(kind(ActorKind::User)), (false, true));
        assert_eq!(both(kind(ActorKind::Policy)), (false, false));
        let told = kind(ActorKind::CommandLine).to_string();
        assert_eq!(told, "kind=command-line");
    }
}
