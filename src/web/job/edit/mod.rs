//! Repairing a job's data in the browser: the editor, the review of a change, a conflict.
//!
//! Whatever keeps an edit from being saved, the answer is a page that still holds the person's text.

pub(crate) mod page;
pub(crate) mod review;

use askama::Template;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::blocking::run_blocking;
use crate::service::edit::Opened;
use crate::service::edit::assess::{EditRejection, LONGEST_REASON, TextProblem};
use crate::service::edit::request::EditRequest;
use crate::service::edit::save::Edited;
use crate::service::error::ServiceError;
use crate::service::jobs::operate::RetryOutcome;
use crate::service::memory_budget::{BRIEFLY, BudgetShare, PATIENTLY};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::extract::{JobAt, Query, SignedInUser};
use crate::web::request::forms::large;
use crate::web::request::forms::large::keeping;
use crate::web::request::forms::pace::pass_over;
use crate::web::request::forms::turns::{FormTurn, NoTurn, is_large};
use page::{EditPage, NoticeView, TooLargePage};
use review::{ConflictPage, ReviewPage};

/// What every form of an edit carries.
#[derive(Debug, Deserialize)]
pub(crate) struct EditForm {
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
    fn draft(self) -> Result<EditRequest, PageError> {
        let seen = Revision::parse(&self.revision)
            .ok_or_else(|| PageError::bad("The form's revision is no revision."))?;
        Ok(EditRequest {
            seen,
            opened: self.opened.into(),
            text: self.text.into(),
            reason: self.reason,
        })
    }
}

/// An edit under way: who, on which job, with what typed so far.
#[derive(Debug)]
pub(crate) struct EditContext {
    pub(crate) app: App,
    /// Who sent it; `None` where that is not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) queue: QueueId,
    pub(crate) id: JobId,
    pub(crate) draft: EditRequest,
}

/// A form of an edit, from someone who is signed in. Whoever is not is told so above their text, which would be lost
/// on the way to signing in.
pub(crate) struct SubmittedEdit {
    operator: Operator,
    editing: EditContext,
    then_retry: bool,
    /// Kept until the answer is made.
    _turn: Option<FormTurn>,
    /// Kept until the answer is sent.
    room: BudgetShare,
}

/// How many times its size a form takes while it is worked on, and data while it is opened.
const FORM_TAKES: u64 = 3;
const DATA_TAKES: u64 = 10;

impl FromRequest<App> for SubmittedEdit {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
        let may_edit = |SignedInUser(it): &SignedInUser| it.may_anywhere(Action::EditData);
        // Whoever may not edit at all does not get in the way of those who may.
        let is_editor = signed_in.as_ref().is_ok_and(may_edit);
        let size = parts.headers.get(header::CONTENT_LENGTH);
        let size: Option<u64> = size.and_then(|size| size.to_str().ok()?.parse().ok());
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
        let room = match is_editor {
            true => {
                let bytes = size.unwrap_or(u64::MAX).saturating_mul(FORM_TAKES);
                app.services.room().take(bytes, PATIENTLY).await
            }
            false => Ok(BudgetShare::default()),
        };
        // Where there is no room the text has to be read all the same, to be given back: one such form at a time.
        let _refused = match &room {
            Err(_) => app.form_turns.take(None).await.ok(),
            Ok(_) => None,
        };
        let request = Request::from_parts(parts, body);
        let form: EditForm = large::form(request, app).await?;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let then_retry = form.then == "retry";
        let mut editing = EditContext {
            app: app.clone(),
            operator: None,
            queue,
            id,
            draft: form.draft().map_err(IntoResponse::into_response)?,
        };
        match (signed_in, room) {
            (Ok(SignedInUser(operator)), Ok(room)) => {
                editing.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    editing,
                    then_retry,
                    _turn: turn,
                    room,
                })
            }
            (Ok(SignedInUser(operator)), Err(busy)) => {
                editing.operator = Some(operator);
                Err(editing.failed(&busy.into()).await)
            }
            (Err(error), _) => Err(editing.failed(&error).await),
        }
    }
}

/// A turn for a large form, which only those get who may edit at all: nothing of another's is received.
async fn turn(
    app: &App,
    signed_in: &Result<SignedInUser, PageError>,
) -> Result<FormTurn, PageError> {
    let person = match signed_in {
        Ok(SignedInUser(operator)) => {
            app.services.check_may_edit(operator).await?;
            Some(operator.name())
        }
        Err(_) => None,
    };
    let turn = app.form_turns.take(person).await;
    turn.map_err(|NoTurn| PageError::no_turn())
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        let page = TooLargePage::new(&app, &operator, &queue, &id, size, limit);
        return Ok(Page::with(StatusCode::PAYLOAD_TOO_LARGE, page).into_response());
    }
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let opened = services.open_job(&operator, &queue, &id).await?;
    let size = opened.text.len() + opened.pretty.len();
    let work = {
        let app = app.clone();
        move || {
            let editing = EditContext {
                app,
                operator: Some(operator),
                queue,
                id,
                draft: EditRequest {
                    seen: opened.revision.clone(),
                    opened: opened.text.as_str().into(),
                    text: opened.pretty.as_str().into(),
                    reason: String::new(),
                },
            };
            let problems = opened.problems.clone();
            Page::ok(EditPage::new(&editing, Some(&opened), problems)).into_response()
        }
    };
    Ok(keeping(room, run_blocking(size, work).await?))
}

/// Back from a review or a conflict to the editor, with the text as it was typed.
pub(crate) async fn reopen(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let opened = services
        .open_job(operator, &editing.queue, &editing.id)
        .await;
    let answer = match opened {
        Ok(opened) => {
            let page = EditPage::new(editing, Some(&opened), Vec::new());
            editing.drawn(Page::ok(page)).await
        }
        Err(stop) => editing.failed(&stop.into()).await,
    };
    keeping(sent.room, answer)
}

pub(crate) async fn review(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .review_edit(operator, &editing.queue, &editing.id, &editing.draft)
        .await;
    let answer = editing.answer(edited).await;
    keeping(sent.room, answer)
}

pub(crate) async fn save(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
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
    let answer = editing.answer(edited).await;
    keeping(sent.room, answer)
}

impl EditContext {
    /// The page for what an edit came to.
    async fn answer(&self, edited: Result<Edited, ServiceError>) -> Response {
        match edited {
            Ok(Edited::Saved { retry, .. }) => self.to_job(done(retry)),
            Ok(Edited::Ready(reviewed)) => {
                let page = ReviewPage::new(self, *reviewed, false);
                self.drawn(Page::ok(page)).await
            }
            Ok(Edited::NeedsReason(reviewed)) => {
                let page = ReviewPage::new(self, *reviewed, true);
                self.drawn(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page))
                    .await
            }
            Ok(Edited::Not(objection)) => self.object(objection).await,
            Err(stop) => self.failed(&stop.into()).await,
        }
    }

    /// The page for why an edit does not stand.
    async fn object(&self, objection: EditRejection) -> Response {
        match objection {
            EditRejection::Unchanged => self.to_job("unchanged"),
            EditRejection::Stale(conflict) => {
                let page = ConflictPage::new(self, *conflict);
                self.drawn(Page::with(StatusCode::CONFLICT, page)).await
            }
            EditRejection::Invalid(problems) => {
                let title = "This can't be saved";
                let text = "Each problem is listed beside the text.".to_owned();
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, problems)
                    .await
            }
            EditRejection::SchemaFaulty(faults) => {
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
            EditRejection::SchemaMissing => {
                let text = "There is no schema for this job, and the setting require_schema wants one. Add one to the \
                            schemas' folder; it is read again by itself."
                    .to_owned();
                let title = "A schema is required";
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, Vec::new())
                    .await
            }
            EditRejection::TooLarge { size, limit } => {
                let text = format!(
                    "It is {size} bytes without white space, and at most {limit} are taken (the setting max_data_bytes). \
                     Nothing was saved."
                );
                self.refused(StatusCode::PAYLOAD_TOO_LARGE, "Too large", text, Vec::new())
                    .await
            }
            EditRejection::StoredTooLarge { size, limit } => {
                let text = format!(
                    "The stored data has {size} bytes, and at most {limit} are edited (the setting max_data_bytes). \
                     Nothing was saved."
                );
                self.kept(StatusCode::PAYLOAD_TOO_LARGE, "Too large", text)
                    .await
            }
            EditRejection::ReasonTooLong(length) => {
                let text = format!(
                    "It has {length} characters, and at most {LONGEST_REASON} are taken. Nothing was saved."
                );
                let title = "The reason is too long";
                self.refused(StatusCode::UNPROCESSABLE_ENTITY, title, text, Vec::new())
                    .await
            }
            EditRejection::Refused(refusal) => {
                let title = "The job can't be edited now";
                self.refused(
                    StatusCode::CONFLICT,
                    title,
                    format!("Nothing was changed. {}", refusal.words()),
                    Vec::new(),
                )
                .await
            }
            EditRejection::Gone => {
                let text = "The job was removed while you edited it, so nothing was saved. Your text is still here."
                    .to_owned();
                self.kept(StatusCode::NOT_FOUND, "The job is gone", text)
                    .await
            }
        }
    }

    /// What keeps a request from being answered, told above the text that the person typed.
    async fn failed(&self, error: &PageError) -> Response {
        let (title, mut text) = error.told();
        if let Some(operator) = &self.operator {
            text.push_str(&format!(" Request {}.", operator.origin().request));
        }
        let mut response = self.kept(error.status(), title, text).await;
        error.add_headers(&mut response);
        response
    }

    /// Draws a page that holds the person's texts.
    async fn drawn<T: Template + Send + 'static>(&self, page: Page<T>) -> Response {
        large::drawn(self.draft.opened.len() + self.draft.text.len(), page).await
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
        let mut page = EditPage::new(self, opened.as_ref(), problems);
        page.notice = Some(NoticeView { title, text });
        self.drawn(Page::with(status, page)).await
    }

    /// The editor with nothing but the person's text, and why it was not saved.
    async fn kept(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        let mut page = EditPage::new(self, None, Vec::new());
        page.notice = Some(NoticeView { title, text });
        self.drawn(Page::with(status, page)).await
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
