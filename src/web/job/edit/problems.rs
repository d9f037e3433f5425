//! The list of problems beside the editor, with the fixes that are offered.

use std::sync::Arc;

use askama::Template;

use crate::domain::edit::data_policy::DataRefusal;
use crate::domain::edit::problem::{TextProblem, problems_of, with_fixes};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::QuickFix;
use crate::service::large_texts::blocking::run_blocking;

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
    /// The form that has the text.
    pub(crate) form: FixForm,
    /// Whether the first fix has the focus, as after another one.
    pub(crate) focus: bool,
}

impl askama::filters::HtmlSafe for ProblemsView {}

impl ProblemsView {
    /// The list for the text of a form.
    pub(crate) fn new(
        base: &str,
        form: FixForm,
        problems: Vec<TextProblem>,
        checked: bool,
    ) -> Self {
        let mut problems: Vec<ProblemView> = problems.into_iter().map(ProblemView::from).collect();
        let mut fixes = problems.iter_mut().flat_map(|problem| &mut problem.fixes);
        if let Some(first) = fixes.next() {
            first.first = true;
        }
        Self {
            base: base.to_owned(),
            problems,
            checked,
            form,
            focus: false,
        }
    }

    /// Whether a fix is offered.
    pub(crate) fn has_fixes(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| !problem.fixes.is_empty())
    }
}

/// Problems that were found in a text, with the fixes that the schema offers for them.
pub(crate) async fn with_offered_fixes(
    text: &Arc<str>,
    schema: &InForce,
    found: Vec<TextProblem>,
) -> Vec<TextProblem> {
    let (kept, schema, listed) = (Arc::clone(text), schema.clone(), found.clone());
    let fixes = move || with_fixes(&kept, &schema, listed);
    run_blocking(text.len(), fixes).await.unwrap_or(found)
}

/// The problems of data that a person typed: those that it was refused for, or what the schema says of it. Without a schema,
/// as for someone who is not signed in, no fix is offered.
pub(crate) async fn problems_of_data(
    data: &Arc<str>,
    refusal: Option<&DataRefusal>,
    schema: Option<&InForce>,
) -> Vec<TextProblem> {
    match (refusal, schema) {
        (Some(DataRefusal::Invalid(found)), Some(schema)) => {
            with_offered_fixes(data, schema, found.clone()).await
        }
        (Some(DataRefusal::Invalid(found)), None) => found.clone(),
        (Some(DataRefusal::Policy(refusal)), _) => refusal.problems(data),
        (None, Some(schema)) => {
            let (kept, schema) = (Arc::clone(data), schema.clone());
            let check = move || problems_of(&kept, &schema);
            run_blocking(data.len(), check).await.unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The form that a fix is sent with.
#[derive(Debug, Clone)]
pub(crate) struct FixForm {
    /// Its id in the page.
    pub(crate) id: &'static str,
    /// Where a fix is sent; empty for the form's own address.
    pub(crate) action: String,
}

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
    pub(crate) fixes: Vec<FixView>,
}

/// A fix that is offered, with what a script needs to do it in the editor.
#[derive(Debug)]
pub(crate) struct FixView {
    pub(crate) id: String,
    pub(crate) label: String,
    /// What it changes, as a JSON Pointer; "(whole document)" for all.
    pub(crate) place: String,
    /// The line and column where the text begins that it replaces.
    pub(crate) from: (usize, usize),
    /// Where that text ends.
    pub(crate) to: (usize, usize),
    pub(crate) text: String,
    /// Whether it is the first of the list.
    pub(crate) first: bool,
}

/// A place as pages name it.
pub(crate) fn place_of(pointer: &str) -> String {
    match pointer {
        "" => "(whole document)".to_owned(),
        pointer => pointer.to_owned(),
    }
}

impl From<QuickFix> for FixView {
    fn from(fix: QuickFix) -> Self {
        Self {
            id: fix.id(),
            place: place_of(&fix.pointer),
            label: fix.label,
            from: (fix.start.line, fix.start.column),
            to: (fix.end.line, fix.end.column),
            text: fix.text,
            first: false,
        }
    }
}

impl From<TextProblem> for ProblemView {
    fn from(problem: TextProblem) -> Self {
        Self {
            line: problem.line,
            column: problem.column,
            pointer: problem.pointer,
            message: problem.message,
            about: problem.about,
            fixes: problem.fixes.into_iter().map(FixView::from).collect(),
        }
    }
}
