//! How far a walk through the jobs of a state is.
//!
//! Jobs come and go meanwhile, so a place is not a number: the walk goes on behind the last job that it left where it was and that
//! is still there. Several of those are remembered, since any may go.

use std::collections::VecDeque;

/// So many of the last jobs are remembered. Only where all of them went is a place guessed.
const REMEMBERED: usize = 16;

/// A job with its place: its score where its state is a sorted set.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedJob {
    /// Its id, or what stands in place of one.
    pub id: String,
    /// Its score; `None` in a list.
    pub score: Option<f64>,
}

/// How far a walk through the jobs of a state is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobCursor {
    past: u64,
    last: VecDeque<PlacedJob>,
}

impl JobCursor {
    /// A cursor that passed `past` jobs, the last of which are these, the newest first.
    pub fn behind(last: impl IntoIterator<Item = PlacedJob>, past: u64) -> Self {
        let mut last: VecDeque<PlacedJob> = last.into_iter().take(REMEMBERED).collect();
        last.make_contiguous().reverse();
        Self { past, last }
    }

    /// How many jobs it passed that were still there.
    pub fn past(&self) -> u64 {
        self.past
    }

    /// The last of those, the newest first.
    pub fn last(&self) -> impl Iterator<Item = &PlacedJob> {
        self.last.iter().rev()
    }

    /// Goes on behind `jobs`, in the order of the walk, of which `stays` says whether one is still where it was.
    pub fn pass(&mut self, jobs: &[PlacedJob], stays: impl Fn(&str) -> bool) {
        let left: Vec<&PlacedJob> = jobs.iter().filter(|job| stays(&job.id)).collect();
        self.past += left.len() as u64;
        for job in left.iter().skip(left.len().saturating_sub(REMEMBERED)) {
            if self.last.len() == REMEMBERED {
                self.last.pop_front();
            }
            self.last.push_back((*job).clone());
        }
    }
}
