//! What is wrong with a text, and where.

use crate::domain::json::{Document, JsonError};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::{Broken, QuickFix};
use crate::domain::schema::{Schema, Violation};

/// Something wrong with a text, at a place in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// The violated rule, as a JSON Pointer into the schema; empty where no schema found it.
    pub rule: String,
    /// The member that is missing, if that is the problem.
    pub missing: Option<String>,
    /// The changes that are offered; [`with_fixes`] finds them.
    pub fixes: Vec<QuickFix>,
}

impl From<JsonError> for TextProblem {
    fn from(fault: JsonError) -> Self {
        Self {
            line: fault.line,
            column: fault.column,
            message: fault.message,
            ..Self::default()
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
            rule: violation.schema_pointer,
            missing: violation.missing,
            fixes: Vec::new(),
        }
    }
}

/// What is wrong with `text` under the schema in force, with the fixes that are offered.
pub(crate) fn problems_of(text: &str, schema: &InForce) -> Vec<TextProblem> {
    match Document::parse(text) {
        Err(fault) => vec![fault.into()],
        Ok(document) => {
            let doubled = document.duplicate_keys().into_iter().map(TextProblem::from);
            let mut problems: Vec<TextProblem> = doubled.collect();
            if let InForce::Schema(schema) = schema {
                problems.extend(violations(text, schema));
            }
            with_fixes(text, schema, problems)
        }
    }
}

/// The problems that were found in `text`, with the fixes that are offered. A text in which two members have the same name gets
/// none: it is not clear which of them counts.
pub(crate) fn with_fixes(
    text: &str,
    schema: &InForce,
    mut problems: Vec<TextProblem>,
) -> Vec<TextProblem> {
    let (InForce::Schema(schema), Ok(document)) = (schema, Document::parse(text)) else {
        return problems;
    };
    if !document.duplicate_keys().is_empty() {
        return problems;
    }
    let is_violation = |problem: &&TextProblem| !problem.rule.is_empty();
    let broken: Vec<Broken<'_>> = problems
        .iter()
        .filter(is_violation)
        .map(|problem| Broken {
            pointer: problem.pointer.as_deref().unwrap_or_default(),
            rule: &problem.rule,
            missing: problem.missing.as_deref(),
        })
        .collect();
    let found = match broken.is_empty() {
        true => return problems,
        false => schema.quick_fixes(&document, &broken).unwrap_or_default(),
    };
    let violations = problems
        .iter_mut()
        .filter(|problem| !problem.rule.is_empty());
    for (problem, fixes) in violations.zip(found) {
        problem.fixes = fixes;
    }
    problems
}

/// The fix with this name among those that are offered for `text` under the schema in force; `None` if there is none, as after
/// the text or the schema has changed.
pub(crate) fn fix_of(text: &str, schema: &InForce, id: &str) -> Option<QuickFix> {
    let problems = problems_of(text, schema);
    let mut fixes = problems.into_iter().flat_map(|problem| problem.fixes);
    fixes.find(|fix| fix.id() == id)
}

/// What breaks the schema in `text`, or that it is not JSON.
pub(crate) fn violations(text: &str, schema: &Schema) -> Vec<TextProblem> {
    match Document::parse(text).and_then(|document| schema.check(&document)) {
        Ok(violations) => violations.into_iter().map(TextProblem::from).collect(),
        Err(fault) => vec![fault.into()],
    }
}
