//! Which fields separate failed jobs from completed ones, and how well.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Difference, FEWEST_COMPLETED, Finding, Share};
use super::observe::{JsonType, Sample, Value};
use super::paths::FieldPath;
use crate::domain::json::decimal::compare_numbers;
use crate::domain::text_format::TextFormat;

/// How many differences are told.
const MOST: usize = 12;

/// By how much the parts of failed and of completed jobs must differ, where several failed jobs are looked at.
const LEAST: f64 = 0.25;

/// The same where there is one failed job: then almost no completed job may be like it.
const LEAST_OF_ONE: f64 = 0.95;

/// How many different values completed jobs may have for them to count as a set.
const LARGEST_SET: usize = 12;

/// And how many jobs there must be for each value of the set.
const JOBS_FOR_VALUE: usize = 5;

/// From how many numbers of completed jobs on a range is told.
const FEWEST_NUMBERS: usize = 20;

/// What differs between two samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Differences {
    /// There are too few jobs to tell: how many failed and completed ones were read.
    TooFew {
        /// Failed jobs.
        failed: usize,
        /// Completed jobs.
        completed: usize,
    },
    /// The differences, the one that separates best first; none where no field separates the two.
    Found(Vec<Difference>),
}

/// What differs between the failed and the completed jobs.
pub fn differences(failed: &Sample, completed: &Sample) -> Differences {
    if failed.jobs == 0 || completed.jobs < FEWEST_COMPLETED {
        return Differences::TooFew {
            failed: failed.jobs,
            completed: completed.jobs,
        };
    }
    let paths: BTreeSet<&FieldPath> = failed
        .fields
        .keys()
        .chain(completed.fields.keys())
        .collect();
    let mut found: Vec<(f64, Difference)> = Vec::new();
    for path in paths {
        let field = Field {
            path,
            failed,
            completed,
        };
        found.extend(field.best());
    }
    found.sort_by(|(one, _), (other, _)| other.partial_cmp(one).unwrap_or(Ordering::Equal));
    // What is inside a field that is missing, or of another type, differs for that reason alone.
    let outer: Vec<FieldPath> = found
        .iter()
        .filter(|(_, one)| {
            matches!(
                one.finding,
                Finding::Missing | Finding::Present | Finding::Type(..)
            )
        })
        .map(|(_, one)| one.path.clone())
        .collect();
    let told = found.into_iter().map(|(_, one)| one);
    let told = told.filter(|one| !outer.iter().any(|outer| one.path.is_in(outer)));
    Differences::Found(told.take(MOST).collect())
}

/// A field in both samples.
struct Field<'a> {
    path: &'a FieldPath,
    failed: &'a Sample,
    completed: &'a Sample,
}

impl Field<'_> {
    /// The question that separates best, and how well; the earlier of two that separate equally.
    fn best(&self) -> Option<(f64, Difference)> {
        let mut best: Option<(f64, Difference)> = None;
        let candidates = [
            self.types(),
            self.presence(),
            self.format(),
            self.outside(),
            self.range(),
            self.value(),
        ];
        for (separates, difference) in candidates.into_iter().flatten() {
            if best
                .as_ref()
                .is_none_or(|(before, _)| separates > *before + 1e-9)
            {
                best = Some((separates, difference));
            }
        }
        let least = if self.failed.jobs == 1 {
            LEAST_OF_ONE
        } else {
            LEAST
        };
        best.filter(|(separates, _)| *separates >= least)
    }

    /// A difference, from the failed and completed jobs of which something holds, and the completed ones that are named.
    fn told(&self, finding: Finding, counts: [usize; 2], named: usize) -> (f64, Difference) {
        let share = |with, of| Share { with, of };
        let failed = share(counts[0], self.failed.jobs);
        let separates = failed.part() - share(counts[1], self.completed.jobs).part();
        let difference = Difference {
            path: self.path.clone(),
            finding,
            failed,
            completed: share(named, self.completed.jobs),
        };
        (separates, difference)
    }

    fn counts(&self, fits: impl Fn(&Value) -> bool) -> [usize; 2] {
        [
            self.failed.count(self.path, &fits),
            self.completed.count(self.path, &fits),
        ]
    }

    fn types(&self) -> Option<(f64, Difference)> {
        let of_type = |kind: JsonType| self.counts(move |value| value.kind == kind);
        let kinds = [
            JsonType::String,
            JsonType::Number,
            JsonType::Boolean,
            JsonType::Object,
            JsonType::Array,
            JsonType::Null,
        ]
        .map(|kind| (kind, of_type(kind)));
        let (usual, [_, usually]) = kinds
            .into_iter()
            .max_by_key(|(_, [_, completed])| *completed)?;
        let others = kinds
            .into_iter()
            .filter(|(kind, [failed, _])| *kind != usual && *failed > 0);
        let told = others
            .filter(|_| usually > 0)
            .map(|(kind, counts)| self.told(Finding::Type(kind, usual), counts, usually));
        told.max_by(|one, other| one.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal))
    }

    fn presence(&self) -> Option<(f64, Difference)> {
        let [failed, completed] = self.counts(|_| true);
        let lacking = [self.failed.jobs - failed, self.completed.jobs - completed];
        let present = self.told(Finding::Present, [failed, completed], lacking[1]);
        let missing = self.told(Finding::Missing, lacking, completed);
        Some(if missing.0 > present.0 {
            missing
        } else {
            present
        })
    }

    fn format(&self) -> Option<(f64, Difference)> {
        let known = self.completed.at(self.path);
        let texts = known.iter().filter_map(|(_, value)| value.text.as_deref());
        let is_long =
            |(_, value): &(usize, Value)| value.kind == JsonType::String && value.text.is_none();
        if known.iter().any(is_long) || texts.clone().count() < FEWEST_COMPLETED {
            return None;
        }
        let format = TextFormat::of_all(texts)?;
        let lacks = |value: &Value| value.text.as_deref().is_some_and(|text| !format.fits(text));
        let [failed, _] = self.counts(lacks);
        let fitting = self
            .completed
            .count(self.path, |value| value.text.is_some());
        let finding = Finding::Format(format, self.failed_values(lacks));
        (failed > 0).then(|| self.told(finding, [failed, 0], fitting))
    }

    /// The values of failed jobs that fit, each once.
    fn failed_values(&self, fits: impl Fn(&Value) -> bool) -> Vec<String> {
        let values = self.failed.at(self.path).iter();
        let values = values.filter(|(_, value)| fits(value));
        let values: BTreeSet<&str> = values
            .filter_map(|(_, value)| value.token.as_deref())
            .collect();
        values.into_iter().map(str::to_owned).collect()
    }

    fn outside(&self) -> Option<(f64, Difference)> {
        let known = self.completed.at(self.path);
        if known.iter().any(|(_, value)| value.token.is_none()) {
            return None;
        }
        let set: BTreeSet<&str> = known
            .iter()
            .filter_map(|(_, value)| value.token.as_deref())
            .collect();
        let jobs = self.completed.count(self.path, |_| true);
        if set.is_empty() || set.len() > LARGEST_SET || jobs < set.len() * JOBS_FOR_VALUE {
            return None;
        }
        let is_new = |value: &Value| {
            value
                .token
                .as_deref()
                .is_some_and(|token| !set.contains(token))
        };
        let [failed, _] = self.counts(is_new);
        let values = self.failed_values(is_new);
        let known = set.iter().map(|token| (*token).to_owned()).collect();
        let finding = Finding::Outside(values, known);
        (failed > 0).then(|| self.told(finding, [failed, 0], jobs))
    }

    fn range(&self) -> Option<(f64, Difference)> {
        fn digits((_, value): &(usize, Value)) -> Option<&str> {
            value
                .token
                .as_deref()
                .filter(|_| value.kind == JsonType::Number)
        }
        let known: Vec<&str> = self
            .completed
            .at(self.path)
            .iter()
            .filter_map(digits)
            .collect();
        let jobs = self
            .completed
            .count(self.path, |value| value.kind == JsonType::Number);
        if jobs < FEWEST_NUMBERS || is_sequence(&known) {
            return None;
        }
        let least = *known
            .iter()
            .min_by(|one, other| compare_numbers(one, other))?;
        let most = *known
            .iter()
            .max_by(|one, other| compare_numbers(one, other))?;
        let beyond = |order: Ordering, limit: &str| {
            let is_beyond = |value: &Value| {
                value.kind == JsonType::Number
                    && value
                        .token
                        .as_deref()
                        .is_some_and(|token| compare_numbers(token, limit) == order)
            };
            self.failed.count(self.path, is_beyond)
        };
        let above = beyond(Ordering::Greater, most);
        let below = beyond(Ordering::Less, least);
        let (finding, failed) = match above >= below {
            true => (Finding::Above(most.to_owned()), above),
            false => (Finding::Below(least.to_owned()), below),
        };
        (failed > 0).then(|| self.told(finding, [failed, 0], jobs))
    }

    /// The value that most failed jobs have. Of one job, every id would be such a value.
    fn value(&self) -> Option<(f64, Difference)> {
        let mut counts: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (job, value) in self.failed.at(self.path) {
            if let Some(token) = &value.token {
                counts.entry(token).or_default().insert(*job);
            }
        }
        let (token, jobs) = counts.into_iter().max_by_key(|(_, jobs)| jobs.len())?;
        if jobs.len() < 2 {
            return None;
        }
        let completed = self
            .completed
            .count(self.path, |value| value.token.as_deref() == Some(token));
        Some(self.told(
            Finding::Value(token.to_owned()),
            [jobs.len(), completed],
            completed,
        ))
    }
}

/// Whether numbers rise or fall from job to job, as ids and times do: the next one is then beyond the range anyway.
fn is_sequence(numbers: &[&str]) -> bool {
    let pairs = || {
        numbers
            .windows(2)
            .map(|pair| compare_numbers(pair[0], pair[1]))
    };
    let most = numbers.len().saturating_sub(1) * 95 / 100;
    let count = |order: Ordering| pairs().filter(|found| *found == order).count();
    count(Ordering::Less) > most || count(Ordering::Greater) > most
}
