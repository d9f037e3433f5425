//! Grants: single rights that the settings give to a user for some queues, beside their role.
//!
//! A grant never reaches beyond the user's scope: [`Operator::check`](super::Operator::check) asks the scope first.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::scope::Scope;
use crate::domain::accounts::user_name::is_name;
use crate::domain::queue::QueueId;

/// A right that a user can get for some queues, beside their role.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray, EnumString,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_grant)]
pub enum Grant {
    /// Change a job's data.
    Repair,
    /// See the values that a policy hides.
    Reveal,
    /// Approve the changes that need a second person.
    Approve,
    /// Repair many jobs at once.
    Bulk,
}

impl Grant {
    /// All grants.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The grant's name, as in the settings.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that names no grant.
fn no_grant(text: &str) -> String {
    let names: Vec<&str> = Grant::ALL.iter().map(|grant| grant.name()).collect();
    format!(
        "names {text:?}, which is no grant; the grants are {}",
        names.join(", ")
    )
}

/// What the settings give to one user: `carol may reveal, approve on billing/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRule {
    /// The user's name.
    pub user: String,
    /// What they get.
    pub grants: Vec<Grant>,
    /// For which queues.
    pub queues: Scope,
}

impl FromStr for GrantRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (user, rest) = text.split_once(" may ").ok_or("holds no \"may\"")?;
        let (grants, queues) = rest
            .split_once(" on ")
            .ok_or("does not say on which queues")?;
        let user = user.trim();
        if !is_name(user) {
            return Err(format!("names {user:?}, which can't be a user's name"));
        }
        // A flag and a variable split a list at its commas, so "and" does the same there.
        let grants = grants.split(',').flat_map(|part| part.split(" and "));
        let grants: Result<Vec<Grant>, String> = grants.map(|grant| grant.trim().parse()).collect();
        let patterns: Vec<String> = queues
            .split(',')
            .map(|pattern| pattern.trim().to_owned())
            .collect();
        if patterns.iter().any(String::is_empty) {
            return Err("holds an empty queue pattern".to_owned());
        }
        Ok(Self {
            user: user.to_owned(),
            grants: grants?,
            queues: Scope::of(patterns),
        })
    }
}

impl fmt::Display for GrantRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grants: Vec<&str> = self.grants.iter().map(|grant| grant.name()).collect();
        write!(f, "{} may {} on ", self.user, grants.join(", "))?;
        match self.queues.is_everything() {
            true => f.write_str("*"),
            false => f.write_str(&self.queues.patterns().join(", ")),
        }
    }
}

/// The grants that one person holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Arc<[GrantRule]>);

impl Grants {
    /// Those of `rules` that are for `user`.
    pub fn of(user: &str, rules: &[GrantRule]) -> Self {
        Self(
            rules
                .iter()
                .filter(|rule| rule.user == user)
                .cloned()
                .collect(),
        )
    }

    /// Whether `grant` is held for `queue`.
    pub fn hold(&self, grant: Grant, queue: &QueueId) -> bool {
        self.0
            .iter()
            .any(|rule| rule.grants.contains(&grant) && rule.queues.holds(queue))
    }

    /// Whether `grant` is held for some queue.
    pub fn hold_anywhere(&self, grant: Grant) -> bool {
        self.0.iter().any(|rule| rule.grants.contains(&grant))
    }

    /// What was given, rule by rule.
    pub fn rules(&self) -> &[GrantRule] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn queue(name: &str) -> QueueId {
        QueueId::new("bull", name).unwrap()
    }

    #[test]
    fn a_rule_is_a_user_grants_and_queues() {
        for text in [
            "carol may reveal, approve on billing/*",
            "carol may reveal and approve on billing/*",
            " carol may reveal,approve on  billing/* ",
        ] {
            let rule: GrantRule = text.parse().unwrap();
            assert_eq!(rule.user, "carol");
            assert_eq!(rule.grants, [Grant::Reveal, Grant::Approve]);
            assert_eq!(rule.queues.patterns(), ["billing/*"]);
            assert_eq!(rule.to_string(), "carol may reveal, approve on billing/*");
        }
        let rule: GrantRule = "ann may bulk on *".parse().unwrap();
        assert!(rule.queues.is_everything());
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }

    #[test]
    fn a_wrong_rule_says_what_is_wrong() {
        for (text, says) in [
            ("", "may"),
            ("carol", "may"),
            ("carol may reveal", "queues"),
            ("carol may reveal on ", "empty"),
            ("carol may reveal on a,,b", "empty"),
            ("carol may on *", "queues"),
            (
                "carol may see on *",
                "the grants are repair, reveal, approve, bulk",
            ),
            ("carol may Reveal on *", "\"Reveal\""),
            ("carol may reveal, on *", "\"\""),
            ("car ol may reveal on *", "\"car ol\""),
            (" may reveal on *", "user"),
        ] {
            let fault = text.parse::<GrantRule>().unwrap_err();
            assert!(fault.contains(says), "{text}: {fault}");
        }
    }

    #[test]
    fn a_grant_is_for_one_user_and_the_queues_that_it_names() {
        let rules = [
            "carol may reveal on billing/*",
            "carol may approve on bull:email",
            "dave may bulk on *",
        ]
        .map(|text| text.parse().unwrap());
        let carols = Grants::of("carol", &rules);
        assert!(carols.hold(Grant::Reveal, &queue("billing/v1")));
        assert!(!carols.hold(Grant::Approve, &queue("billing/v1")));
        assert!(carols.hold(Grant::Approve, &queue("email")));
        assert!(!carols.hold(Grant::Reveal, &queue("email")));
        assert!(!carols.hold_anywhere(Grant::Bulk));
        assert!(Grants::of("Carol", &rules).rules().is_empty());
        assert!(Grants::of("dave", &rules).hold(Grant::Bulk, &queue("any")));
    }
}
