//! Splits a queue's name into family and version, and orders versions.

pub(crate) mod compare;
pub(crate) mod drain;
pub(crate) mod lifecycle;
pub(crate) mod misnamed;
pub(crate) mod move_jobs;
pub(crate) mod moved_data;
pub(crate) mod retire;
pub(crate) mod sort;
pub(crate) mod stranded;

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

    /// The version as written in the name, without the `v`.
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

/// A queue's name, split. A name without a version is a family of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedName {
    /// The family: `email` for `email/v2`.
    pub family: String,
    /// The version, if the name has one.
    pub version: Option<Version>,
    /// The version as the name writes it, without the separator: `v2`, `2.1.0`; empty without a version.
    pub label: String,
}

/// Splits names by a pattern with the named groups `family` and `version`.
#[derive(Debug, Clone)]
pub struct VersionPattern(Regex);

impl VersionPattern {
    /// Takes a pattern that was checked with the settings to have both groups.
    pub fn new(pattern: Regex) -> Self {
        Self(pattern)
    }

    /// The family and version of `name`.
    pub fn split(&self, name: &str) -> VersionedName {
        let whole = || VersionedName {
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
        VersionedName {
            family: family.as_str().to_owned(),
            version: Some(Version::parse(version.as_str())),
            label: label.to_owned(),
        }
    }

    /// The likely names of the versions after `name`, in the same spelling: `email/v4` and `email/v5` after `email/v3`;
    /// `2.1.1`, `2.2.0` and `3.0.0` after `2.1.0`. None for a name without a version.
    pub fn likely_next(&self, name: &str) -> Vec<String> {
        let found = self.0.captures(name);
        let Some(written) = found.and_then(|found| found.name("version")) else {
            return Vec::new();
        };
        let lineage = self.split(name);
        let renamed = |version: String| {
            let (before, after) = (&name[..written.start()], &name[written.end()..]);
            format!("{before}{version}{after}")
        };
        let is_later = |name: &String| {
            let other = self.split(name);
            other.family == lineage.family && other.version > lineage.version
        };
        let names = versions_after(written.as_str()).into_iter().map(renamed);
        names.filter(is_later).collect()
    }

    /// The likely names of the first versions of a family, and the family's own name.
    pub fn likely_first(&self, family: &str) -> Vec<String> {
        let spellings = ["/v", "-v", "_v", ".v", "@", "@v"];
        let versions = spellings
            .iter()
            .flat_map(|spelling| (1..=LIKELY_FIRST).map(move |n| format!("{family}{spelling}{n}")));
        let names = std::iter::once(family.to_owned()).chain(versions);
        names
            .filter(|name| self.split(name).family == family)
            .collect()
    }
}

/// The highest version number that is guessed for a family without known versions.
const LIKELY_FIRST: u32 = 9;

/// The versions that may come after one: each of its numbers increased, with those after it set to 0; for a single number,
/// the next two. After a pre-release: the next pre-release, and the release. Leading zeros stay.
fn versions_after(version: &str) -> Vec<String> {
    let (core, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let mut after = Vec::new();
    let rest = rest.split('+').next().unwrap_or_default();
    if rest.starts_with('-') {
        let digits = rest
            .trim_end_matches(|letter: char| letter.is_ascii_digit())
            .len();
        let (words, number) = rest.split_at(digits);
        after.extend(greater(number, 1).map(|number| format!("{core}{words}{number}")));
        after.push(core.to_owned());
    }
    let numbers: Vec<&str> = core.split('.').collect();
    if let [one] = numbers[..] {
        after.extend([1, 2].into_iter().filter_map(|by| greater(one, by)));
        return after;
    }
    for place in (0..numbers.len()).rev() {
        let Some(number) = greater(numbers[place], 1) else {
            continue;
        };
        let mut next: Vec<String> = numbers.iter().map(|number| (*number).to_owned()).collect();
        next[place] = number;
        for behind in &mut next[place + 1..] {
            *behind = "0".to_owned();
        }
        after.push(next.join("."));
    }
    after
}

/// A number increased by `by`, at least as wide as it was written.
fn greater(number: &str, by: u64) -> Option<String> {
    let greater = number.parse::<u64>().ok()?.checked_add(by)?;
    Some(format!("{greater:0width$}", width = number.len()))
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

    #[test]
    fn the_next_versions_are_guessed_in_the_spelling_of_the_last() {
        let pattern = VersionPattern::new(crate::config::default_version_pattern());
        for (name, next) in [
            ("email/v3", &["email/v4", "email/v5"][..]),
            ("email-v9", &["email-v10", "email-v11"]),
            ("email_V007", &["email_V008", "email_V009"]),
            (
                "email@2.1.0",
                &["email@2.1.1", "email@2.2.0", "email@3.0.0"],
            ),
            ("a/email.v1.9", &["a/email.v1.10", "a/email.v2.0"]),
            (
                "email@2.0.0-rc.1+b7",
                &[
                    "email@2.0.0-rc.2",
                    "email@2.0.0",
                    "email@2.0.1",
                    "email@2.1.0",
                    "email@3.0.0",
                ],
            ),
            ("email/v18446744073709551615", &[]),
            ("email", &[]),
            ("resize-128", &[]),
        ] {
            assert_eq!(pattern.likely_next(name), next, "{name}");
        }
    }

    #[test]
    fn the_first_versions_of_a_family_are_guessed_and_are_of_that_family() {
        let pattern = VersionPattern::new(crate::config::default_version_pattern());
        let names = pattern.likely_first("email");
        for name in ["email", "email/v1", "email-v9", "email@2"] {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
        assert!(
            names
                .iter()
                .all(|name| pattern.split(name).family == "email")
        );
        // A name that holds a version is not a family.
        assert!(
            pattern
                .likely_first("email/v2")
                .iter()
                .all(|name| name != "email/v2")
        );
    }
}
