//! How well a name matches what was typed, and the best names of many.

use std::cmp::Ordering;

/// How well a name matches; the best is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// It is the text, letters in any case.
    Exact,
    /// It begins with the text.
    Prefix,
    /// The text is somewhere in it.
    Substring,
    /// It differs from the text, or its beginning does, by so many typing errors.
    Near(usize),
}

/// Texts shorter than this, in characters, are not compared with names that only look alike: everything looks like them.
const SHORTEST_NEAR: usize = 4;

/// From this length on, in characters, a text may have two typing errors.
const TWO_ERRORS_FROM: usize = 8;

/// Longer texts and names are not compared for typing errors: the comparison takes the product of both lengths.
const LONGEST_NEAR: usize = 64;

/// What was typed, ready to be compared with many names.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    lower: String,
    chars: usize,
}

impl Pattern {
    /// The pattern of a text.
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        Self {
            chars: lower.chars().count(),
            lower,
        }
    }

    /// How a name matches, typing errors left out.
    pub(crate) fn rank(&self, name: &str) -> Option<Rank> {
        if self.lower.is_empty() {
            return None;
        }
        let name = name.to_lowercase();
        match name.find(&self.lower)? {
            0 if name.len() == self.lower.len() => Some(Rank::Exact),
            0 => Some(Rank::Prefix),
            _ => Some(Rank::Substring),
        }
    }

    /// How a name matches if what was typed has typing errors.
    fn near(&self, name: &str) -> Option<Rank> {
        let allowed = match self.chars {
            0..SHORTEST_NEAR => return None,
            SHORTEST_NEAR..TWO_ERRORS_FROM => 1,
            TWO_ERRORS_FROM..=LONGEST_NEAR => 2,
            _ => return None,
        };
        let name: String = name.chars().take(LONGEST_NEAR).collect();
        let name = name.to_lowercase();
        let beginning = name.char_indices().nth(self.chars).map(|(at, _)| at);
        let beginning = &name[..beginning.unwrap_or(name.len())];
        let errors = |one: &str| strsim::osa_distance(&self.lower, one);
        let least = errors(beginning).min(errors(&name));
        (least <= allowed).then_some(Rank::Near(least))
    }
}

/// The names that match best, and how many more match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Best<T> {
    /// The best ones, best first, each with its rank.
    pub(crate) found: Vec<(Rank, T)>,
    /// How many more match.
    pub(crate) more: usize,
}

// By hand, since the derived one would ask the same of `T`.
impl<T> Default for Best<T> {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            more: 0,
        }
    }
}

/// The `most` of `all` whose names match best: the exact one, then by beginning, by part, and by typing errors only where
/// nothing else matches. Among equals the shorter name comes first, then the alphabet decides.
pub(crate) fn best<T: Clone>(
    pattern: &Pattern,
    all: &[T],
    name: impl Fn(&T) -> &str,
    most: usize,
) -> Best<T> {
    let ranked = |rank: &dyn Fn(&str) -> Option<Rank>| -> Vec<(Rank, &T)> {
        let each = all.iter();
        each.filter_map(|one| Some((rank(name(one))?, one)))
            .collect()
    };
    let mut found = ranked(&|name| pattern.rank(name));
    if found.is_empty() {
        found = ranked(&|name| pattern.near(name));
    }
    let order = |(rank, one): &(Rank, &T), (other_rank, other): &(Rank, &T)| -> Ordering {
        let (one, other) = (name(one), name(other));
        rank.cmp(other_rank)
            .then_with(|| one.len().cmp(&other.len()))
            .then_with(|| one.cmp(other))
    };
    let more = found.len().saturating_sub(most);
    if more > 0 && most > 0 {
        // Only the best are put in order.
        found.select_nth_unstable_by(most - 1, order);
    }
    found.truncate(most);
    found.sort_by(order);
    Best {
        found: (found.into_iter())
            .map(|(rank, one)| (rank, one.clone()))
            .collect(),
        more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str, names: &[&str]) -> Vec<String> {
        let best = best(&Pattern::new(typed), names, |name| name, 3);
        best.found
            .into_iter()
            .map(|(_, name)| name.to_owned())
            .collect()
    }

    #[test]
    fn exact_comes_before_beginning_and_that_before_any_part() {
        let names = ["my-email", "email/v2", "Email", "email/v10", "billing"];
        assert_eq!(found("email", &names), ["Email", "email/v2", "email/v10"]);
        assert_eq!(found("mail", &names), ["Email", "email/v2", "my-email"]);
        assert_eq!(found("", &names), [""; 0]);
    }

    #[test]
    fn typing_errors_are_forgiven_only_where_nothing_else_matches() {
        let names = ["email/v2", "billing", "image-resize"];
        assert_eq!(found("emial", &names), ["email/v2"]);
        assert_eq!(found("biling", &names), ["billing"]);
        assert_eq!(found("image-rezise", &names), ["image-resize"]);
        assert_eq!(found("bil", &["bli", "bil-2"]), ["bil-2"]);
        assert_eq!(found("abc", &["abd"]), [""; 0], "too short");
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let names: Vec<String> = (0..100).map(|n| format!("queue-{n}")).collect();
        let best = best(&Pattern::new("QUEUE"), &names, |name| name, 3);
        let first: Vec<&str> = best.found.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(first, ["queue-0", "queue-1", "queue-2"]);
        assert_eq!(best.more, 97);
    }

    #[test]
    fn letters_that_grow_in_lower_case_and_wide_characters_do_no_harm() {
        for name in ["İ", "ẞtraße", "日本語のキュー", "a\u{0}b", "👩‍👩‍👧‍👦"]
        {
            let pattern = Pattern::new(name);
            assert_eq!(pattern.rank(name), Some(Rank::Exact), "{name}");
            pattern.near("abcd");
            Pattern::new("abcdefgh").near(name);
        }
    }
}
