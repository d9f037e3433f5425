//! What is wrong with a text, and where.

use crate::domain::json::{Document, JsonError};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::{Schema, Violation};

/// Something wrong with a text, at a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextProblem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The JSON pointer, where a schema found it.
    pub pointer: Option<String>,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What the schema expected there; empty where it says no such thing.
    pub expected: String,
    /// What the schema's author says about that place; empty for nothing.
    pub about: String,
}

impl From<JsonError> for TextProblem {
    fn from(fault: JsonError) -> Self {
        Self {
            line: fault.line,
            column: fault.column,
            pointer: None,
            message: fault.message,
            expected: String::new(),
            about: String::new(),
        }
    }
}

impl From<Violation> for TextProblem {
    fn from(violation: Violation) -> Self {
        Self {
            line: violation.line,
            column: violation.column,
            pointer: Some(violation.pointer),
            message: violation.message,
            expected: violation.expected,
            about: violation.about,
        }
    }
}

/// What is wrong with `text` under the schema in force.
pub(crate) fn problems_of(text: &str, schema: &InForce) -> Vec<TextProblem> {
    match Document::parse(text) {
        Err(fault) => vec![fault.into()],
        Ok(document) => {
            let doubled = document.duplicate_keys().into_iter().map(TextProblem::from);
            let mut problems: Vec<TextProblem> = doubled.collect();
            if let InForce::Schema(schema) = schema {
                problems.extend(violations(text, schema));
            }
            problems
        }
    }
}

/// What breaks the schema in `text`, or that it is not JSON.
pub(crate) fn violations(text: &str, schema: &Schema) -> Vec<TextProblem> {
    match Document::parse(text).and_then(|document| schema.check(&document)) {
        Ok(violations) => violations.into_iter().map(TextProblem::from).collect(),
        Err(fault) => vec![fault.into()],
    }
}
