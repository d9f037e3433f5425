//! One operation on all jobs of a state, or all of them that a filter finds: the page with its dry run, and the form that begins
//! the run. Whatever keeps it from being begun, the page comes again with what was typed.

mod asked;
pub(crate) mod filter_at;
mod page;
pub(crate) mod queues;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::selected_form::SelectedForm;
use crate::domain::access::Operator;
use crate::domain::job::filter::MOST_SELECTED;
use crate::domain::operations::parameters::ParameterFault;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::session::SignedInUser;
use crate::web::runs::to_run;
pub(crate) use asked::offered;
use asked::{Asked, AskedAt, Notice, begun, faults_notice};
use filter_at::FilterAt;
use page::{AskedOfQueue, ManyJobsPage};

/// What the address and the form have in common.
#[derive(Debug, Deserialize)]
pub(crate) struct ManyJobsAt {
    #[serde(flatten)]
    at: QueueAt,
    #[serde(flatten)]
    filter: FilterAt,
    #[serde(flatten)]
    asked: AskedAt,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<ManyJobsAt>,
) -> Result<Response, PageError> {
    let asked = AskedOfQueue::new(&app, &operator, at, Vec::new())?;
    asked.page(StatusCode::OK, None, &[]).await
}

/// The same page for the jobs that were selected in a list: their ids don't fit into an address.
pub(crate) async fn page_of_selected(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let selected = selected_jobs(fields)?;
    if selected.all {
        let address = selected.at.href_of_all(&app)?;
        return Ok(Redirect::to(&address).into_response());
    }
    let asked = AskedOfQueue::new(&app, &operator, selected.at, selected.picked)?;
    if asked.ids.is_empty() {
        let text = "No job is selected. Go back and select the jobs first.";
        return Err(PageError::bad(text));
    }
    asked.page(StatusCode::OK, None, &[]).await
}

pub(crate) async fn begin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let SelectedForm { at, picked, .. } = selected_jobs(fields)?;
    AskedOfQueue::new(&app, &operator, at, picked)?
        .begin()
        .await
}

/// The form with the ids of a selection of jobs.
fn selected_jobs(fields: Vec<(String, String)>) -> Result<SelectedForm<ManyJobsAt>, PageError> {
    SelectedForm::parse(fields, "job", MOST_SELECTED, "jobs")
}

impl<'a> AskedOfQueue<'a> {
    fn new(
        app: &'a App,
        operator: &'a Operator,
        at: ManyJobsAt,
        ids: Vec<String>,
    ) -> Result<Self, PageError> {
        Ok(Self {
            asked: Asked::new(at.asked)?,
            queue: at.at.queue(app)?,
            app,
            operator,
            filter: at.filter,
            ids,
        })
    }

    async fn begin(&self) -> Result<Response, PageError> {
        let parameters = match self.asked.parameters() {
            Ok(parameters) => parameters,
            Err(faults) => {
                let notice = faults_notice(faults.text);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return self.page(status, Some(notice), &faults.fields).await;
            }
        };
        let queues = vec![self.queue.clone()];
        let request = self.asked.request(queues, self.meant(), parameters);
        let services = &self.app.services;
        let answer = match services.begin_many(self.operator, &request).await {
            Ok(answer) => answer,
            Err(stop) => {
                let page = |status, told| self.page(status, Some(told), &[]);
                return PageError::from(stop).on_page(page).await;
            }
        };
        match begun(answer) {
            Ok(run) => Ok(to_run(self.app, &run)),
            Err((status, notice)) => self.page(status, Some(notice), &[]).await,
        }
    }

    /// The page with what was typed, and the dry run.
    async fn page(
        &self,
        status: StatusCode,
        notice: Option<Notice>,
        faults: &[ParameterFault],
    ) -> Result<Response, PageError> {
        self.asked.check_state()?;
        let filter = self.meant();
        filter.check().map_err(PageError::bad)?;
        let review = self
            .app
            .services
            .review_many(self.operator, &self.queue, self.asked.operation, &filter)
            .await?;
        let page = ManyJobsPage::new(self, &filter, review, notice, faults);
        Ok(Page::with(status, page).into_response())
    }
}

impl ManyJobsAt {
    /// The address of the dry run for all jobs that the filter finds.
    fn href_of_all(&self, app: &App) -> Result<String, PageError> {
        let queue = self.at.queue(app)?;
        let links = app.links();
        let query = [
            ("queue", queue.name()),
            ("prefix", links.prefix(queue.prefix())),
            ("operation", self.asked.operation.as_str()),
            ("state", self.asked.state.as_str()),
            ("job_name", self.filter.job_name.as_str()),
            ("job_id", self.filter.job_id.as_str()),
            ("error", self.filter.error.as_str()),
            ("query", self.asked.query.as_str()),
        ];
        Ok(links.to("/queue/operate", &query))
    }
}
