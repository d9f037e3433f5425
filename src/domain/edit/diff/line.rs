//! One line of a diff: which of its words changed, and which part of a very long line is drawn.

use similar::{Algorithm, capture_diff_slices_deadline};
use std::time::Instant;

/// The most characters of a line that are drawn.
const MOST_COLUMNS: usize = 2_000;

/// How many characters of a clipped line are drawn before the first difference.
const LEAD: usize = 200;

/// The length, in bytes, after which a word is split.
const LONG_WORD: usize = 32;

/// One side of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The line's number in its text, from 1.
    pub number: usize,
    /// The line in pieces, in order; none for an empty line.
    pub segments: Vec<Segment>,
    /// A note beside a line that is too long to be drawn whole.
    pub note: Option<String>,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The text, never empty.
    pub text: String,
    /// Whether it is what changed.
    pub emphasised: bool,
}

impl Side {
    /// A line that is drawn from its start, in one piece.
    pub(crate) fn plain(number: usize, text: &str, emphasised: bool) -> Side {
        let window = Window::of(text, 0);
        window.side(number, vec![(window.text, emphasised)])
    }
}

/// Both sides of a changed line, each given as number and text. Words are compared until `deadline`.
pub(crate) fn pair(left: (usize, &str), right: (usize, &str), deadline: Instant) -> (Side, Side) {
    let start = first_shown(left.1, right.1);
    let windows = (Window::of(left.1, start), Window::of(right.1, start));
    let words = (words(windows.0.text), words(windows.1.text));
    let operations =
        capture_diff_slices_deadline(Algorithm::Myers, &words.0, &words.1, Some(deadline));
    let (mut left_pieces, mut right_pieces) = (Vec::new(), Vec::new());
    for operation in operations {
        let changed = operation.tag() != similar::DiffTag::Equal;
        left_pieces.extend(
            words.0[operation.old_range()]
                .iter()
                .map(|&word| (word, changed)),
        );
        right_pieces.extend(
            words.1[operation.new_range()]
                .iter()
                .map(|&word| (word, changed)),
        );
    }
    (
        windows.0.side(left.0, left_pieces),
        windows.1.side(right.0, right_pieces),
    )
}

/// The first character to draw: 0, unless the lines are too long to be drawn whole and differ only further on.
fn first_shown(left: &str, right: &str) -> usize {
    if left
        .chars()
        .nth(MOST_COLUMNS)
        .or(right.chars().nth(MOST_COLUMNS))
        .is_none()
    {
        return 0;
    }
    let both = left.chars().zip(right.chars());
    both.take_while(|(a, b)| a == b)
        .count()
        .saturating_sub(LEAD)
}

/// The part of a line that is drawn.
struct Window<'t> {
    text: &'t str,
    starts_late: bool,
    ends_early: bool,
    /// The number of characters in the whole line, if the window does not hold all of them.
    of: Option<usize>,
}

impl<'t> Window<'t> {
    fn of(line: &'t str, start: usize) -> Window<'t> {
        let byte = |text: &str, nth| {
            text.char_indices()
                .nth(nth)
                .map_or(text.len(), |(at, _)| at)
        };
        let rest = &line[byte(line, start)..];
        let text = &rest[..byte(rest, MOST_COLUMNS)];
        Window {
            text,
            starts_late: start > 0,
            ends_early: text.len() < rest.len(),
            of: (text.len() < line.len()).then(|| line.chars().count()),
        }
    }

    /// The line as it is drawn: neighbouring pieces of the same kind are joined, and an ellipsis marks a cut.
    fn side(&self, number: usize, pieces: Vec<(&str, bool)>) -> Side {
        let mut segments: Vec<Segment> = Vec::new();
        let before = self.starts_late.then_some(("…", false));
        let after = self.ends_early.then_some(("…", false));
        for (text, emphasised) in before.into_iter().chain(pieces).chain(after) {
            match segments.last_mut() {
                Some(last) if last.emphasised == emphasised => last.text.push_str(text),
                _ if text.is_empty() => {}
                _ => segments.push(Segment {
                    text: text.to_owned(),
                    emphasised,
                }),
            }
        }
        let shown = self.text.chars().count();
        let note = self.of.map(|all| format!("{shown} of {all} characters"));
        Side {
            number,
            segments,
            note,
        }
    }
}

/// Splits a line into words, white space, and single signs. Long words such as base64 are split, so that a small change
/// does not emphasise all of them.
fn words(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        _ if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        if at - start >= LONG_WORD || last.is_some_and(|last| last != kind(c) || last == 2) {
            words.push(&text[start..at]);
            start = at;
        }
        last = Some(kind(c));
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}
