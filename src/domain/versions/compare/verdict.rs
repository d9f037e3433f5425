//! The verdict on a pair of jobs, and the summary of all pairs.

use strum::{IntoStaticStr, VariantArray};

use super::pair::Pair;
use crate::domain::job::JobState;
use crate::domain::json::Document;
use crate::domain::stats::finished_jobs::{Finished, FinishedSample};

/// How the two jobs of a pair compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
pub enum PairVerdict {
    /// Both ended alike, with the same result.
    #[strum(serialize = "same")]
    Same,
    /// One completed, the other failed.
    #[strum(serialize = "outcome-differs")]
    Outcome,
    /// Both completed and returned different values.
    #[strum(serialize = "return-value-differs")]
    ReturnValue,
    /// Both failed, for different reasons.
    #[strum(serialize = "error-differs")]
    Reason,
    /// Both ended alike, but their results are too large to be compared.
    #[strum(serialize = "not-compared")]
    NotCompared,
    /// One of them has not finished yet.
    #[strum(serialize = "not-finished")]
    Unfinished,
    /// The second version has no such job.
    #[strum(serialize = "only-in-a")]
    OnlyA,
    /// The first version has no such job.
    #[strum(serialize = "only-in-b")]
    OnlyB,
}

impl PairVerdict {
    /// All verdicts, in the order a summary tells them.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The verdict, if it does not depend on the results; `None` if both ended alike.
    pub fn at_sight(pair: &Pair) -> Option<Self> {
        match (&pair.a, &pair.b) {
            (Some(a), Some(b)) if !(a.is_finished() && b.is_finished()) => Some(Self::Unfinished),
            (Some(a), Some(b)) if a.state != b.state => Some(Self::Outcome),
            (Some(_), Some(_)) => None,
            (_, None) => Some(Self::OnlyA),
            (None, _) => Some(Self::OnlyB),
        }
    }

    /// The verdict on two jobs that both ended in `state`, once their results were compared.
    pub fn of_results(state: JobState, same: bool) -> Self {
        match (same, state) {
            (true, _) => Self::Same,
            (false, JobState::Failed) => Self::Reason,
            (false, _) => Self::ReturnValue,
        }
    }

    /// The verdict's name in exports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Whether two results are the same: the same bytes, or for return values the same JSON value however it is written.
pub(crate) fn same_value(state: JobState, a: &[u8], b: &[u8]) -> bool {
    if a == b || state == JobState::Failed {
        return a == b;
    }
    let canonical = |bytes| {
        let text = std::str::from_utf8(bytes).ok()?;
        Document::parse(text).ok()?.canonical().ok()
    };
    matches!((canonical(a), canonical(b)), (Some(a), Some(b)) if a == b)
}

/// A filter of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Only {
    /// All pairs.
    #[default]
    All,
    /// Both ended, with different outcomes or results.
    Differing,
    /// One completed and the other failed.
    Outcome,
    /// One of them has no finished counterpart.
    Missing,
}

impl Only {
    /// All choices.
    pub(crate) const CHOICES: [Self; 4] =
        [Self::All, Self::Differing, Self::Outcome, Self::Missing];

    /// The choice's name in addresses; empty for all.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Differing => "differing",
            Self::Outcome => "outcome",
            Self::Missing => "missing",
        }
    }

    /// Whether a pair with this verdict passes the filter.
    pub(crate) fn wants(self, verdict: PairVerdict) -> bool {
        match self {
            Self::All => true,
            Self::Differing => matches!(
                verdict,
                PairVerdict::Outcome | PairVerdict::ReturnValue | PairVerdict::Reason
            ),
            Self::Outcome => verdict == PairVerdict::Outcome,
            Self::Missing => {
                matches!(
                    verdict,
                    PairVerdict::OnlyA | PairVerdict::OnlyB | PairVerdict::Unfinished
                )
            }
        }
    }
}

impl std::str::FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::CHOICES.into_iter().find(|only| only.name() == text);
        found.ok_or_else(|| {
            format!(
                "there is no choice of pairs {text:?}; the choices are differing, outcome and missing"
            )
        })
    }
}

/// The summary of all pairs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Pairs in which both jobs have finished.
    pub pairs: usize,
    /// Of these, both completed.
    pub both_completed: usize,
    /// Of these, both failed.
    pub both_failed: usize,
    counts: [usize; PairVerdict::ALL.len()],
    /// The times of the first version's jobs in these pairs.
    pub a: FinishedSample,
    /// The times of the second version's jobs in these pairs.
    pub b: FinishedSample,
}

impl Summary {
    /// How many pairs have this verdict.
    pub fn of(&self, verdict: PairVerdict) -> usize {
        self.counts[verdict as usize]
    }
}

/// The summary of these pairs.
pub(crate) fn summary<'p>(rows: impl Iterator<Item = (&'p Pair, PairVerdict)>) -> Summary {
    let mut summary = Summary::default();
    let (mut of_a, mut of_b): (Vec<Finished>, Vec<Finished>) = Default::default();
    for (pair, verdict) in rows {
        summary.counts[verdict as usize] += 1;
        if let (Some(a), Some(b)) = (&pair.a, &pair.b)
            && verdict != PairVerdict::Unfinished
        {
            summary.pairs += 1;
            let both = |state| usize::from(a.state == state && b.state == state);
            summary.both_completed += both(JobState::Completed);
            summary.both_failed += both(JobState::Failed);
            of_a.push(a.times.clone());
            of_b.push(b.times.clone());
        }
    }
    summary.a = FinishedSample::of(&of_a, of_a.len());
    summary.b = FinishedSample::of(&of_b, of_b.len());
    summary
}
