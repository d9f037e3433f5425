//! One handler for every operation on a job: the page that asks before, and the form that does it.
//!
//! A page asks where an operation may do harm or has to be told something. Whatever keeps it from being done, that page comes
//! again with what was typed; an operation that a button does at once answers with a page that says why.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::jobs_below::{BelowView, JobsBelow};
use super::status::AtView;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::operations::parameters::{ParameterFault, Parameters};
use crate::domain::operations::{Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::service::jobs::operate::OperationOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{Form, JobAt, Query};
use crate::web::request::forms::operation::{OperationFields, OperationForm};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The page that asks.
#[derive(Template)]
#[template(path = "job/operate.html")]
pub(crate) struct OperationPage {
    frame: Frame,
    spec: &'static OperationSpec,
    /// What the operation will do.
    consequences: &'static str,
    /// Why it was not done: a title and a text.
    notice: Option<(&'static str, String)>,
    /// What becomes of the jobs below it, where it is removed; empty for nothing to say.
    below_words: String,
    /// The jobs below it.
    below: Vec<BelowView>,
    at: AtView,
    form: OperationFields,
    to_queue: QueueCrumbs,
    job_href: String,
    /// The address that the form is sent to.
    action: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct OperateForm {
    #[serde(flatten)]
    at: JobAt,
    #[serde(flatten)]
    form: OperationForm,
}

/// An operation that someone asks for.
struct Asked<'a> {
    app: &'a App,
    operator: &'a Operator,
    operation: Operation,
    queue: QueueId,
    id: JobId,
    form: OperationForm,
}

pub(crate) async fn confirm(
    operation: Operation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Page<OperationPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    app.services
        .check_may_operate(&operator, operation, &queue, &id)
        .await?;
    let asked = Asked {
        app: &app,
        operator: &operator,
        operation,
        queue,
        id,
        form: OperationForm::default(),
    };
    Ok(Page::ok(asked.whole_page(None, &[]).await?))
}

pub(crate) async fn operate(
    operation: Operation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<OperateForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let asked = Asked {
        app: &app,
        operator: &operator,
        operation,
        queue,
        id,
        form: form.form,
    };
    match asked.form.parse(asked.spec().parameters) {
        Err(faults) => asked.refused_text(faults.text, &faults.fields).await,
        Ok(parameters) => match asked.operate(&parameters, &notices).await {
            Err(refused) if asked.has_page() && refused.keeps_text() => {
                Ok(asked.refused(&refused).await)
            }
            answer => answer,
        },
    }
}

impl Asked<'_> {
    fn spec(&self) -> &'static OperationSpec {
        self.operation.spec()
    }

    /// Whether the form was sent from the page that asks, by someone who may see it.
    fn has_page(&self) -> bool {
        let action = Action::Operate(self.operation);
        let typed = self.spec().asks() || !self.form.reason.trim().is_empty();
        typed && self.operator.may(action, &self.queue)
    }

    async fn operate(
        &self,
        parameters: &Parameters,
        notices: &Notices,
    ) -> Result<Response, PageError> {
        let (operator, operation) = (self.operator, self.operation);
        let (queue, id, reason) = (&self.queue, &self.id, &self.form.reason);
        let outcome = self
            .app
            .services
            .operate(operator, operation, queue, id, parameters, reason)
            .await?;
        let address = answer(self.app, self.spec(), (queue, id), outcome)?;
        notices.leave(&address, self.spec().id, "").await;
        Ok(Redirect::to(&address).into_response())
    }

    /// The page, with the jobs below this one where it is removed.
    async fn whole_page(
        &self,
        notice: Option<(&'static str, String)>,
        faults: &[ParameterFault],
    ) -> Result<OperationPage, PageError> {
        let mut page = self.page(notice, faults);
        let at = (&self.queue, &self.id);
        if let Some(below) = JobsBelow::of(self.app, self.operator, self.operation, at).await? {
            if let (Some(why), None) = (below.kept, &page.notice) {
                let text = format!("{}{}.", why[..1].to_uppercase(), &why[1..]);
                page.notice = Some(("It can't be removed with its children", text));
            }
            (page.below_words, page.below) = (below.words, below.jobs);
        }
        Ok(page)
    }

    /// The page with what is wrong with its fields, for those who may do it at all.
    async fn refused_text(
        &self,
        text: String,
        faults: &[ParameterFault],
    ) -> Result<Response, PageError> {
        self.app
            .services
            .check_may_operate(self.operator, self.operation, &self.queue, &self.id)
            .await?;
        let notice = Some(("Nothing was changed", text));
        let page = self.whole_page(notice, faults).await?;
        Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }

    /// The page with what was typed, and why it was not done.
    async fn refused(&self, refused: &PageError) -> Response {
        let page = self.whole_page(Some(refused.told()), &[]).await;
        let page = page.unwrap_or_else(|_| self.page(Some(refused.told()), &[]));
        let mut response = Page::with(refused.status(), page).into_response();
        refused.add_headers(&mut response);
        response
    }

    fn page(
        &self,
        notice: Option<(&'static str, String)>,
        faults: &[ParameterFault],
    ) -> OperationPage {
        let (links, spec) = (self.app.links(), self.spec());
        OperationPage {
            frame: self.app.frame(self.operator, ""),
            spec,
            consequences: spec.harm.words(),
            notice,
            below_words: String::new(),
            below: Vec::new(),
            at: AtView::new(self.app, &self.queue, &self.id),
            form: self
                .form
                .fields(spec.parameters, faults, "Recorded in the audit log."),
            to_queue: QueueCrumbs::new(self.app, &self.queue),
            job_href: links.job(&self.queue, &self.id),
            action: links.to(spec.path, &[]),
        }
    }
}

/// The page that says what came of it.
fn answer(
    app: &App,
    spec: &OperationSpec,
    (queue, id): (&QueueId, &JobId),
    outcome: OperationOutcome,
) -> Result<String, PageError> {
    match outcome {
        OperationOutcome::Done => Ok(match spec.on.removes {
            true => app.links().queue(queue, &[]),
            false => app.links().job(queue, id),
        }),
        OperationOutcome::DoneAndRemoved => Ok(app.links().queue(queue, &[])),
        OperationOutcome::Hindered(why) => {
            Err(PageError::conflict(format!("{why} Nothing was changed.")))
        }
        OperationOutcome::Gone => {
            Err(PageError::not_found("There is no such job any more.").about(queue))
        }
        OperationOutcome::WrongState(state) => Err(PageError::conflict(format!(
            "This job is {state}. {} works on a job that is {}.",
            spec.label,
            states(spec)
        ))),
        OperationOutcome::Locked => Err(PageError::conflict(
            "A worker holds this job's lock, so nothing was changed.",
        )),
        OperationOutcome::Scheduled => Err(PageError::conflict(
            "This is the next job of a scheduler, so nothing was changed. Change or remove the scheduler instead.",
        )),
        OperationOutcome::PassedOver => Err(PageError::conflict(
            "This job's parent has gone on without it, so nothing was changed.",
        )),
        OperationOutcome::Changed => Err(PageError::conflict(
            "The job's data was changed meanwhile, so nothing was changed. Look at the job again.",
        )),
        OperationOutcome::KeptByFlow(why) => Err(PageError::conflict(format!(
            "This job can't be removed with its children: {why}. Nothing was changed."
        ))),
        OperationOutcome::Unknown => Err(PageError::unknown()),
    }
}

/// The states that an operation is for: `waiting, delayed or failed`.
fn states(spec: &OperationSpec) -> String {
    let names: Vec<&str> = spec.on.states.iter().map(|state| state.name()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
