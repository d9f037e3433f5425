//! The answers to the form that sets a scheduler up: a redirect to the scheduler, or the page with what was typed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::SetContext;
use super::page::SetPage;
use super::{CHANGED, CREATED};
use crate::domain::access::Operator;
use crate::service::error::ServiceError;
use crate::service::jobs::add::request::AddFaults;
use crate::service::schedulers::set::request::{SchedulerPreview, SetOutcome};
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::job::edit::fix::{not_offered, told};
use crate::web::job::edit::page::NoticeView;
use crate::web::job::edit::policy::PolicyView;
use crate::web::job::edit::problems::problems_of_data;
use crate::web::queue::add::answer::of_data;
use crate::web::request::forms::large;
use crate::web::schedulers::of_scheduler;

const NOTHING_SAVED: &str = "Nothing was saved";

const STALE: &str = "Someone changed the scheduler, or the data of its next job, after you opened this form. What you typed is kept. \
                     The page shows what saving would replace now. Save again to replace their change.";

impl SetContext {
    /// The answer to the result.
    pub(super) async fn answer(
        &mut self,
        operator: &Operator,
        outcome: Result<SetOutcome, ServiceError>,
    ) -> Response {
        match outcome {
            Ok(SetOutcome::Done(target)) => {
                let links = self.app.links();
                let (queue, id) = (&target.queue, &target.id);
                let address = of_scheduler(links, "/scheduler", queue, id, &[]);
                let what = if self.request.is_change() {
                    CHANGED
                } else {
                    CREATED
                };
                self.notices.leave(&address, what, "").await;
                Redirect::to(&address).into_response()
            }
            Ok(SetOutcome::Invalid(faults)) => self.refused(operator, faults).await,
            Ok(SetOutcome::Conflict(fault)) => {
                let notice = notice(fault.message.clone());
                let (status, fields) = (StatusCode::CONFLICT, vec![fault]);
                let faults = AddFaults {
                    fields,
                    ..AddFaults::default()
                };
                self.page(operator, status, Some(notice), Some(faults))
                    .await
            }
            Ok(SetOutcome::Stale) => {
                let services = &self.app.services;
                let now = services.preview_scheduler(operator, &self.request).await;
                match now {
                    Ok(now) => {
                        self.request.revision = self.request.is_change().then_some(now.revision);
                        self.request.seen_job = now.edited_job_digest;
                    }
                    Err(stop) => return self.failed(&stop.into()).await,
                }
                let notice = notice(STALE.to_owned());
                let status = StatusCode::CONFLICT;
                self.page(operator, status, Some(notice), None).await
            }
            Ok(SetOutcome::Unknown) => self.failed(&PageError::unknown()).await,
            Err(stop) => self.failed(&stop.into()).await,
        }
    }

    /// The page with what the form would do.
    pub(super) async fn previewed(&self, operator: &Operator) -> Response {
        let services = &self.app.services;
        match services.preview_scheduler(operator, &self.request).await {
            Ok(mut preview) if !preview.faults.is_empty() => {
                let faults = std::mem::take(&mut preview.faults);
                self.refused(operator, faults).await
            }
            Ok(preview) => self.shown(Some(preview)).await,
            Err(stop) => self.failed(&stop.into()).await,
        }
    }

    /// The page with a fix in the data, or why there is none.
    pub(super) async fn after_fix(&mut self, operator: &Operator, fix: &str) -> Response {
        let services = &self.app.services;
        let fixed = services.fix_scheduler_data(operator, &self.request, fix);
        let (status, notice) = match fixed.await {
            Ok(Some((fix, data))) => {
                self.request.data = data.into();
                self.fixed = told(&fix);
                (StatusCode::OK, None)
            }
            Ok(None) => (StatusCode::CONFLICT, Some(not_offered())),
            Err(stop) => return self.failed(&stop.into()).await,
        };
        self.page(operator, status, notice, None).await
    }

    async fn refused(&self, operator: &Operator, faults: AddFaults) -> Response {
        let (status, about_data) = match &faults.data {
            None => (StatusCode::UNPROCESSABLE_ENTITY, String::new()),
            Some(refusal) => of_data(refusal),
        };
        let fields = faults.fields.iter().map(|fault| fault.message.as_str());
        let others = [about_data.as_str(), faults.reason.as_str()];
        let texts = fields.chain(others).filter(|text| !text.is_empty());
        let notice = notice(texts.collect::<Vec<_>>().join(" "));
        self.page(operator, status, Some(notice), Some(faults))
            .await
    }

    async fn page(
        &self,
        operator: &Operator,
        status: StatusCode,
        notice: Option<NoticeView>,
        faults: Option<AddFaults>,
    ) -> Response {
        let services = &self.app.services;
        let preview = services.preview_scheduler(operator, &self.request).await;
        let mut preview = preview.unwrap_or_default();
        preview.faults = faults.unwrap_or_default();
        self.drawn(status, notice, Some(preview)).await
    }

    /// The page as it begins, or with a preview.
    pub(super) async fn shown(&self, preview: Option<SchedulerPreview>) -> Response {
        self.drawn(StatusCode::OK, None, preview).await
    }

    async fn drawn(
        &self,
        status: StatusCode,
        notice: Option<NoticeView>,
        preview: Option<SchedulerPreview>,
    ) -> Response {
        let schema = match &self.operator {
            Some(_) => Some(self.app.services.scheduler_schema(&self.request).await),
            None => None,
        };
        let refusal = preview
            .as_ref()
            .and_then(|preview| preview.faults.data.as_ref());
        let problems = problems_of_data(&self.request.data, refusal, schema.as_ref()).await;
        let mut page = SetPage::new(self, notice, preview, schema, problems);
        if self.operator.is_some() {
            let policy = self.app.services.scheduler_policy(&self.request).await;
            page.policy = match self.request.is_change() {
                true => PolicyView::new(&policy),
                false => PolicyView::of_new_job(&policy),
            };
        }
        large::drawn(self.request.data.len(), Page::with(status, page)).await
    }

    /// An error, shown above what was typed.
    pub(super) async fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told_to(self.operator.as_ref());
        let notice = Some(NoticeView { title, text });
        let page = SetPage::new(self, notice, None, None, Vec::new());
        let page = Page::with(error.status(), page);
        let mut response = large::drawn(self.request.data.len(), page).await;
        error.add_headers(&mut response);
        response
    }
}

fn notice(text: String) -> NoticeView {
    NoticeView {
        title: NOTHING_SAVED,
        text,
    }
}
