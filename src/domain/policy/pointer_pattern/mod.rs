//! Patterns of JSON Pointers: `/lines/*/quantity`, `/card/**`.
//!
//! `*` stands for one step, whatever it is called, and `**` for any number of steps, also none: `/card/**` is `/card` and
//! everything in it. A name that holds a star writes it `~2`, beside the `~0` and `~1` of RFC 6901.

#[cfg(test)]
mod tests;

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
