//! The answers to the form that adds a job: a redirect to the job, or the page with what was typed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::AddContext;
use super::page::{AboutQueue, AddPage};
use crate::domain::edit::data_policy::DataRefusal;
use crate::domain::schema::quick_fixes::QuickFix;
use crate::service::error::ServiceError;
use crate::service::jobs::add::prefill::Prefill;
use crate::service::jobs::add::request::{AddFaults, AddOutcome};
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::job::edit::fix::{not_offered, told};
use crate::web::job::edit::page::NoticeView;
use crate::web::job::edit::policy::status_of;
use crate::web::job::edit::problems::problems_of_data;
use crate::web::request::forms::large;

const NOTHING_ADDED: &str = "Nothing was added";

impl AddContext {
    /// The answer to the result.
    pub(crate) async fn answer(&self, outcome: Result<AddOutcome, ServiceError>) -> Response {
        match outcome {
            Ok(AddOutcome::Added(id)) => {
                let address = self.app.links().job(&self.request.queue, &id);
                self.notices.leave(&address, "job.add", "").await;
                Redirect::to(&address).into_response()
            }
            Ok(AddOutcome::Invalid(faults)) => self.invalid(faults).await,
            Ok(AddOutcome::Conflict(fault)) => {
                let notice = NoticeView {
                    title: NOTHING_ADDED,
                    text: fault.message.clone(),
                };
                let fields = vec![fault];
                let faults = AddFaults {
                    fields,
                    ..AddFaults::default()
                };
                let status = StatusCode::CONFLICT;
                self.page(status, Some(notice), faults).await
            }
            Ok(AddOutcome::Unknown) => self.failed(&PageError::unknown()).await,
            Err(stop) => self.failed(&stop.into()).await,
        }
    }

    async fn invalid(&self, faults: AddFaults) -> Response {
        let (status, about_data) = match &faults.data {
            None => (StatusCode::UNPROCESSABLE_ENTITY, String::new()),
            Some(refusal) => of_data(refusal),
        };
        let fields = faults.fields.iter().map(|fault| fault.message.as_str());
        let others = [about_data.as_str(), faults.reason.as_str()];
        let texts: Vec<&str> = fields
            .chain(others)
            .filter(|text| !text.is_empty())
            .collect();
        let notice = NoticeView {
            title: NOTHING_ADDED,
            text: texts.join(" "),
        };
        self.page(status, Some(notice), faults).await
    }

    /// The page with data that was filled in, or why there is none.
    pub(crate) async fn filled(
        &mut self,
        filled: Result<Option<Prefill>, ServiceError>,
        none: &str,
    ) -> Response {
        let notice = match filled {
            Ok(Some(filled)) => {
                self.request.data = filled.data.into();
                self.filled_from = filled.from;
                self.filled_room = filled.room;
                None
            }
            Ok(None) => Some(NoticeView {
                title: "The data was not filled in",
                text: none.to_owned(),
            }),
            Err(stop) => return self.failed(&stop.into()).await,
        };
        self.page(StatusCode::OK, notice, AddFaults::default())
            .await
    }

    /// The page with a fix in the data, or why there is none.
    pub(crate) async fn after_fix(
        &mut self,
        fixed: Result<Option<(QuickFix, String)>, ServiceError>,
    ) -> Response {
        let (status, notice) = match fixed {
            Ok(Some((fix, data))) => {
                self.request.data = data.into();
                self.fixed = told(&fix);
                (StatusCode::OK, None)
            }
            Ok(None) => (StatusCode::CONFLICT, Some(not_offered())),
            Err(stop) => return self.failed(&stop.into()).await,
        };
        self.page(status, notice, AddFaults::default()).await
    }

    /// The page as it begins.
    pub(crate) async fn shown(&self) -> Response {
        self.page(StatusCode::OK, None, AddFaults::default()).await
    }

    async fn page(
        &self,
        status: StatusCode,
        notice: Option<NoticeView>,
        faults: AddFaults,
    ) -> Response {
        let about = match &self.operator {
            Some(operator) => {
                let (queue, name) = (&self.request.queue, &self.request.name);
                let about = self
                    .app
                    .services
                    .about_new_jobs(operator, queue, name)
                    .await;
                about
                    .map(|(schema, policy, names)| AboutQueue {
                        schema,
                        policy,
                        names,
                    })
                    .ok()
            }
            None => None,
        };
        let schema = about.as_ref().map(|about| &about.schema);
        let problems = problems_of_data(&self.request.data, faults.data.as_ref(), schema).await;
        let page = AddPage::new(self, notice, about, &faults, problems);
        large::drawn(self.request.data.len(), Page::with(status, page)).await
    }

    /// An error, shown above what was typed.
    pub(crate) async fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told_to(self.operator.as_ref());
        let notice = Some(NoticeView { title, text });
        let page = AddPage::new(self, notice, None, &AddFaults::default(), Vec::new());
        let page = Page::with(error.status(), page);
        let mut response = large::drawn(self.request.data.len(), page).await;
        error.add_headers(&mut response);
        response
    }
}

/// The status and the words for data that is refused.
pub(crate) fn of_data(refusal: &DataRefusal) -> (StatusCode, String) {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    match refusal {
        DataRefusal::TooLarge { size, limit } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "The data has {size} bytes without white space. The limit is {limit} bytes (setting max_data_bytes)."
            ),
        ),
        DataRefusal::Policy(refusal) => (status_of(refusal), refusal.to_string()),
        DataRefusal::SchemaFaulty(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let text = format!("The schema for this job is invalid: {}", faults.join("; "));
            (unprocessable, text)
        }
        DataRefusal::SchemaMissing => (
            unprocessable,
            "There is no schema for this job, and the setting require_schema requires one."
                .to_owned(),
        ),
        DataRefusal::Invalid(_) => (
            unprocessable,
            "Each problem of the data is listed next to it.".to_owned(),
        ),
    }
}
