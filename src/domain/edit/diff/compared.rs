//! Chooses the lines of two texts to compare. Equal lines at the start and the end are set aside first, and the number of
//! the rest is bounded so that they take a few megabytes at most.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::Instant;

/// The most lines of either text that are compared.
const MOST_COMPARED: usize = 200_000;

/// Two texts and the lines of them to compare.
pub(crate) struct Compared<'t> {
    texts: (&'t str, &'t str),
    /// How many lines each text has.
    counts: (usize, usize),
    /// How many lines are equal at the start and at the end.
    same_start: usize,
    same_end: usize,
    left: Vec<&'t str>,
    right: Vec<&'t str>,
}

impl<'t> Compared<'t> {
    pub(crate) fn of(before: &'t str, after: &'t str) -> Self {
        let counts = (before.lines().count(), after.lines().count());
        let same = |(one, other): &(&str, &str)| one == other;
        let starts = before.lines().zip(after.lines());
        let same_start = starts.take_while(same).count();
        let left = counts.0.min(counts.1) - same_start;
        let ends = before.lines().rev().zip(after.lines().rev()).take(left);
        let same_end = ends.take_while(same).count();
        let compared = |text: &'t str, count: usize| -> Vec<&'t str> {
            let most = (count - same_start - same_end).min(MOST_COMPARED);
            text.lines().skip(same_start).take(most).collect()
        };
        Self {
            texts: (before, after),
            counts,
            same_start,
            same_end,
            left: compared(before, counts.0),
            right: compared(after, counts.1),
        }
    }

    /// How many lines each text has.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.counts
    }

    /// How many differing lines of each text are not compared.
    pub(crate) fn not_compared(&self) -> (usize, usize) {
        let aside = self.same_start + self.same_end;
        (
            self.counts.0 - aside - self.left.len(),
            self.counts.1 - aside - self.right.len(),
        )
    }

    /// The operations that turn the left lines into the right ones, with line numbers of the whole texts.
    pub(crate) fn operations(&self, deadline: Instant) -> Vec<DiffOp> {
        let found =
            capture_diff_slices_deadline(Algorithm::Myers, &self.left, &self.right, Some(deadline));
        let mut operations = Vec::with_capacity(found.len() + 2);
        push(&mut operations, equal(0, 0, self.same_start));
        for operation in found {
            push(&mut operations, further(operation, self.same_start));
        }
        if self.not_compared() == (0, 0) {
            let (left, right) = self.counts;
            let end = self.same_end;
            push(&mut operations, equal(left - end, right - end, end));
        }
        operations
    }

    /// A line of the left text.
    pub(crate) fn left(&self, at: usize) -> &'t str {
        self.line(at, &self.left, self.texts.0)
    }

    /// A line of the right text.
    pub(crate) fn right(&self, at: usize) -> &'t str {
        self.line(at, &self.right, self.texts.1)
    }

    fn line(&self, at: usize, compared: &[&'t str], text: &'t str) -> &'t str {
        let inside = at.checked_sub(self.same_start);
        match inside.and_then(|at| compared.get(at)) {
            Some(line) => line,
            // Only the few lines around a change are asked for.
            None => text.lines().nth(at).unwrap_or_default(),
        }
    }
}

fn equal(old_index: usize, new_index: usize, len: usize) -> DiffOp {
    DiffOp::Equal {
        old_index,
        new_index,
        len,
    }
}

/// Adds an operation; joins it with the one before if both say "equal".
fn push(operations: &mut Vec<DiffOp>, operation: DiffOp) {
    match (operations.last_mut(), operation) {
        (_, DiffOp::Equal { len: 0, .. }) => {}
        (Some(DiffOp::Equal { len: before, .. }), DiffOp::Equal { len, .. }) => *before += len,
        _ => operations.push(operation),
    }
}

/// The operation moved down by `lines`.
fn further(mut operation: DiffOp, lines: usize) -> DiffOp {
    match &mut operation {
        DiffOp::Equal {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Delete {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Insert {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Replace {
            old_index,
            new_index,
            ..
        } => {
            *old_index += lines;
            *new_index += lines;
        }
    }
    operation
}
