//! How a queue's name splits into a family and a version, and which version is newer.

use std::cmp::Ordering;

use regex::Regex;

/// The part of a queue's name after its family: `v2`, `2.10.0`. Ordered by its numbers, so `v10` is above `v9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    text: String,
    numbers: Vec<u64>,
    pre_release: Option<String>,
}

impl Version {
    fn parse(text: &str) -> Self {
        let core_end = text.find(['-', '+']).unwrap_or(text.len());
        let (core, rest) = text.split_at(core_end);
        Self {
            text: text.to_owned(),
            numbers: core
                .split('.')
                .map(|part| part.parse().unwrap_or(u64::MAX))
                .collect(),
            pre_release: rest.strip_prefix('-').map(str::to_owned),
        }
    }

    /// The version's digits as written in the name, without the `v`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        (0..length)
            .map(|at| number(self, at).cmp(&number(other, at)))
            .find(|ordering| ordering.is_ne())
            // As in Semantic Versioning: 2.0.0-rc comes before 2.0.0.
            .unwrap_or_else(|| match (&self.pre_release, &other.pre_release) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(mine), Some(theirs)) => mine.cmp(theirs),
            })
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A queue's name, split. A name that holds no version is a family of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// What the versions have in common: `email` of `email/v2`.
    pub family: String,
    /// Which of them this is.
    pub version: Option<Version>,
    /// The version as the name writes it, separator left out: `v2`, `2.1.0`; empty where there is none.
    pub label: String,
}

/// Splits names by a pattern with the named groups `family` and `version`.
#[derive(Debug, Clone)]
pub struct VersionPattern(Regex);

impl VersionPattern {
    /// Takes a pattern that was checked to have both groups when it was set.
    pub fn new(pattern: Regex) -> Self {
        Self(pattern)
    }

    /// The family and version of `name`.
    pub fn split(&self, name: &str) -> Lineage {
        let whole = || Lineage {
            family: name.to_owned(),
            version: None,
            label: String::new(),
        };
        let Some(found) = self.0.captures(name) else {
            return whole();
        };
        let (Some(family), Some(version)) = (found.name("family"), found.name("version")) else {
            return whole();
        };
        let label = name[family.end()..].trim_start_matches(['/', '_', '.', '-', '@']);
        Lineage {
            family: family.as_str().to_owned(),
            version: Some(Version::parse(version.as_str())),
            label: label.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text)
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        for (older, newer) in [
            ("9", "10"),
            ("2.9.1", "2.10.0"),
            ("2", "2.0.1"),
            ("2.0.0-rc1", "2.0.0"),
            ("1", "2"),
        ] {
            assert!(version(older) < version(newer), "{older} < {newer}");
        }
    }

    #[test]
    fn a_name_splits_into_family_and_version_or_stays_whole() {
        let pattern = VersionPattern::new(crate::config::default_version_pattern());
        for (name, family, label) in [
            ("email/v2", "email", "v2"),
            ("email-v2", "email", "v2"),
            ("email_v10", "email", "v10"),
            ("email.v3", "email", "v3"),
            ("email@2.1.0", "email", "2.1.0"),
            ("team/email/v2", "team/email", "v2"),
            ("billing", "billing", ""),
            ("mp3", "mp3", ""),
            ("resize-128", "resize-128", ""),
        ] {
            let lineage = pattern.split(name);
            assert_eq!(
                (lineage.family.as_str(), lineage.label.as_str()),
                (family, label),
                "{name}"
            );
        }
    }
}
