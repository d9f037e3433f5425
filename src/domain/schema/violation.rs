//! The violations of a document, with their places in its text.

use super::field_text::field_text;
use super::messages;
use super::messages::ProblemText;
use crate::domain::json::Document;
use crate::domain::policy::mask::sign::BY_HIDDEN_VALUES;
use jsonschema::ValidationError;
use serde_json::Value;

/// The most violations that are listed.
const MOST_LISTED: usize = 200;

/// The most violations that are counted.
pub(super) const MOST_COUNTED: usize = 10_000;

/// One place where a document breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The place in the document as a JSON Pointer; empty for the whole document.
    pub pointer: String,
    /// The line of that place, from 1.
    pub line: usize,
    /// Its column, from 1, in Unicode scalar values.
    pub column: usize,
    /// What is wrong, in words for operators. Long values are cut.
    pub message: String,
    /// What is expected, such as "a string"; empty if the message says everything.
    pub expected: String,
    /// The violated rule, as a JSON Pointer into the schema.
    pub schema_pointer: String,
    /// The member that is missing there, if that is the problem.
    pub missing: Option<String>,
    /// What the schema's author says about that place; empty for nothing.
    pub about: String,
}

impl Violation {
    /// What may be told of it to those who may not see the values that it is about.
    pub(crate) fn of_hidden_values(self) -> Self {
        Self {
            pointer: String::new(),
            message: BY_HIDDEN_VALUES.to_owned(),
            expected: String::new(),
            missing: None,
            about: String::new(),
            ..self
        }
    }
}

/// All violations of a document in the order of its text: at most 200, and one more that counts the rest.
pub(super) fn collect<'e>(
    document: &Document<'_>,
    schema: &Value,
    errors: impl Iterator<Item = ValidationError<'e>>,
) -> Vec<Violation> {
    let mut problems = Vec::new();
    for error in errors {
        messages::problems(&error, &mut problems);
        if problems.len() >= MOST_COUNTED {
            break;
        }
    }
    let more = problems.len().saturating_sub(MOST_LISTED);
    let capped = if problems.len() < MOST_COUNTED {
        ""
    } else {
        "at least "
    };
    problems.truncate(MOST_LISTED);
    let placed = problems
        .into_iter()
        .map(|problem| place(document, schema, problem));
    let mut listed: Vec<_> = placed.collect();
    listed.sort_by_key(|violation| (violation.line, violation.column));
    listed.dedup();
    if let (Some(last), 1..) = (listed.last(), more) {
        listed.push(Violation {
            pointer: String::new(),
            message: format!("and {capped}{more} more problems that are not listed"),
            expected: String::new(),
            schema_pointer: String::new(),
            missing: None,
            about: String::new(),
            ..last.clone()
        });
    }
    listed
}

fn place(document: &Document<'_>, schema: &Value, problem: ProblemText) -> Violation {
    let by_name = problem
        .by_name
        .then(|| document.locate_name(&problem.pointer));
    let position = by_name.flatten();
    let position = position.unwrap_or_else(|| document.locate_nearest(&problem.pointer));
    Violation {
        about: field_text(schema, &problem.schema_pointer),
        pointer: problem.pointer,
        line: position.line,
        column: position.column,
        message: problem.message,
        expected: problem.expected,
        schema_pointer: problem.schema_pointer,
        missing: problem.missing,
    }
}
