//! What a person asks for who does an operation to many jobs, of one queue or of many: what address and form have in common, the
//! fields that confirm it, and why it was not begun.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::parameters::{ParameterFault, Parameters};
use crate::domain::operations::{Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;
use crate::domain::search::Query;
use crate::service::jobs::operate_many::{
    ManyJobsAnswer, ManyJobsRequest, TYPED_ABOVE, TypedCount,
};
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::request::forms::operation::{FormFaults, OperationFields, OperationForm};

/// Why a run was not begun: a title and a text.
pub(super) type Notice = (&'static str, String);

/// What the address and the form have in common.
#[derive(Debug, Deserialize)]
pub(super) struct AskedAt {
    pub(super) operation: String,
    /// The state of the jobs; empty for the first that the operation is for.
    #[serde(default)]
    pub(super) state: String,
    /// A query that the jobs match.
    #[serde(default)]
    pub(super) query: String,
    #[serde(default)]
    confirm: String,
    /// How many jobs the dry run said it would be done to, and how many were typed.
    #[serde(default)]
    count: String,
    #[serde(default)]
    typed_count: String,
    #[serde(flatten)]
    form: OperationForm,
}

/// What is asked for.
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) state: JobState,
    /// A query that the jobs match, whose times no longer depend on the present; empty for none.
    pub(super) query: String,
    confirmed: bool,
    counts: TypedCount,
    typed_count: String,
    form: OperationForm,
}

/// The fields that confirm it.
#[derive(Template)]
#[template(path = "queue/_confirm_many.html")]
pub(super) struct ConfirmFields {
    form: OperationFields,
    /// How many jobs it may be done to, and the same as a person reads it.
    count: u64,
    count_words: String,
    /// Whether that number has to be typed, and what was.
    needs_count: bool,
    typed_count: String,
}

impl askama::filters::HtmlSafe for ConfirmFields {}

impl Asked {
    pub(super) fn new(at: AskedAt) -> Result<Self, PageError> {
        let operation = Operation::by_id(&at.operation).filter(|one| one.is_for_many());
        let operation = operation.ok_or_else(|| {
            PageError::bad(format!(
                "There is no operation {:?} on many jobs.",
                at.operation
            ))
        })?;
        let state = match (at.state.as_str(), operation.first_state()) {
            ("", Some(first)) => first,
            (named, _) => named.parse().map_err(PageError::bad)?,
        };
        let query = Query::parse(&at.query)
            .map_err(|error| PageError::bad(format!("The query {:?}: {error}", at.query)))?;
        Ok(Self {
            operation,
            state,
            query: match query.wants_all() {
                true => String::new(),
                false => query.fixed_text(),
            },
            confirmed: !at.confirm.is_empty(),
            counts: TypedCount {
                shown: whole_number(&at.count),
                typed: whole_number(&at.typed_count),
            },
            typed_count: at.typed_count,
            form: at.form,
        })
    }

    pub(super) fn spec(&self) -> &'static OperationSpec {
        self.operation.spec()
    }

    /// Refuses a state that the operation is not for.
    pub(super) fn check_state(&self) -> Result<(), PageError> {
        match self.operation.is_for(self.state) {
            true => Ok(()),
            false => {
                let (label, state) = (self.spec().label, self.state);
                let text = format!("{label} does not work on {state} jobs.");
                Err(PageError::bad(text))
            }
        }
    }

    pub(super) fn parameters(&self) -> Result<Parameters, FormFaults> {
        self.form.parse(self.spec().parameters)
    }

    /// The request for these jobs of these queues.
    pub(super) fn request(
        &self,
        queues: Vec<QueueId>,
        filter: JobFilter,
        parameters: Parameters,
    ) -> ManyJobsRequest {
        ManyJobsRequest {
            queues,
            filter,
            operation: self.operation,
            parameters,
            reason: self.form.reason.clone(),
            confirmed: self.confirmed,
            counts: self.counts,
        }
    }

    /// The fields that confirm it for up to `count` jobs, with what was typed.
    pub(super) fn confirm_fields(&self, count: u64, faults: &[ParameterFault]) -> ConfirmFields {
        let hint = "Recorded in the audit log for every job.";
        ConfirmFields {
            form: self.form.fields(self.spec().parameters, faults, hint),
            count,
            count_words: thousands(count),
            needs_count: count > TYPED_ABOVE,
            typed_count: self.typed_count.clone(),
        }
    }
}

/// What is said of a form with faults.
pub(super) fn faults_notice(text: String) -> Notice {
    (NOTHING_CHANGED, text)
}

const NOTHING_CHANGED: &str = "Nothing was changed";

/// The run that was begun; or the status and the words for why none was.
pub(super) fn begun(answer: ManyJobsAnswer) -> Result<RunId, (StatusCode, Notice)> {
    let not = |text: String| (StatusCode::UNPROCESSABLE_ENTITY, (NOTHING_CHANGED, text));
    Err(match answer {
        ManyJobsAnswer::Begun(id) => return Ok(id),
        ManyJobsAnswer::NeedsConfirmation => {
            not("Review what would happen, then select the checkbox.".to_owned())
        }
        ManyJobsAnswer::NeedsCount => {
            not("Type the number of jobs that this page names.".to_owned())
        }
        ManyJobsAnswer::Not(words) => not(words),
        ManyJobsAnswer::Gone(queues) => (
            StatusCode::NOT_FOUND,
            (
                "A queue is gone",
                format!(
                    "{} not there any more. Nothing was changed. The page shows what would happen without it.",
                    gone_words(&queues)
                ),
            ),
        ),
        ManyJobsAnswer::Busy(_) => (
            StatusCode::CONFLICT,
            (
                "Another run is in progress",
                "It is using one of these queues. Nothing was changed. Try again after it has ended.".to_owned(),
            ),
        ),
    })
}

/// `"a" is`, or `"a", "b" and 3 more are`.
fn gone_words(queues: &[QueueId]) -> String {
    const NAMED: usize = 5;
    let names: Vec<String> = queues
        .iter()
        .map(|one| format!("{:?}", one.name()))
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    match names.len() {
        1..=NAMED => format!("{} {verb}", names.join(", ")),
        all => {
            let first = names[..NAMED.min(all)].join(", ");
            format!("{first} and {} more {verb}", all.saturating_sub(NAMED))
        }
    }
}

/// What is said where none of the queues is left.
pub(in crate::web::queue) fn all_gone(queues: &[QueueId]) -> String {
    format!(
        "{} not there any more, so nothing was changed. Go back to the overview to see which queues there are.",
        gone_words(queues)
    )
}

/// A number as it was shown or typed, with or without commas.
fn whole_number(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok()
}

/// The operations that this person may do to all jobs of a state.
pub(crate) fn offered(
    operator: &Operator,
    queue: &QueueId,
    state: JobState,
) -> Vec<&'static OperationSpec> {
    let may = |action| operator.may(action, queue);
    Operation::ALL
        .iter()
        .filter(|one| one.is_for_many())
        .filter(|one| one.is_for(state) && may(Action::Operate(**one)) && may(Action::OperateMany))
        .map(|one| one.spec())
        .collect()
}
