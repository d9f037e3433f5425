//! One operation on all jobs of a state, or all of them that a filter finds: the page with its dry run, and the form that begins
//! the run. Whatever keeps it from being begun, the page comes again with what was typed.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::job::filter::JobFilter;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::parameters::{ParameterFault, Parameters};
use crate::domain::operations::{Harm, Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::dry_run::ManyJobsDryRun;
use crate::service::jobs::operate_many::{ManyJobsAnswer, ManyJobsRequest};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::fields::{FieldView, fields};
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::session::SignedInUser;
use crate::web::runs::to_run;

/// What an address or form says of a filter.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct FilterAt {
    #[serde(default)]
    pub(crate) job_name: String,
    #[serde(default)]
    pub(crate) job_id: String,
    #[serde(default)]
    pub(crate) error: String,
}

impl FilterAt {
    /// The jobs of `state` that it means.
    pub(crate) fn filter(&self, state: JobState) -> JobFilter {
        JobFilter {
            states: vec![state.name().to_owned()],
            name: self.job_name.trim().to_owned(),
            id: self.job_id.trim().to_owned(),
            error: self.error.trim().to_owned(),
            ids: Vec::new(),
        }
    }
}

/// What the address and the form have in common.
#[derive(Debug, Deserialize)]
pub(crate) struct ManyJobsAt {
    #[serde(flatten)]
    at: QueueAt,
    operation: String,
    state: String,
    #[serde(flatten)]
    filter: FilterAt,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
    /// The parameters, by their names.
    #[serde(flatten)]
    typed: HashMap<String, String>,
}

/// What someone asks for.
struct Asked<'a> {
    app: &'a App,
    operator: &'a Operator,
    queue: QueueId,
    operation: Operation,
    state: JobState,
    filter: FilterAt,
    reason: String,
    confirmed: bool,
    typed: HashMap<String, String>,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/operate_many.html")]
pub(crate) struct ManyJobsPage {
    frame: Frame,
    spec: &'static OperationSpec,
    /// Why it was not begun: a title and a text.
    notice: Option<(&'static str, String)>,
    queue: String,
    prefix: String,
    to_queue: QueueCrumbs,
    state: &'static str,
    state_href: String,
    filter: FilterAt,
    /// Which jobs, in words.
    which: String,
    consequences: &'static str,
    would: String,
    none: bool,
    total: String,
    looked_at: String,
    /// Not all jobs were checked.
    sampled: bool,
    /// For how many it won't work, and why.
    wont: Vec<(String, &'static str)>,
    listed: Vec<ListedView>,
    fields: Vec<FieldView>,
    reason: String,
    longest_reason: usize,
    action: String,
}

/// A job that it won't work for.
struct ListedView {
    id: String,
    href: String,
    why: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<ManyJobsAt>,
) -> Result<Response, PageError> {
    let asked = Asked::new(&app, &operator, at)?;
    asked.page(StatusCode::OK, None, &[]).await
}

pub(crate) async fn begin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<ManyJobsAt>,
) -> Result<Response, PageError> {
    let asked = Asked::new(&app, &operator, at)?;
    let parameters = match asked.parameters() {
        Ok(parameters) => parameters,
        Err(faults) => return asked.refused_fields(&faults).await,
    };
    asked.begin(parameters).await
}

impl<'a> Asked<'a> {
    fn new(app: &'a App, operator: &'a Operator, at: ManyJobsAt) -> Result<Self, PageError> {
        let operation = Operation::by_id(&at.operation);
        let operation = operation
            .ok_or_else(|| PageError::bad(format!("There is no operation {:?}.", at.operation)))?;
        Ok(Self {
            queue: at.at.queue(app)?,
            state: at.state.parse().map_err(PageError::bad)?,
            app,
            operator,
            operation,
            filter: at.filter,
            reason: at.reason,
            confirmed: !at.confirm.is_empty(),
            typed: at.typed,
        })
    }

    fn parameters(&self) -> Result<Parameters, Vec<ParameterFault>> {
        let typed = |name: &str| self.typed.get(name).map(String::as_str);
        Parameters::parse(self.operation.spec().parameters, typed, unix_millis())
    }

    async fn begin(&self, parameters: Parameters) -> Result<Response, PageError> {
        let request = ManyJobsRequest {
            queue: self.queue.clone(),
            filter: self.filter.filter(self.state),
            operation: self.operation,
            parameters,
            reason: self.reason.clone(),
            confirmed: self.confirmed,
        };
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let answer = self
            .app
            .services
            .begin_many(self.operator, &request)
            .await?;
        let (status, notice) = match answer {
            ManyJobsAnswer::Begun(id) => return Ok(to_run(self.app, &id)),
            ManyJobsAnswer::NeedsConfirmation => (
                unprocessable,
                (
                    "Nothing was changed",
                    "Review what would happen, then select the checkbox.".to_owned(),
                ),
            ),
            ManyJobsAnswer::Not(words) => (unprocessable, ("Nothing was changed", words)),
            ManyJobsAnswer::Busy(other) => (
                StatusCode::CONFLICT,
                (
                    "Another run is in progress",
                    format!(
                        "Run {other} is using this queue. Nothing was changed. Try again after it has ended."
                    ),
                ),
            ),
        };
        self.page(status, Some(notice), &[]).await
    }

    async fn refused_fields(&self, faults: &[ParameterFault]) -> Result<Response, PageError> {
        let texts = faults.iter().map(|fault| fault.message.as_str());
        let notice = ("Nothing was changed", texts.collect::<Vec<_>>().join(" "));
        self.page(StatusCode::UNPROCESSABLE_ENTITY, Some(notice), faults)
            .await
    }

    /// The page with what was typed, and the dry run.
    async fn page(
        &self,
        status: StatusCode,
        notice: Option<(&'static str, String)>,
        faults: &[ParameterFault],
    ) -> Result<Response, PageError> {
        if !self.operation.is_for(self.state) {
            let (label, state) = (self.operation.spec().label, self.state);
            let text = format!("{label} does not work on {state} jobs.");
            return Err(PageError::bad(text));
        }
        let filter = self.filter.filter(self.state);
        filter.check().map_err(PageError::bad)?;
        let review = self
            .app
            .services
            .review_many(self.operator, &self.queue, self.operation, &filter)
            .await?;
        let page = self.view(&filter, review, notice, faults);
        Ok(Page::with(status, page).into_response())
    }

    fn view(
        &self,
        filter: &JobFilter,
        review: ManyJobsDryRun,
        notice: Option<(&'static str, String)>,
        faults: &[ParameterFault],
    ) -> ManyJobsPage {
        let (links, spec) = (self.app.links(), self.operation.spec());
        ManyJobsPage {
            frame: self.app.frame(self.operator, ""),
            spec,
            notice,
            queue: self.queue.name().to_owned(),
            prefix: links.prefix(self.queue.prefix()).to_owned(),
            to_queue: QueueCrumbs::new(self.app, &self.queue),
            state: self.state.name(),
            state_href: filtered_href(self.app, &self.queue, self.state, &self.filter),
            filter: self.filter.clone(),
            which: filter.words(),
            consequences: match spec.harm {
                Harm::Confirm(consequences) => consequences,
                Harm::None => "",
            },
            would: thousands(review.would),
            none: review.would == 0 && review.looked_at >= review.total,
            total: thousands(review.total),
            looked_at: thousands(review.looked_at),
            sampled: review.looked_at < review.total,
            wont: review
                .wont
                .iter()
                .map(|(why, count)| (thousands(*count), *why))
                .collect(),
            listed: review
                .listed
                .into_iter()
                .map(|skipped| ListedView {
                    href: JobId::new(skipped.job.as_str())
                        .map_or_else(String::new, |id| links.job(&self.queue, &id)),
                    id: skipped.job,
                    why: skipped.why,
                })
                .collect(),
            fields: fields(spec.parameters, &self.typed, faults),
            reason: self.reason.clone(),
            longest_reason: LONGEST_REASON,
            action: links.to("/queue/operate", &[]),
        }
    }
}

/// The address of a state's jobs under a filter.
pub(crate) fn filtered_href(
    app: &App,
    queue: &QueueId,
    state: JobState,
    filter: &FilterAt,
) -> String {
    let query = [
        ("state", state.name()),
        ("job_name", filter.job_name.as_str()),
        ("job_id", filter.job_id.as_str()),
        ("error", filter.error.as_str()),
    ];
    app.links().queue(queue, &query)
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
        .filter(|one| one.is_for(state) && may(Action::Operate(**one)) && may(Action::OperateMany))
        .map(|one| one.spec())
        .collect()
}
