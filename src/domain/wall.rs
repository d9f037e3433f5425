//! How bad a family's state is, for those who look at a wall from afar.

use strum::VariantArray;

/// How many minutes back failures are counted, the running one included.
pub(crate) const FAILING_OVER: usize = 15;

/// A family is failing if at least this many jobs failed without attempts left ...
const FAILED_LEAST: u64 = 3;

/// ... and they are at least this share of those that ended, in percent.
const FAILED_PERCENT: u64 = 5;

/// A backlog is growing if at least this many jobs are outstanding ...
const GROWING_LEAST: u64 = 100;

/// ... and at least this many more come than end, a minute.
const GROWING_PER_MINUTE: f64 = 1.0;

/// How bad the state of a family is; the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Severity {
    /// A version has jobs and no workers.
    Stranded,
    /// Many jobs fail.
    Failing,
    /// More jobs come than end.
    Growing,
    /// None of these.
    Fine,
}

impl Severity {
    /// Every severity, the worst first.
    pub(crate) const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The word on the wall.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Stranded => "stranded",
            Self::Failing => "failing",
            Self::Growing => "backlog growing",
            Self::Fine => "fine",
        }
    }
}

/// What the severity of a family depends on, summed over its versions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct FamilyFacts {
    /// Outstanding jobs in versions without workers.
    pub(crate) stranded_jobs: u64,
    /// Jobs that failed without attempts left in the last [`FAILING_OVER`] minutes.
    pub(crate) failed: u64,
    /// Jobs that completed in the same time.
    pub(crate) completed: u64,
    /// Outstanding jobs.
    pub(crate) outstanding: u64,
    /// How many more jobs come than end, a minute; negative where the backlog shrinks.
    pub(crate) growth: f64,
}

impl FamilyFacts {
    /// The worst that is true of the family.
    pub(crate) fn severity(&self) -> Severity {
        let ended = self.failed + self.completed;
        if self.stranded_jobs > 0 {
            Severity::Stranded
        } else if self.failed >= FAILED_LEAST && self.failed * 100 >= ended * FAILED_PERCENT {
            Severity::Failing
        } else if self.outstanding >= GROWING_LEAST && self.growth >= GROWING_PER_MINUTE {
            Severity::Growing
        } else {
            Severity::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_that_is_true_of_a_family_counts() {
        let facts = |stranded_jobs, failed, completed, outstanding, growth| FamilyFacts {
            stranded_jobs,
            failed,
            completed,
            outstanding,
            growth,
        };
        for (facts, expected) in [
            (facts(0, 0, 0, 0, 0.0), Severity::Fine),
            (facts(1, 90, 10, 500, 9.0), Severity::Stranded),
            (facts(0, 3, 57, 500, 9.0), Severity::Failing),
            (facts(0, 3, 58, 500, 9.0), Severity::Growing),
            (facts(0, 2, 0, 99, 9.0), Severity::Fine),
            (facts(0, 0, 0, 100, 0.9), Severity::Fine),
            (facts(0, 0, 0, 100, 1.0), Severity::Growing),
            (facts(0, 0, 9, 5_000, -3.0), Severity::Fine),
        ] {
            assert_eq!(facts.severity(), expected, "{facts:?}");
        }
    }
}
