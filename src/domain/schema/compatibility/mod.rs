//! Whether jobs of one version would pass the schema of another: a verdict for each job, and the totals.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::Hash;

use super::{Schema, Violation};
use crate::domain::job::JobState;
use crate::domain::json::Document;

/// How many kinds of violation are told apart. Data with different keys in every job breaks a schema in as many ways as
/// there are jobs.
const MOST_KINDS: usize = 200;

/// The verdict on one job's data under another version's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compatibility {
    /// It passes.
    Passes,
    /// It breaks the schema.
    Breaks(Vec<Violation>),
    /// It is not JSON, or nested too deep to be checked.
    NotJson,
    /// It is too large and was not read.
    TooLarge,
    /// The other version has no schema for jobs of this name.
    NoSchema,
    /// The other version's schema is faulty.
    SchemaFaulty,
}

impl Compatibility {
    /// The verdict of `schema` on the stored bytes of a job's data.
    pub fn of(schema: &Schema, data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(data);
        let checked = Document::parse(&text).and_then(|document| schema.check(&document));
        match checked {
            Err(_) => Self::NotJson,
            Ok(violations) if violations.is_empty() => Self::Passes,
            Ok(violations) => Self::Breaks(violations),
        }
    }
}

/// The totals of many verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many jobs were checked.
    pub jobs: u64,
    /// How many would pass.
    pub pass: u64,
    /// How many break the schema.
    pub breaks: u64,
    /// How many are not JSON.
    pub not_json: u64,
    /// How many were too large to be read.
    pub too_large: u64,
    /// How many have no schema.
    pub no_schema: u64,
    /// How many have a faulty schema.
    pub schema_faulty: u64,
    kinds: KindTally<IncompatibilityKind, ()>,
}

/// How many jobs have a problem of each kind, with an example of each. At most [`MOST_KINDS`] kinds are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindTally<K: Eq + Hash, E> {
    kinds: HashMap<K, (u64, E)>,
    /// Whether there were more kinds than are kept.
    pub is_cut: bool,
}

impl<K: Eq + Hash, E> Default for KindTally<K, E> {
    fn default() -> Self {
        Self {
            kinds: HashMap::new(),
            is_cut: false,
        }
    }
}

impl<K: Ord + Hash, E: Clone> KindTally<K, E> {
    /// Counts a job once for each of its kinds, however often it has a problem of that kind. The first job of a kind is its
    /// example.
    pub fn add(&mut self, mut kinds: Vec<K>, example: &E) {
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind) {
                let (jobs, _) = self.kinds.entry(kind).or_insert((0, example.clone()));
                *jobs += 1;
            } else {
                self.is_cut = true;
            }
        }
    }

    /// The kinds that most jobs have, the commonest first, at most `most`, with their number of jobs and the example.
    pub fn commonest(&self, most: usize) -> Vec<(&K, u64, &E)> {
        let kinds = self.kinds.iter();
        let mut kinds: Vec<(&K, u64, &E)> = kinds.map(|(kind, (n, e))| (kind, *n, e)).collect();
        kinds.sort_by(|(one, n, _), (other, m, _)| m.cmp(n).then_with(|| one.cmp(other)));
        kinds.truncate(most);
        kinds
    }

    /// How many kinds are kept.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

/// Violations of one kind: the place, with `*` for every index of an array, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IncompatibilityKind {
    /// The place, as a JSON Pointer.
    pub pointer: String,
    /// The message, without the values that differ from job to job where they can be recognised.
    pub message: String,
}

impl IncompatibilityKind {
    fn of(violation: &Violation) -> Self {
        Self::new(&violation.pointer, &violation.expected, &violation.message)
    }

    /// The kind of a problem, from its place, what was expected there (empty if the schema doesn't say) and its message.
    pub(crate) fn new(pointer: &str, expected: &str, message: &str) -> Self {
        let is_place = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let parts = pointer.split('/');
        let pointer: Vec<&str> = parts
            .map(|part| if is_place(part) { "*" } else { part })
            .collect();
        Self {
            pointer: pointer.join("/"),
            message: match expected {
                "" => message.to_owned(),
                expected => format!("expected {expected}"),
            },
        }
    }
}

impl Tally {
    /// Adds the verdict on one more job.
    pub fn add(&mut self, verdict: &Compatibility) {
        self.jobs += 1;
        match verdict {
            Compatibility::Passes => self.pass += 1,
            Compatibility::NotJson => self.not_json += 1,
            Compatibility::TooLarge => self.too_large += 1,
            Compatibility::NoSchema => self.no_schema += 1,
            Compatibility::SchemaFaulty => self.schema_faulty += 1,
            Compatibility::Breaks(violations) => {
                self.breaks += 1;
                let kinds = violations.iter().map(IncompatibilityKind::of).collect();
                self.kinds.add(kinds, &());
            }
        }
    }

    /// The kinds that most jobs have, the commonest first, at most `most`, with their number of jobs.
    pub fn commonest(&self, most: usize) -> Vec<(&IncompatibilityKind, u64)> {
        let kinds = self.kinds.commonest(most).into_iter();
        kinds.map(|(kind, jobs, ())| (kind, jobs)).collect()
    }
}

/// How many jobs of each state to sample so that the total is about `most`: all if there are no more, otherwise in
/// proportion. Each state with jobs gets at least a few, since jobs in the same state are often alike.
pub(crate) fn share(counts: &[(JobState, u64)], most: u64) -> Vec<(JobState, u64)> {
    let all: u64 = counts.iter().map(|(_, jobs)| jobs).sum();
    let wanted = |jobs: u64| match all <= most {
        true => jobs,
        false => {
            let part = u128::from(jobs) * u128::from(most) / u128::from(all.max(1));
            u64::try_from(part).unwrap_or(most).max(FEWEST.min(jobs))
        }
    };
    let some = counts.iter().filter(|(_, jobs)| *jobs > 0);
    some.map(|(state, jobs)| (*state, wanted(*jobs))).collect()
}

/// The least number of jobs sampled in a state.
const FEWEST: u64 = 10;
