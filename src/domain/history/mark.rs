//! A moment that explains what a chart shows: a deploy, a move, or what a person wrote.

use crate::domain::hidden_characters::is_hidden;
use crate::domain::queue::QueueId;

/// The longest text of a mark that a person makes, and the longest pattern of its queues, in characters.
const LONGEST_WORDS: usize = 200;
const LONGEST_PATTERN: usize = 200;

/// Why a person's mark can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMark {
    /// Its text is empty or too long.
    #[error("The text of a mark has 1 to {LONGEST_WORDS} characters, on one line.")]
    Words,
    /// Its pattern is empty or too long.
    #[error("The pattern of queues has 1 to {LONGEST_PATTERN} characters, such as email/*.")]
    Pattern,
    /// Its pattern looks like a list.
    #[error(
        "The pattern of queues holds a comma. Allowed is one pattern, such as email/*; mark the moment once for each."
    )]
    List,
    /// Its text or its pattern holds this character.
    #[error("The text or the pattern of the mark holds the character U+{:04X}, which is not shown. Write it without it.", u32::from(*.0))]
    Hidden(char),
}

/// Checks the text and the pattern of a person's mark: as reasons, both are one line, and neither may turn the text around it.
pub(crate) fn check(words: &str, pattern: &str) -> Result<(), BadMark> {
    let is_fit = |text: &str, longest| (1..=longest).contains(&text.chars().count());
    if let Some(hidden) = words.chars().chain(pattern.chars()).find(is_hidden) {
        return Err(BadMark::Hidden(hidden));
    }
    match (
        is_fit(words, LONGEST_WORDS),
        is_fit(pattern, LONGEST_PATTERN),
    ) {
        (false, _) => Err(BadMark::Words),
        (_, false) => Err(BadMark::Pattern),
        _ if pattern.contains(',') => Err(BadMark::List),
        _ => Ok(()),
    }
}

/// What happened at a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum MarkKind {
    /// A version was seen for the first time.
    FirstSeen,
    /// A version got its first worker.
    FirstWorker,
    /// A version that was draining has no outstanding jobs any more.
    Drained,
    /// A version was retired.
    Retired,
    /// A version was pinned, or its pin taken away.
    Pinned,
    /// Jobs were moved to another version.
    Moved,
    /// A person marked this moment.
    Custom,
}

/// The queues that a mark is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkTarget {
    /// One queue, and the charts of its family.
    Queue(QueueId),
    /// The queues that a pattern with `*` names, such as `email/*` (any prefix) or `bull:email/*`.
    Pattern(String),
}

/// A line on the charts, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Names it; the same event recorded twice has the same id.
    pub id: String,
    /// When it happened, in Unix milliseconds.
    pub at_ms: u64,
    /// What happened.
    pub kind: MarkKind,
    /// What it is about.
    pub target: MarkTarget,
    /// A sentence without a full stop: `email/v2 got its first worker`.
    pub words: String,
    /// Who did it; empty for what nobody in particular did.
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_one_visible_line_on_one_pattern() {
        let long = "x".repeat(201);
        for (words, pattern, expected) in [
            ("deploy 42", "email/*", Ok(())),
            ("שלום", "email/*", Ok(())),
            ("", "*", Err(BadMark::Words)),
            (long.as_str(), "*", Err(BadMark::Words)),
            ("x", "", Err(BadMark::Pattern)),
            ("x", long.as_str(), Err(BadMark::Pattern)),
            ("x", "email/*,sms/*", Err(BadMark::List)),
            ("two\nlines", "*", Err(BadMark::Hidden('\n'))),
            ("x", "a\u{1b}[31m", Err(BadMark::Hidden('\u{1b}'))),
            ("a\u{202e}b", "*", Err(BadMark::Hidden('\u{202e}'))),
            ("x", "a\u{2069}b", Err(BadMark::Hidden('\u{2069}'))),
            ("\u{200b}", "*", Err(BadMark::Hidden('\u{200b}'))),
            ("two\u{2028}lines", "*", Err(BadMark::Hidden('\u{2028}'))),
        ] {
            assert_eq!(check(words, pattern), expected, "{words:?} {pattern:?}");
        }
    }
}
