//! The answers to an edit: a page that still holds the person's text, or a redirect to the job.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::form::EditContext;
use super::page::{EditPage, NoticeView};
use super::problems::with_offered_fixes;
use super::rejection::{again_in, told};
use super::review::{ConflictPage, ReviewPage};
use crate::domain::edit::problem::TextProblem;
use crate::service::edit::Opened;
use crate::service::edit::assess::{Conflict, EditRejection};
use crate::service::edit::changed_by::ChangedBy;
use crate::service::edit::save::Edited;
use crate::service::error::ServiceError;
use crate::service::jobs::operate::OperationOutcome;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::proposals::{ASKED, proposal_href};
use crate::web::request::forms::large;
use crate::web::request::fresh_password::PasswordProblem;

impl EditContext {
    /// The answer to the result of an edit.
    pub(crate) async fn answer(&self, edited: Result<Edited, ServiceError>) -> Response {
        match edited {
            Ok(Edited::Saved { retry, .. }) => self.to_job(done(retry)).await,
            Ok(Edited::Ready(reviewed)) => {
                let page = ReviewPage::new(self, *reviewed, None);
                self.drawn(Page::ok(page)).await
            }
            Ok(Edited::NeedsPassword(reviewed)) => {
                let problem = self.password_problem.clone();
                let problem = problem.unwrap_or_else(PasswordProblem::missing);
                let asked = Self {
                    password_problem: Some(problem.clone()),
                    ..self.clone()
                };
                let page = ReviewPage::new(&asked, *reviewed, None);
                let mut answer = self.drawn(Page::with(problem.status, page)).await;
                problem.add_headers(&mut answer);
                answer
            }
            Ok(Edited::NeedsReason(reviewed, bad)) => {
                let page = ReviewPage::new(self, *reviewed, Some(&bad));
                self.drawn(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page))
                    .await
            }
            Ok(Edited::Proposed(id)) => {
                let address = proposal_href(&self.app, &id);
                self.notices.leave(&address, ASKED, "").await;
                Redirect::to(&address).into_response()
            }
            Ok(Edited::Not(objection)) => self.object(objection).await,
            Err(stop) => self.failed(&stop.into()).await,
        }
    }

    /// The page that says why an edit was rejected.
    pub(crate) async fn object(&self, objection: EditRejection) -> Response {
        let (status, title, text) = told(&objection);
        match objection {
            EditRejection::Unchanged => self.to_job("unchanged").await,
            EditRejection::Stale(conflict) => self.conflict(status, *conflict).await,
            EditRejection::StoredTooLarge { .. } | EditRejection::Gone => {
                self.kept(status, title, text).await
            }
            EditRejection::Invalid(problems) => self.refused(status, title, text, problems).await,
            EditRejection::Policy(refusal) => {
                let problems = refusal.problems(&self.draft.text);
                self.refused(status, title, text, problems).await
            }
            EditRejection::Limited(_, wait) => {
                let mut answer = self.refused(status, title, text, Vec::new()).await;
                let seconds = HeaderValue::from(again_in(wait));
                answer.headers_mut().insert(header::RETRY_AFTER, seconds);
                answer
            }
            _ => self.refused(status, title, text, Vec::new()).await,
        }
    }

    /// The page with both changes where somebody else was faster.
    async fn conflict(&self, status: StatusCode, conflict: Conflict) -> Response {
        let by = match &self.operator {
            Some(operator) => {
                let (queue, id) = (&self.queue, &self.id);
                let services = &self.app.services;
                let now = &conflict.now_revision;
                services.changed_by(operator, queue, id, now).await
            }
            None => Ok(ChangedBy::NotTold),
        };
        let by = by.unwrap_or_else(|error| {
            tracing::warn!(%error, "who made a conflicting change can't be read");
            ChangedBy::NotTold
        });
        let page = ConflictPage::new(self, conflict, by);
        self.drawn(Page::with(status, page)).await
    }

    /// An error, shown above the text that the person typed.
    pub(crate) async fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told_to(self.operator.as_ref());
        let mut response = self.kept(error.status(), title, text).await;
        error.add_headers(&mut response);
        response
    }

    /// Draws a page that holds the person's texts.
    pub(crate) async fn drawn<T: Template + Send + 'static>(&self, page: Page<T>) -> Response {
        large::drawn(self.draft.opened.len() + self.draft.text.len(), page).await
    }

    async fn to_job(&self, done: &str) -> Response {
        let address = self.app.links().job(&self.queue, &self.id);
        self.notices.leave(&address, done, "").await;
        Redirect::to(&address).into_response()
    }

    /// The editor with the job as it is now, the person's text, and why it was not saved.
    pub(crate) async fn refused(
        &self,
        status: StatusCode,
        title: &'static str,
        text: String,
        problems: Vec<TextProblem>,
    ) -> Response {
        let opened: Option<Opened> = match &self.operator {
            Some(operator) => {
                let services = &self.app.services;
                let opened = services.open_job(operator, &self.queue, &self.id).await;
                opened.ok()
            }
            None => None,
        };
        let problems = match &opened {
            Some(opened) => with_offered_fixes(&self.draft.text, &opened.schema, problems).await,
            None => problems,
        };
        let mut page = EditPage::new(self, opened.as_ref(), problems);
        page.notice = Some(NoticeView { title, text });
        self.drawn(Page::with(status, page)).await
    }

    /// The editor with what is wrong with the person's text now, and why nothing was done.
    pub(crate) async fn invalid(
        &self,
        status: StatusCode,
        title: &'static str,
        text: String,
    ) -> Response {
        let Some(operator) = &self.operator else {
            return self.kept(status, title, text).await;
        };
        let services = &self.app.services;
        let opened = match services.open_job(operator, &self.queue, &self.id).await {
            Ok(opened) => opened,
            Err(stop) => return self.failed(&stop.into()).await,
        };
        let typed = &self.draft.text;
        let problems = services
            .problems_in_edit(operator, (&self.queue, &self.id), typed, &opened)
            .await;
        let problems = match problems {
            Ok(problems) => problems,
            Err(stop) => return self.failed(&stop.into()).await,
        };
        let mut page = EditPage::new(self, Some(&opened), problems);
        page.notice = Some(NoticeView { title, text });
        self.drawn(Page::with(status, page)).await
    }

    /// The editor with only the person's text, and why it was not saved.
    pub(crate) async fn kept(
        &self,
        status: StatusCode,
        title: &'static str,
        text: String,
    ) -> Response {
        let mut page = EditPage::new(self, None, Vec::new());
        page.notice = Some(NoticeView { title, text });
        self.drawn(Page::with(status, page)).await
    }
}

/// The outcome as the address of the job's page names it.
pub(crate) fn done(retry: Option<OperationOutcome>) -> &'static str {
    match retry {
        None => "saved",
        Some(OperationOutcome::Done) => "saved-retried",
        Some(OperationOutcome::Unknown) => "saved-retry-unknown",
        Some(_) => "saved-not-retried",
    }
}
