//! Repairing a job's data in the browser: the editor, the review of a change, a conflict.
//!
//! Whatever keeps an edit from being saved, the answer is a page that still holds the person's text.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::App;
use super::editor_view::{
    ConflictPage, EditPage, NoticeView, ReviewPage,
};
use super::error::PageError;
use super::extract::{Form, JobAt, Query, SignedIn};
use super::page::Page;
use crate::domain::access::Operator;
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::edit_job::{Draft, Edited, Opened};
use crate::service::operate::RetryOutcome;
use crate::service::weigh::{Objection, Problem};
use crate::service::{Services, Stop};

/// What every form of an edit carries.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EditForm {
    #[serde(flatten)]
    at: JobAt,
    revision: String,
    #[serde(default)]
    opened: String,
    text: String,
    #[serde(default)]
    reason: String,
    /// `retry` for Save and retry.
    #[serde(default)]
    then: String,
}

impl EditForm {
    fn draft(&self) -> Result<Draft, PageError> {
        let seen = Revision::parse(&self.revision)
            .ok_or_else(|| PageError::bad("The form's revision is no revision."))?;
        Ok(Draft {
            seen,
            opened: self.opened.clone(),
            text: self.text.clone(),
            reason: self.reason.clone(),
        })
    }
}

/// An edit under way: who, on which job, with what typed so far.
pub(super) struct Editing<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) queue: &'a QueueId,
    pub(super) id: &'a JobId,
    pub(super) draft: Draft,
}

pub(super) async fn open(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
) -> Result<Page<EditPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    let opened = app.services.open_job(&operator, &queue, &id).await?;
    let editing = Editing {
        app: &app,
        operator: &operator,
        queue: &queue,
        id: &id,
        draft: Draft {
            seen: opened.revision.clone(),
            opened: opened.text.clone(),
            text: crate::domain::json::pretty_or_raw(&opened.text),
            reason: String::new(),
        },
    };
    let problems = opened.problems.clone();
    Ok(Page::ok(EditPage::new(&editing, Some(&opened), problems)))
}

/// Back from a review or a conflict to the editor, with the text as it was typed.
pub(super) async fn reopen(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Form(form): Form<EditForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let editing = Editing {
        app: &app,
        operator: &operator,
        queue: &queue,
        id: &id,
        draft: form.draft()?,
    };
    Ok(match app.services.open_job(&operator, &queue, &id).await {
        Ok(opened) => Page::ok(EditPage::new(&editing, Some(&opened), Vec::new())).into_response(),
        Err(stop) => editing.stopped(stop),
    })
}

pub(super) async fn review(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Form(form): Form<EditForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let editing = Editing {
        app: &app,
        operator: &operator,
        queue: &queue,
        id: &id,
        draft: form.draft()?,
    };
    let services: &Services = &app.services;
    let edited = services
        .review_edit(&operator, &queue, &id, &editing.draft)
        .await;
    Ok(match edited {
        Ok(edited) => editing.answer(edited).await,
        Err(stop) => editing.stopped(stop),
    })
}

pub(super) async fn save(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Form(form): Form<EditForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let editing = Editing {
        app: &app,
        operator: &operator,
        queue: &queue,
        id: &id,
        draft: form.draft()?,
    };
    let edited = app
        .services
        .save_edit(&operator, &queue, &id, &editing.draft, form.then == "retry")
        .await;
    Ok(match edited {
        Ok(edited) => editing.answer(edited).await,
        Err(stop) => editing.stopped(stop),
    })
}

impl Editing<'_> {
    /// The page for what an edit came to.
    async fn answer(&self, edited: Edited) -> Response {
        match edited {
            Edited::Saved { retry, .. } => self.to_job(done(retry)),
            Edited::Ready(reviewed) => Page::ok(ReviewPage::new(self, *reviewed, false)).into_response(),
            Edited::NeedsReason(reviewed) => {
                let page = ReviewPage::new(self, *reviewed, true);
                Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
            }
            Edited::Not(objection) => self.object(objection).await,
        }
    }

    /// The page for why an edit does not stand.
    async fn object(&self, objection: Objection) -> Response {
        match objection {
            Objection::Unchanged => self.to_job("unchanged"),
            Objection::Stale(conflict) => {
                let page = ConflictPage::new(self, *conflict);
                Page::with(StatusCode::CONFLICT, page).into_response()
            }
            Objection::Invalid(problems) => {
                let title = "This can't be saved";
                let text = "Each problem is listed beside the text.".to_owned();
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, problems)
                    .await
            }
            Objection::SchemaFaulty(faults) => {
                let text = format!(
                    "The schema for this job is itself faulty, so nothing can be checked and nothing was saved: {}",
                    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
                );
                let title = "The schema is faulty";
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, Vec::new())
                    .await
            }
            Objection::SchemaMissing => {
                let text = "There is no schema for this job, and the setting require_schema wants one. Add one to the \
                            schemas' folder; it is read again by itself."
                    .to_owned();
                let title = "A schema is required";
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, Vec::new())
                    .await
            }
            Objection::TooLarge { size, limit } => {
                let text = format!(
                    "It is {size} bytes without white space, and at most {limit} are taken (the setting max_data_bytes). \
                     Nothing was saved."
                );
                self.refused(StatusCode::PAYLOAD_TOO_LARGE, "Too large", text, Vec::new())
                    .await
            }
            Objection::Refused(refusal) => {
                let title = "The job can't be edited now";
                self.refused(StatusCode::CONFLICT, title, refusal.words().to_owned(), Vec::new())
                    .await
            }
            Objection::Gone => {
                let text = "The job was removed while you edited it, so nothing was saved. Your text is still here."
                    .to_owned();
                self.kept(StatusCode::NOT_FOUND, "The job is gone", text)
            }
        }
    }

    /// What keeps a request from being answered, told above the text that the person typed.
    fn stopped(&self, stop: Stop) -> Response {
        let error = PageError::from(stop);
        let (title, text) = error.told();
        self.kept(error.status(), title, text)
    }

    fn to_job(&self, done: &str) -> Response {
        let links = self.app.links();
        let address = links.of_job("/job", self.queue, self.id, &[("done", done)]);
        Redirect::to(&address).into_response()
    }

    /// The editor with the job as it is now, the person's text, and why it was not saved.
    async fn refused(
        &self,
        status: StatusCode,
        title: &'static str,
        text: String,
        problems: Vec<Problem>,
    ) -> Response {
        let opened: Option<Opened> = self
            .app
            .services
            .open_job(self.operator, self.queue, self.id)
            .await
            .ok();
        let mut page = EditPage::new(self, opened.as_ref(), problems);
        page.notice = Some(NoticeView { title, text });
        Page::with(status, page).into_response()
    }

    /// The editor with nothing but the person's text, and why it was not saved.
    fn kept(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        let mut page = EditPage::new(self, None, Vec::new());
        page.notice = Some(NoticeView { title, text });
        Page::with(status, page).into_response()
    }
}

/// How the job's page is told what was done.
fn done(retry: Option<RetryOutcome>) -> &'static str {
    match retry {
        None => "saved",
        Some(RetryOutcome::Done) => "saved-retried",
        Some(RetryOutcome::Unknown) => "saved-retry-unknown",
        Some(RetryOutcome::NotFailed(_) | RetryOutcome::Gone | RetryOutcome::Locked) => {
            "saved-not-retried"
        }
    }
}
