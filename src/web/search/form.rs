//! The form that makes a query: its fields in an address, and what fills it.

use std::collections::HashMap;

use crate::domain::job::JobState;
use crate::domain::search::Query;
use crate::domain::search::form::{CONDITIONS, Condition, SearchForm, operators};

/// The field that the form's button sends.
const BUILD: &str = "build";

/// The query that the form was sent with; `None` if it was not sent.
pub(super) fn query_text(typed: &HashMap<String, String>) -> Option<String> {
    typed.get(BUILD)?;
    let of = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let states = JobState::KEPT.into_iter();
    let conditions = (1..=CONDITIONS).map(|number| Condition {
        path: of(&format!("path{number}")),
        operator: of(&format!("operator{number}")),
        value: of(&format!("value{number}")),
    });
    let form = SearchForm {
        states: states
            .filter(|state| typed.contains_key(state.name()))
            .collect(),
        name: of("job_name"),
        id: of("job_id"),
        error: of("error"),
        text: of("text"),
        added_from: of("added_from"),
        added_to: of("added_to"),
        finished_from: of("finished_from"),
        finished_to: of("finished_to"),
        conditions: conditions.collect(),
    };
    Some(form.query_text())
}

/// The form with what fills it.
pub(super) struct FormView {
    /// Whether the query in the box is more than the form can hold.
    pub(super) is_beyond: bool,
    pub(super) states: Vec<(&'static str, bool)>,
    pub(super) form: SearchForm,
    pub(super) conditions: Vec<ConditionView>,
}

/// A condition with its number and the operators to choose from.
pub(super) struct ConditionView {
    pub(super) number: usize,
    pub(super) condition: Condition,
    /// Each with its words, and whether it is chosen.
    pub(super) operators: Vec<(String, String, bool)>,
}

impl FormView {
    /// The form for a query; an empty one where there is none that it can hold.
    pub(super) fn new(query: Option<&Query>) -> Self {
        let form = query.and_then(SearchForm::of);
        let is_beyond = query.is_some() && form.is_none();
        let form = form.unwrap_or_default();
        let conditions = (1..=CONDITIONS).map(|number| {
            let condition = form.conditions.get(number - 1).cloned().unwrap_or_default();
            let chosen = |operator: &str| operator == condition.operator;
            ConditionView {
                number,
                operators: operators()
                    .into_iter()
                    .map(|(operator, words)| {
                        let is_chosen = chosen(&operator);
                        (operator, words, is_chosen)
                    })
                    .collect(),
                condition,
            }
        });
        Self {
            is_beyond,
            states: JobState::KEPT
                .map(|state| (state.name(), form.states.contains(&state)))
                .into(),
            conditions: conditions.collect(),
            form,
        }
    }
}
