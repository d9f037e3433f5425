//! What a policy says against a change, in words that hold pointers and nothing of the data.

use std::fmt;
use std::sync::Arc;

use super::problem::TextProblem;
use crate::domain::job::JobState;
use crate::domain::json::Document;
use crate::domain::policy::FaultyPolicy;
use crate::domain::policy::changes::Places;

/// Why a policy refuses a change.
#[derive(Debug, Clone)]
pub struct PolicyRefusal {
    /// The policy's file.
    pub policy: String,
    /// Why.
    pub kind: RefusalKind,
}

/// Why a policy refuses a change.
#[derive(Debug, Clone)]
pub enum RefusalKind {
    /// The file can't be used, so that nobody knows what it allows.
    Faulty(Arc<FaultyPolicy>),
    /// The data of a job in this state may not be changed.
    StateNotAllowed {
        /// The job's state.
        state: JobState,
        /// The states in which it may.
        allowed: Vec<JobState>,
    },
    /// Places changed that are read-only.
    NotEditable {
        /// Those places.
        places: Places,
        /// What may be changed.
        editable: Vec<String>,
    },
    /// Someone who may not see these places changed them.
    HiddenChanged(Places),
    /// Sensitive places changed, and the password was not given lately.
    NeedsPassword(Places),
    /// Critical places changed, which takes a second person.
    NeedsApproval(Places),
}

impl PolicyRefusal {
    /// The places that it is about.
    pub fn places(&self) -> Option<&Places> {
        match &self.kind {
            RefusalKind::Faulty(_) | RefusalKind::StateNotAllowed { .. } => None,
            RefusalKind::NotEditable { places, .. }
            | RefusalKind::HiddenChanged(places)
            | RefusalKind::NeedsPassword(places)
            | RefusalKind::NeedsApproval(places) => Some(places),
        }
    }

    /// Whether the change is right as it is and takes more: the password, or a second person.
    pub fn asks_for_more(&self) -> bool {
        matches!(
            self.kind,
            RefusalKind::NeedsPassword(_) | RefusalKind::NeedsApproval(_)
        )
    }

    /// What stands beside the text, at the lines of the places.
    pub(crate) fn problems(&self, typed: &str) -> Vec<TextProblem> {
        let (Some(places), Ok(document)) = (self.places(), Document::parse(typed)) else {
            return Vec::new();
        };
        let message = match &self.kind {
            RefusalKind::Faulty(_) | RefusalKind::StateNotAllowed { .. } => return Vec::new(),
            RefusalKind::NotEditable { .. } => "read-only under the policy: put back what it was",
            RefusalKind::HiddenChanged(_) => {
                "hidden from you, so it can't be changed: put back what it was"
            }
            RefusalKind::NeedsPassword(_) => "sensitive: changing it takes your password",
            RefusalKind::NeedsApproval(_) => "critical: changing it takes a second person",
        };
        let problem = |pointer: &String| {
            let place = document.locate_name(pointer);
            let place = place.unwrap_or_else(|| document.locate_nearest(pointer));
            TextProblem {
                line: place.line,
                column: place.column,
                pointer: Some(pointer.clone()),
                message: message.to_owned(),
                ..TextProblem::default()
            }
        };
        let mut problems: Vec<TextProblem> = places.listed.iter().map(problem).collect();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}

impl fmt::Display for PolicyRefusal {
    /// A sentence or two that say what happened and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = &self.policy;
        match &self.kind {
            RefusalKind::Faulty(faulty) => {
                let faults: Vec<String> = faulty
                    .faults
                    .iter()
                    .take(3)
                    .map(ToString::to_string)
                    .collect();
                write!(
                    f,
                    "The policy for this data has faults, so no data is changed until it is mended: {}",
                    faults.join("; ")
                )
            }
            RefusalKind::StateNotAllowed { state, allowed } => {
                let allowed: Vec<&str> = allowed.iter().map(|state| state.name()).collect();
                write!(
                    f,
                    "The policy {policy} allows changes of jobs in these states: {}. This job is {state}.",
                    allowed.join(", ")
                )
            }
            RefusalKind::NotEditable { places, editable } => {
                write!(f, "{} can't be changed. ", told(places))?;
                match editable.as_slice() {
                    [] => write!(f, "The policy {policy} allows no change."),
                    editable => write!(
                        f,
                        "The policy {policy} allows changes of {}.",
                        list(editable, editable.len())
                    ),
                }
            }
            RefusalKind::HiddenChanged(places) => write!(
                f,
                "{} can't be changed by someone who may not see it (policy {policy}). Leave it as it was, or ask someone with \
                 the grant reveal.",
                told(places)
            ),
            RefusalKind::NeedsPassword(places) => write!(
                f,
                "{} is sensitive (policy {policy}): changing it takes a password that was given in the last minutes.",
                told(places)
            ),
            RefusalKind::NeedsApproval(places) => write!(
                f,
                "{} is critical (policy {policy}): a second person has to approve the change.",
                told(places)
            ),
        }
    }
}

/// The most pointers that a sentence names.
const MOST_NAMED: usize = 5;

/// The longest pointer in a sentence, in characters.
const LONGEST_POINTER: usize = 100;

fn told(places: &Places) -> String {
    list(&places.listed, places.all)
}

fn list(pointers: &[String], all: usize) -> String {
    let named = |pointer: &String| match pointer.char_indices().nth(LONGEST_POINTER) {
        _ if pointer.is_empty() => "the data as a whole".to_owned(),
        Some((end, _)) => format!("{}…", &pointer[..end]),
        None => pointer.clone(),
    };
    let mut named: Vec<String> = pointers.iter().take(MOST_NAMED).map(named).collect();
    if all > named.len() {
        named.push(format!("{} more", all - named.len()));
    }
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => named.concat(),
    }
}
