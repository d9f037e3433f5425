//! Quick fixes: for a violation, the changes at its place that satisfy the schema and follow from the value alone, such as
//! `"12,50"` → `12.5`. A change that would be a guess about what was meant is not one.
//!
//! Each fix is tried with the validator before it is offered. It replaces a few bytes of the text; all others stay.

mod broken;
mod candidates;
mod insertion;
mod numbers;
mod options;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

use super::message_parts::clip;
use super::messages::{self, ProblemText};
use super::violation::MOST_COUNTED;
use super::{SHALLOW, Schema, compile, on_a_large_stack};
use crate::domain::json::{Document, JsonError, Position, join_pointer};
pub(crate) use broken::Broken;
use candidates::{Candidate, candidates};

/// For how many violations of a document fixes are looked for.
const MOST_FIXED: usize = 50;

/// How many bytes are validated to try the fixes of one document. Each try validates the whole document.
const MOST_TRIED_BYTES: usize = 16 << 20;

/// The longest value that a fix writes, in bytes.
const LONGEST_VALUE: usize = 2_000;

/// A change of a text that satisfies a violated rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickFix {
    /// The place of the value that is changed or added, as a JSON Pointer.
    pub pointer: String,
    /// What it does, such as "Change to 12.5". Long values are cut.
    pub label: String,
    /// The bytes of the text that are replaced; empty where something is added.
    pub range: Range<usize>,
    /// Where they start.
    pub start: Position,
    /// Where they end.
    pub end: Position,
    /// What is written there instead.
    pub text: String,
    /// The value that is there then, as JSON.
    value: String,
}

impl QuickFix {
    /// Names the fix. The name stays the same while only the white space around the place changes, as a browser does to the
    /// line breaks of a form.
    pub fn id(&self) -> String {
        let mut digest = compile::hash(&format!("{}\0{}", self.pointer, self.value));
        digest.truncate(16);
        digest
    }

    /// The text with the fix. `text` must be the one that the fix was made for.
    pub fn apply(&self, text: &str) -> String {
        let (before, after) = (&text[..self.range.start], &text[self.range.end..]);
        [before, &self.text, after].concat()
    }
}

impl Schema {
    /// The fixes of each of `broken`, violations that this schema finds in `document`. Only the first violations get some,
    /// and fewer in a large document.
    ///
    /// # Errors
    ///
    /// If the document is nested too deep to be checked.
    pub(crate) fn quick_fixes(
        &self,
        document: &Document<'_>,
        broken: &[Broken<'_>],
    ) -> Result<Vec<Vec<QuickFix>>, JsonError> {
        let mut value = document.to_value()?;
        let mut find = || {
            let mut tries = Tries {
                schema: self,
                before: self.problems(&value).map(Key::of).collect(),
                left: MOST_TRIED_BYTES / document.text().len().max(1),
            };
            let fixes = broken.iter().enumerate().map(|(at, broken)| match at {
                0..MOST_FIXED => tries.fixes(document, &mut value, *broken),
                _ => Vec::new(),
            });
            fixes.collect()
        };
        if document.depth() <= SHALLOW {
            return Ok(find());
        }
        // Without a thread for it there are no fixes; the violations are told anyway.
        Ok(on_a_large_stack(find).unwrap_or_else(|_| vec![Vec::new(); broken.len()]))
    }

    fn problems(&self, value: &Value) -> impl Iterator<Item = ProblemText> {
        let mut problems = Vec::new();
        for error in self.validator.iter_errors(value) {
            messages::problems(&error, &mut problems);
            if problems.len() >= MOST_COUNTED {
                break;
            }
        }
        problems.into_iter()
    }
}

/// What tells one problem from another.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    pointer: String,
    rule: String,
    missing: Option<String>,
}

impl Key {
    fn of(problem: ProblemText) -> Self {
        Self {
            pointer: problem.pointer,
            rule: problem.schema_pointer,
            missing: problem.missing,
        }
    }
}

/// The fixes of one document, tried one after the other.
struct Tries<'s> {
    schema: &'s Schema,
    /// The document's problems without a fix.
    before: HashSet<Key>,
    /// How many may still be tried.
    left: usize,
}

impl Tries<'_> {
    fn fixes(
        &mut self,
        document: &Document<'_>,
        value: &mut Value,
        broken: Broken<'_>,
    ) -> Vec<QuickFix> {
        let Some(at) = document.find(broken.pointer) else {
            return Vec::new();
        };
        let mut fixes: Vec<QuickFix> = Vec::new();
        for candidate in candidates(&self.schema.value, document, at, broken) {
            let json = candidate.json();
            if json.len() > LONGEST_VALUE
                || fixes.iter().any(|fix| fix.value == json)
                || !self.satisfies(value, broken, &candidate)
            {
                continue;
            }
            fixes.push(quick_fix(document, at, broken.pointer, candidate, json));
        }
        fixes
    }

    /// Whether the violation is gone with the candidate, and its place breaks no other rule instead.
    fn satisfies(
        &mut self,
        value: &mut Value,
        broken: Broken<'_>,
        candidate: &Candidate<'_>,
    ) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let Some(target) = value.pointer_mut(broken.pointer) else {
            return false;
        };
        let place = match candidate {
            Candidate::Instead { .. } => broken.pointer.to_owned(),
            Candidate::Added { name, .. } => join_pointer(broken.pointer, name),
        };
        let stored = target.clone();
        match (candidate, &mut *target) {
            (Candidate::Instead { value, .. }, _) => *target = value.clone(),
            (Candidate::Added { name, value }, Value::Object(members)) => {
                members.insert((*name).to_owned(), (*value).clone());
            }
            (Candidate::Added { .. }, _) => return false,
        }
        let is_broken = |problem: ProblemText| {
            let at_place = problem.pointer == place
                || problem
                    .pointer
                    .strip_prefix(&place)
                    .is_some_and(|below| below.starts_with('/'));
            let key = Key::of(problem);
            let is_same = key.pointer == broken.pointer
                && key.rule == broken.rule
                && key.missing.as_deref() == broken.missing;
            is_same || (at_place && !self.before.contains(&key))
        };
        let satisfies = !self.schema.problems(value).any(is_broken);
        if let Some(target) = value.pointer_mut(broken.pointer) {
            *target = stored;
        }
        satisfies
    }
}

/// The scalar at a node as a value of one of these types, as JSON, where that is no question of meaning.
pub(crate) fn converted(document: &Document<'_>, at: usize, wanted: &[&str]) -> Option<String> {
    let found = candidates::of_types(document, at, wanted);
    found.first().map(Candidate::json)
}

fn quick_fix(
    document: &Document<'_>,
    at: usize,
    pointer: &str,
    candidate: Candidate<'_>,
    value: String,
) -> QuickFix {
    let (pointer, label, range, text) = match candidate {
        Candidate::Instead { json, .. } => (
            pointer.to_owned(),
            format!("Change to {}", clip(&value)),
            document.range(at),
            json,
        ),
        Candidate::Added { name, .. } => {
            let (place, text) = insertion::insertion(document, at, name, &value);
            let label = format!(
                "Add {}",
                clip(&format!("{}: {value}", insertion::quoted(name)))
            );
            (join_pointer(pointer, name), label, place..place, text)
        }
    };
    QuickFix {
        start: Position::of(document.text(), range.start),
        end: Position::of(document.text(), range.end),
        pointer,
        label,
        range,
        text,
        value,
    }
}
