//! One operation on the jobs of many queues at once: of a selection on the overview, of a family, or of all that the overview's
//! filter finds. The page names each queue with its dry run, and its form sends exactly those.

pub(crate) mod offered;
mod page;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::asked::{Asked, AskedAt, Notice, all_gone, begun, faults_notice};
use crate::domain::access::Operator;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::ManyJobsAnswer;
use crate::service::jobs::operate_many::queues::{MOST_QUEUES, QueueChoice};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::queue::selected_form::SelectedForm;
use crate::web::queue::which_queues::{WhichQueues, named};
use crate::web::request::address::{Form, Query};
use crate::web::request::session::SignedInUser;
use crate::web::runs::to_run;
use page::AskedOfQueues;

/// What the address or the form says: which queues, and what to do to their jobs.
#[derive(Debug, Deserialize)]
pub(crate) struct JobsOfQueuesAt {
    #[serde(flatten)]
    which: WhichQueues,
    #[serde(flatten)]
    asked: AskedAt,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobsOfQueuesAt>,
) -> Result<Response, PageError> {
    let (choice, of) = at.which.choice(&app)?;
    let asked = AskedOfQueues::new(&app, &operator, at, of)?;
    asked.page(choice, StatusCode::OK, None, &[]).await
}

/// The same page for queues that were selected on the overview.
pub(crate) async fn page_of_selected(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let selected = selected_queues(fields)?;
    let asked = AskedOfQueues::new(&app, &operator, selected.at, String::new())?;
    let queues = named(&app, &selected.picked)?;
    let choice = QueueChoice::Named(queues);
    asked.page(choice, StatusCode::OK, None, &[]).await
}

pub(crate) async fn begin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let selected = selected_queues(fields)?;
    let queues = named(&app, &selected.picked)?;
    AskedOfQueues::new(&app, &operator, selected.at, String::new())?
        .begin(queues)
        .await
}

/// The form with a selection of queues.
fn selected_queues(
    fields: Vec<(String, String)>,
) -> Result<SelectedForm<JobsOfQueuesAt>, PageError> {
    SelectedForm::parse(fields, "queue", MOST_QUEUES, "queues")
}

impl<'a> AskedOfQueues<'a> {
    fn new(
        app: &'a App,
        operator: &'a Operator,
        at: JobsOfQueuesAt,
        of: String,
    ) -> Result<Self, PageError> {
        Ok(Self {
            app,
            operator,
            asked: Asked::new(at.asked)?,
            which: at.which,
            of,
        })
    }

    /// The jobs that are meant in each queue.
    fn filter(&self) -> JobFilter {
        JobFilter {
            states: vec![self.asked.state.name().to_owned()],
            query: self.asked.query.clone(),
            ..JobFilter::default()
        }
    }

    async fn begin(&self, queues: Vec<QueueId>) -> Result<Response, PageError> {
        let parameters = match self.asked.parameters() {
            Ok(parameters) => parameters,
            Err(faults) => {
                let notice = faults_notice(faults.text);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let choice = QueueChoice::Named(queues);
                return self
                    .page(choice, status, Some(notice), &faults.fields)
                    .await;
            }
        };
        let request = self
            .asked
            .request(queues.clone(), self.filter(), parameters);
        let services = &self.app.services;
        let mut left = queues;
        let answer = match services.begin_many(self.operator, &request).await {
            Ok(answer) => answer,
            Err(stop) => {
                let choice = QueueChoice::Named(left);
                let page = |status, told| self.page(choice, status, Some(told), &[]);
                return PageError::from(stop).on_page(page).await;
            }
        };
        if let ManyJobsAnswer::Gone(gone) = &answer {
            left.retain(|queue| !gone.contains(queue));
            if left.is_empty() {
                return Err(PageError::not_found(all_gone(gone)));
            }
        }
        match begun(answer) {
            Ok(run) => Ok(to_run(self.app, &run)),
            Err((status, notice)) => {
                let choice = QueueChoice::Named(left);
                self.page(choice, status, Some(notice), &[]).await
            }
        }
    }

    /// The page with what was typed, and the dry run.
    async fn page(
        &self,
        choice: QueueChoice,
        status: StatusCode,
        notice: Option<Notice>,
        faults: &[ParameterFault],
    ) -> Result<Response, PageError> {
        self.asked.check_state()?;
        let (services, filter) = (&self.app.services, self.filter());
        filter.check().map_err(PageError::bad)?;
        let review = services
            .review_many_queues(self.operator, self.asked.operation, &filter, choice)
            .await?;
        let page = self.view(&review, notice, faults);
        Ok(Page::with(status, page).into_response())
    }
}
