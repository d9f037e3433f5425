//! Repairing a job's data in the browser: the editor, the review of a change, a conflict.
//!
//! Whatever keeps an edit from being saved, the answer is a page that still holds the person's text.

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::App;
use super::editor_view::{EditPage, NoticeView};
use super::error::PageError;
use super::extract::{Form, JobAt, Query, SignedIn};
use super::form_pace::pass_over;
use super::form_turns::{NoTurn, Turn, is_large};
use super::page::Page;
use super::review_view::{ConflictPage, ReviewPage};
use crate::domain::access::Operator;
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::Stop;
use crate::service::edit_job::{Draft, Edited, Opened};
use crate::service::operate::RetryOutcome;
use crate::service::weigh::{LONGEST_REASON, Objection, Problem};

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
#[derive(Debug)]
pub(super) struct Editing {
    pub(super) app: App,
    /// Who sent it; `None` where that is not known, as after a session has ended.
    pub(super) operator: Option<Operator>,
    pub(super) queue: QueueId,
    pub(super) id: JobId,
    pub(super) draft: Draft,
}

/// A form of an edit, from someone who is signed in. Whoever is not is told so above their text, which would be lost
/// on the way to signing in.
pub(super) struct Sent {
    operator: Operator,
    editing: Editing,
    then_retry: bool,
    /// Kept until the answer is made, which takes as much memory again.
    _turn: Option<Turn>,
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedIn::from_request_parts(&mut parts, app).await;
        let size = parts.headers.get(header::CONTENT_LENGTH);
        let size = size.and_then(|size| size.to_str().ok()?.parse().ok());
        let turn = match is_large(size) {
            true => match turn(app, &signed_in).await {
                Ok(turn) => Some(turn),
                Err(error) => {
                    pass_over(body).await;
                    return Err(error.into_response());
                }
            },
            false => None,
        };
        let request = Request::from_parts(parts, body);
        let Form(form) = Form::<EditForm>::from_request(request, app).await?;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let mut editing = Editing {
            app: app.clone(),
            operator: None,
            queue,
            id,
            draft: form.draft().map_err(IntoResponse::into_response)?,
        };
        match signed_in {
            Ok(SignedIn(operator)) => {
                editing.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    editing,
                    then_retry: form.then == "retry",
                    _turn: turn,
                })
            }
            Err(error) => Err(editing.failed(&error)),
        }
    }
}

/// A turn for a large form, which only those get who may edit at all: nothing of another's is received.
async fn turn(app: &App, signed_in: &Result<SignedIn, PageError>) -> Result<Turn, PageError> {
    let person = match signed_in {
        Ok(SignedIn(operator)) => {
            app.services.check_may_edit(operator).await?;
            Some(operator.name())
        }
        Err(_) => None,
    };
    let turn = app.form_turns.take(person).await;
    turn.map_err(|NoTurn| PageError::no_turn())
}

pub(super) async fn open(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<JobAt>,
) -> Result<Page<EditPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    let opened = app.services.open_job(&operator, &queue, &id).await?;
    let editing = Editing {
        app,
        operator: Some(operator),
        queue,
        id,
        draft: Draft {
            seen: opened.revision.clone(),
            opened: opened.text.clone(),
            text: opened.pretty.clone(),
            reason: String::new(),
        },
    };
    let problems = opened.problems.clone();
    Ok(Page::ok(EditPage::new(&editing, Some(&opened), problems)))
}

/// Back from a review or a conflict to the editor, with the text as it was typed.
pub(super) async fn reopen(sent: Sent) -> Response {
    let Sent {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let opened = services
        .open_job(operator, &editing.queue, &editing.id)
        .await;
    match opened {
        Ok(opened) => Page::ok(EditPage::new(editing, Some(&opened), Vec::new())).into_response(),
        Err(stop) => editing.failed(&stop.into()),
    }
}

pub(super) async fn review(sent: Sent) -> Response {
    let Sent {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .review_edit(operator, &editing.queue, &editing.id, &editing.draft)
        .await;
    editing.answer(edited).await
}

pub(super) async fn save(sent: Sent) -> Response {
    let Sent {
        operator,
        editing,
        then_retry,
        ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .save_edit(
            operator,
            &editing.queue,
            &editing.id,
            &editing.draft,
            *then_retry,
        )
        .await;
    editing.answer(edited).await
}

impl Editing {
    /// The page for what an edit came to.
    async fn answer(&self, edited: Result<Edited, Stop>) -> Response {
        match edited {
            Ok(Edited::Saved { retry, .. }) => self.to_job(done(retry)),
            Ok(Edited::Ready(reviewed)) => {
                Page::ok(ReviewPage::new(self, *reviewed, false)).into_response()
            }
            Ok(Edited::NeedsReason(reviewed)) => {
                let page = ReviewPage::new(self, *reviewed, true);
                Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
            }
            Ok(Edited::Not(objection)) => self.object(objection).await,
            Err(stop) => self.failed(&stop.into()),
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
                    faults
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join("; ")
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
            Objection::ReasonTooLong(length) => {
                let text = format!(
                    "It has {length} characters, and at most {LONGEST_REASON} are taken. Nothing was saved."
                );
                let title = "The reason is too long";
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, Vec::new())
                    .await
            }
            Objection::Refused(refusal) => {
                let title = "The job can't be edited now";
                self.refused(
                    StatusCode::CONFLICT,
                    title,
                    format!("Nothing was changed. {}", refusal.words()),
                    Vec::new(),
                )
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
    fn failed(&self, error: &PageError) -> Response {
        let (title, mut text) = error.told();
        if let Some(operator) = &self.operator {
            text.push_str(&format!(" Request {}.", operator.origin().request));
        }
        self.kept(error.status(), title, text)
    }

    fn to_job(&self, done: &str) -> Response {
        let links = self.app.links();
        let address = links.of_job("/job", &self.queue, &self.id, &[("done", done)]);
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
        let opened: Option<Opened> = match &self.operator {
            Some(operator) => {
                let services = &self.app.services;
                let opened = services.open_job(operator, &self.queue, &self.id).await;
                opened.ok()
            }
            None => None,
        };
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
