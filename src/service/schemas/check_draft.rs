//! Which jobs would break a draft of a schema, and how.

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::Counts;
use crate::domain::schema::compatibility::{Compatibility, Tally};
use crate::domain::schema::{Schema, Violation};
use crate::store::bullmq::samples::outstanding::Outstanding;

/// How many jobs that break it are listed.
const MOST_LISTED: usize = 20;

/// The verdict of a draft on waiting and failed jobs.
#[derive(Debug, Default)]
pub struct DraftCheck {
    /// How many jobs of each state were checked, and how many there are, of all names.
    pub states: Vec<(JobState, u64, u64)>,
    /// The totals.
    pub tally: Tally,
    /// The first jobs that break it.
    pub breaking: Vec<BreakingJob>,
}

/// A job that breaks the draft.
#[derive(Debug)]
pub struct BreakingJob {
    /// The state in which it was found.
    pub state: JobState,
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its first violation.
    pub first: Violation,
    /// How many more it has.
    pub more: usize,
}

/// Tries the draft on the jobs named `name`, or on all. `counts` says how many there are.
pub(super) fn check_draft(
    schema: &Schema,
    name: Option<&str>,
    jobs: Vec<Outstanding>,
    counts: &Counts,
) -> DraftCheck {
    let mut check = DraftCheck::default();
    for job in jobs {
        if name.is_some_and(|name| name != job.name) {
            continue;
        }
        match check
            .states
            .iter_mut()
            .find(|(state, ..)| *state == job.state)
        {
            Some((_, checked, _)) => *checked += 1,
            None => check.states.push((job.state, 1, counts.of(job.state))),
        }
        let verdict = match &job.data {
            Some(data) => Compatibility::of(schema, data),
            None => Compatibility::TooLarge,
        };
        check.tally.add(&verdict);
        let Compatibility::Breaks(violations) = verdict else {
            continue;
        };
        let more = violations.len().saturating_sub(1);
        let first = violations.into_iter().next();
        if let Some(first) = first.filter(|_| check.breaking.len() < MOST_LISTED) {
            check.breaking.push(BreakingJob {
                state: job.state,
                id: job.id,
                name: job.name,
                first,
                more,
            });
        }
    }
    check
}
