//! Values that were found by their names, and where else they occur.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// The least length, in characters, of a value that is hidden elsewhere too. Shorter ones are too common.
const LEAST: usize = 4;

/// The least length, in characters, of a value that is hidden inside longer words too.
const LEAST_IN_WORDS: usize = 8;

/// How many values are looked for inside other texts, and how many bytes they may have together; the shortest come first.
/// Values that are a whole text are all found.
const MOST_INSIDE: usize = 2_000;
const MOST_BYTES_INSIDE: usize = 128 * 1024;

/// The values, and an automaton that finds them.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    alone: HashSet<String>,
    inside: Option<AhoCorasick>,
}

impl Secrets {
    /// All of these values that are long enough; `None` if they are too many to be looked for inside other texts.
    pub(crate) fn all_of(found: HashSet<String>) -> Option<Self> {
        let secrets = Self::of(found);
        let all = secrets.alone.len();
        let found = secrets.inside.as_ref().map_or(0, AhoCorasick::patterns_len);
        (all == found).then_some(secrets)
    }

    /// How many bytes at the end of a text are the beginning of a secret, `least` of them at least.
    pub(crate) fn part_at_end_of(&self, text: &str, least: usize) -> Option<usize> {
        let part = |secret: &String| {
            let longest = secret.len().saturating_sub(1).min(text.len());
            let ends = (least..=longest).rev();
            ends.filter(|length| secret.is_char_boundary(*length))
                .find(|length| text.ends_with(&secret[..*length]))
        };
        self.alone.iter().filter_map(part).max()
    }

    pub(crate) fn of(mut found: HashSet<String>) -> Self {
        found.retain(|secret| secret.chars().nth(LEAST - 1).is_some());
        let mut inside: Vec<&String> = found.iter().collect();
        inside.sort_unstable_by_key(|secret| (secret.len(), *secret));
        let mut bytes = 0;
        let fit = inside.iter().take(MOST_INSIDE).take_while(|secret| {
            bytes += secret.len();
            bytes <= MOST_BYTES_INSIDE
        });
        inside.truncate(fit.count());
        let finder = (!inside.is_empty()).then(|| {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::LeftmostLongest).build(inside)
        });
        Self {
            // So few and short patterns are far below the automaton's limit.
            inside: finder.and_then(Result::ok),
            alone: found,
        }
    }

    pub(crate) fn is_one(&self, text: &str) -> bool {
        self.alone.contains(text)
    }

    /// Replaces every secret in the text. A short secret is only replaced as a whole word: the rest of a longer word would
    /// reveal it.
    pub(crate) fn hide_in(&self, text: &str, hash: impl Fn(&str) -> String) -> String {
        let Some(finder) = &self.inside else {
            return text.to_owned();
        };
        let (mut kept, mut copied, mut from) = (String::new(), 0, 0);
        while let Some(found) = finder.find(Input::new(text).range(from..)) {
            let (start, end) = (found.start(), found.end());
            let secret = &text[start..end];
            let is_word_end = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
            let is_word = is_word_end(text[..start].chars().next_back())
                && is_word_end(text[end..].chars().next());
            if is_word || secret.chars().count() >= LEAST_IN_WORDS {
                kept.push_str(&text[copied..start]);
                kept.push_str(&hash(secret));
                (copied, from) = (end, end);
            } else {
                from = start + secret.chars().next().map_or(1, char::len_utf8);
            }
        }
        kept.push_str(&text[copied..]);
        kept
    }
}
