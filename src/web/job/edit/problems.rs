//! The list of problems beside the editor.

use askama::Template;

use crate::domain::edit::problem::TextProblem;

/// The largest text that is checked while it is typed, in bytes. A larger one is checked when it is reviewed.
pub(crate) const LARGEST_CHECKED: usize = 256 * 1024;

/// The list of what is wrong with a text.
#[derive(Template, Debug)]
#[template(path = "job/edit/_problems.html")]
pub(crate) struct ProblemsView {
    pub(crate) base: String,
    pub(crate) problems: Vec<ProblemView>,
    /// Whether the text was checked at all.
    pub(crate) checked: bool,
}

impl askama::filters::HtmlSafe for ProblemsView {}

/// A problem, with its place in the text.
#[derive(Debug)]
pub(crate) struct ProblemView {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The JSON Pointer, if a schema found it; `None` for a syntax error.
    pub(crate) pointer: Option<String>,
    pub(crate) message: String,
    /// What the schema's author says about that place; empty for nothing.
    pub(crate) about: String,
}

impl From<TextProblem> for ProblemView {
    fn from(problem: TextProblem) -> Self {
        Self {
            line: problem.line,
            column: problem.column,
            pointer: problem.pointer,
            message: problem.message,
            about: problem.about,
        }
    }
}
