//! Runs that a second person approves: which kinds may take one, and what is bound when one is proposed.

use serde::{Deserialize, Serialize};

use crate::domain::job::Revision;
use crate::domain::queue::QueueId;
use crate::domain::run::{RunId, RunKind};

/// The kinds of runs that the setting `approval_for` may put before a second person.
pub(crate) const APPROVABLE: [RunKind; 4] = [
    RunKind::Obliterate,
    RunKind::Retire,
    RunKind::Move,
    RunKind::Repair,
];

/// Of how many characters one figure of a dry run is kept at most, and how many figures.
pub(crate) const LONGEST_FIGURE: usize = 200;
pub(crate) const MOST_FIGURES: usize = 30;

/// A run that begins once it is approved. Which jobs it means and what it does to them is kept apart, until it is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRun {
    /// The id that it gets when it begins.
    pub id: RunId,
    /// Its kind, one of [`APPROVABLE`].
    pub kind: RunKind,
    /// The queue that a move goes to.
    pub target: Option<QueueId>,
    /// What it does, in words.
    pub about: String,
    /// The revision of its details.
    pub plan: Revision,
    /// What was true when it was reviewed.
    pub ground: Ground,
    /// What the dry run found: what is counted, and how many.
    pub figures: Vec<(String, String)>,
}

/// What a review of a run rests on, beside the run's details. Where one of these is another when it is approved, what was
/// reviewed does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ground {
    /// What the schemas and policies for its queues said, as a digest.
    pub rules: String,
    /// The recipe that it came from, and its newest version; `None` for none.
    pub recipe: Option<(String, u64)>,
}

/// What a person saw before they asked for a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RunReview {
    /// What the review rests on.
    pub ground: Ground,
    /// What the dry run found.
    pub figures: Vec<(String, String)>,
    /// The places that a policy puts before a second person; none where it does not.
    pub critical: Vec<String>,
}

impl RunReview {
    /// Adds a figure.
    pub(crate) fn figure(mut self, of: &str, count: impl ToString) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST_FIGURE).collect::<String>();
        if self.figures.len() < MOST_FIGURES {
            self.figures.push((cut(of), cut(&count.to_string())));
        }
        self
    }

    /// Adds a figure for each reason, in words, why jobs would be skipped: how many.
    pub(crate) fn skipped<'a>(self, reasons: impl IntoIterator<Item = (&'a str, &'a u64)>) -> Self {
        reasons.into_iter().fold(self, |review, (why, count)| {
            review.figure(&format!("skipped: {why}"), count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_review_are_bounded() {
        let mut review = RunReview::default();
        for at in 0..2 * MOST_FIGURES {
            review = review.figure(&"é".repeat(2 * LONGEST_FIGURE), at);
        }
        assert_eq!(review.figures.len(), MOST_FIGURES);
        assert_eq!(review.figures[0].0.chars().count(), LONGEST_FIGURE);
    }
}
