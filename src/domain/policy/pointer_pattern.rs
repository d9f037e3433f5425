//! Patterns of JSON Pointers: `/lines/*/quantity`, `/card/**`.
//!
//! `*` stands for one step, whatever it is called, and `**` for any number of steps, also none: `/card/**` is `/card` and
//! everything in it. A name that holds a star writes it `~2`, beside the `~0` and `~1` of RFC 6901.

use std::fmt;

/// The most steps of a pattern.
const MOST_STEPS: usize = 100;

/// A pattern of JSON Pointers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerPattern {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member's name or an element's index.
    Name(String),
    /// `*`
    One,
    /// `**`
    Any,
}

/// The places in a pattern that a pointer has come to, one bit each; the bit after the last step is a match.
type Places = u128;

impl PointerPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err(
                "a pointer begins with a slash, as in /order/id; an empty one is the whole data"
                    .to_owned(),
            );
        }
        let steps: Result<Vec<Step>, String> = text.split('/').skip(1).map(step).collect();
        let steps = steps?;
        if steps.len() > MOST_STEPS {
            return Err(format!("a pointer has at most {MOST_STEPS} steps"));
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the pattern matches the pointer of these steps, or one above it.
    pub fn covers<'s>(&self, steps: impl IntoIterator<Item = &'s str>) -> bool {
        let mut places = self.start();
        let mut covered = self.is_match(places);
        for step in steps {
            places = self.next(places, step);
            covered |= self.is_match(places);
        }
        covered
    }

    /// Whether a value can lie in or above values that both patterns match.
    pub(super) fn meets(&self, other: &Self) -> bool {
        meet(&self.steps, &other.steps)
    }

    fn start(&self) -> Places {
        self.closed(1)
    }

    fn next(&self, places: Places, name: &str) -> Places {
        let mut next: Places = 0;
        for (at, step) in self.steps.iter().enumerate() {
            if places & (1 << at) == 0 {
                continue;
            }
            next |= match step {
                Step::Any => 1 << at,
                Step::One => 1 << (at + 1),
                Step::Name(wanted) if wanted == name => 1 << (at + 1),
                Step::Name(_) => 0,
            };
        }
        self.closed(next)
    }

    /// `**` may stand for no step.
    fn closed(&self, mut places: Places) -> Places {
        for (at, step) in self.steps.iter().enumerate() {
            if *step == Step::Any && places & (1 << at) != 0 {
                places |= 1 << (at + 1);
            }
        }
        places
    }

    fn is_match(&self, places: Places) -> bool {
        places & (1 << self.steps.len()) != 0
    }
}

impl fmt::Display for PointerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn step(text: &str) -> Result<Step, String> {
    match text {
        "*" => return Ok(Step::One),
        "**" => return Ok(Step::Any),
        _ if text.contains('*') => {
            return Err(format!(
                "* and ** stand for whole steps, and {text:?} is none: write ~2 for a star in a name"
            ));
        }
        _ => {}
    }
    let mut name = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        name.push(match letter {
            '~' => match letters.next() {
                Some('0') => '~',
                Some('1') => '/',
                Some('2') => '*',
                _ => {
                    return Err(
                        "~ begins ~0 (a tilde), ~1 (a slash in a name) or ~2 (a star in a name)"
                            .to_owned(),
                    );
                }
            },
            letter => letter,
        });
    }
    Ok(Step::Name(name))
}

/// Whether a pointer that begins with a match of `one` can begin with a match of `other` too.
fn meet(one: &[Step], other: &[Step]) -> bool {
    let (rows, columns) = (one.len() + 1, other.len() + 1);
    // meets[i * columns + j]: whether it holds for what is left after i and j steps.
    let mut meets = vec![false; rows * columns];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let at = |i: usize, j: usize| meets[i * columns + j];
            meets[i * columns + j] = match (one.get(i), other.get(j)) {
                (None, _) | (_, None) => true,
                (Some(Step::Any), _) | (_, Some(Step::Any)) => at(i + 1, j) || at(i, j + 1),
                (Some(Step::Name(a)), Some(Step::Name(b))) if a != b => false,
                _ => at(i + 1, j + 1),
            };
        }
    }
    meets[0]
}

/// A place in a document, and how far a list of patterns matches its pointer.
#[derive(Debug, Clone)]
pub struct PatternWalk<'p> {
    patterns: &'p [PointerPattern],
    places: Vec<Places>,
    within: bool,
}

impl<'p> PatternWalk<'p> {
    /// The whole document.
    pub fn new(patterns: &'p [PointerPattern]) -> Self {
        let places: Vec<Places> = patterns.iter().map(PointerPattern::start).collect();
        Self {
            within: matched(patterns, &places),
            patterns,
            places,
        }
    }

    /// The place one step down: a member's name, or an element's index as digits.
    #[must_use]
    pub fn down(&self, step: &str) -> Self {
        // Below a match and where no pattern leads on, all places are alike.
        if self.within || self.is_dead() {
            return Self {
                places: Vec::new(),
                ..*self
            };
        }
        let each = self.patterns.iter().zip(&self.places);
        let places: Vec<Places> = each
            .map(|(pattern, places)| pattern.next(*places, step))
            .collect();
        Self {
            within: matched(self.patterns, &places),
            patterns: self.patterns,
            places,
        }
    }

    /// Whether one of the patterns matches this place, or one above it.
    pub fn is_within(&self) -> bool {
        self.within
    }

    /// Whether no pattern matches anything here or below.
    pub fn is_dead(&self) -> bool {
        !self.within && self.places.iter().all(|places| *places == 0)
    }
}

fn matched(patterns: &[PointerPattern], places: &[Places]) -> bool {
    let mut each = patterns.iter().zip(places);
    each.any(|(pattern, places)| pattern.is_match(*places))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::json::unescape_step;

    fn pattern(text: &str) -> PointerPattern {
        PointerPattern::parse(text).unwrap()
    }

    fn covers(text: &str, pointer: &str) -> bool {
        let pattern = pattern(text);
        let names: Vec<_> = pointer.split('/').skip(1).map(unescape_step).collect();
        let covered = pattern.covers(names.iter().map(AsRef::as_ref));
        let patterns = [pattern];
        let walk = names
            .iter()
            .fold(PatternWalk::new(&patterns), |walk, name| walk.down(name));
        assert_eq!(walk.is_within(), covered, "{text} {pointer}");
        covered
    }

    #[test]
    fn a_pattern_covers_what_it_matches_and_all_below() {
        for (text, pointer, yes) in [
            ("", "", true),
            ("", "/a", true),
            ("/a", "", false),
            ("/a", "/a", true),
            ("/a", "/a/b/0", true),
            ("/a", "/ab", false),
            ("/a", "/b/a", false),
            ("/*", "/a", true),
            ("/*", "", false),
            ("/*/b", "/a/b", true),
            ("/*/b", "/a/c/b", false),
            ("/lines/*/quantity", "/lines/17/quantity", true),
            ("/lines/*/quantity", "/lines/17", false),
            ("/card/**", "/card", true),
            ("/card/**", "/card/a/b", true),
            ("/card/**", "/cards", false),
            ("/**", "", true),
            ("/**/b", "/b", true),
            ("/**/b", "/a/0/b/c", true),
            ("/**/b", "/a/0/c", false),
            ("/a/**/b/*/c", "/a/x/b/b/y/c", true),
            ("/a/**/b/*/c", "/a/x/b/y/z", false),
            ("/", "/", true),
            ("/", "", false),
            ("//", "//", true),
            ("/~2", "/*", true),
            ("/~2", "/a", false),
            ("/~2~2", "/**", true),
            ("/a~1b~0c~2d", "/a~1b~0c*d", true),
            ("/~01", "/~01", true),
            ("/0", "/00", false),
        ] {
            assert_eq!(covers(text, pointer), yes, "{text} {pointer}");
        }
    }

    #[test]
    fn a_text_that_is_no_pattern_says_what_is_allowed() {
        for (text, says) in [
            ("amount", "begins with a slash"),
            ("$.amount", "begins with a slash"),
            ("/a*", "~2"),
            ("/***", "~2"),
            ("/a~", "~0"),
            ("/a~3", "~1"),
            (&"/a".repeat(101), "at most 100"),
        ] {
            let fault = PointerPattern::parse(text).unwrap_err();
            assert!(fault.contains(says), "{text}: {fault}");
        }
        assert!(PointerPattern::parse(&"/**".repeat(100)).is_ok());
    }

    #[test]
    fn patterns_meet_where_a_value_can_lie_in_both() {
        for (one, other, yes) in [
            ("/a", "/a", true),
            ("/a", "/b", false),
            ("/a", "/a/b", true),
            ("/a/b", "/a", true),
            ("/a/*", "/a/b/c", true),
            ("/a/b", "/a/c", false),
            ("", "/a", true),
            ("/**/x", "/a/b", true),
            ("/lines/*/price", "/lines/0/price", true),
            ("/lines/*/price", "/lines/0/quantity", false),
            ("/lines/**", "/line", false),
        ] {
            assert_eq!(pattern(one).meets(&pattern(other)), yes, "{one} {other}");
            assert_eq!(pattern(other).meets(&pattern(one)), yes, "{other} {one}");
        }
    }

    #[test]
    fn a_walk_ends_early_where_no_pattern_leads() {
        let patterns = [pattern("/a/b"), pattern("/c")];
        let walk = PatternWalk::new(&patterns);
        assert!(!walk.is_dead());
        assert!(!walk.down("a").is_dead() && !walk.down("a").is_within());
        assert!(walk.down("x").is_dead());
        assert!(walk.down("x").down("b").is_dead());
        assert!(walk.down("c").down("anything").is_within());
        assert!(PatternWalk::new(&[]).is_dead());
    }
}
