//! The forms of an edit: their fields, and how they are received.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::edit::drafts::DraftStamp;
use crate::service::edit::request::EditRequest;
use crate::service::memory_budget::{BudgetShare, PATIENTLY};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::JobAt;
use crate::web::request::forms::large;
use crate::web::request::forms::pace::pass_over;
use crate::web::request::forms::turns::{FormTurn, NoTurn, is_large};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The fields of every form of an edit.
#[derive(Debug, Deserialize)]
pub(crate) struct EditForm {
    #[serde(flatten)]
    pub(crate) at: JobAt,
    pub(crate) revision: String,
    #[serde(default)]
    pub(crate) opened: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) reason: String,
    /// The mark of the draft that it goes on from; empty for none.
    #[serde(default)]
    pub(crate) draft: String,
    /// `retry` for Save and retry.
    #[serde(default)]
    pub(crate) then: String,
}

impl EditForm {
    fn request(self) -> Result<EditRequest, PageError> {
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

/// An edit in progress: the user, the job, and what was typed so far.
#[derive(Debug)]
pub(crate) struct EditContext {
    pub(crate) app: App,
    /// The user; `None` if they are not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) queue: QueueId,
    pub(crate) id: JobId,
    pub(crate) draft: EditRequest,
    /// The draft it came from; its mark is empty where there is none.
    pub(crate) stamp: DraftStamp,
    /// Where it is noted what was done, for the page that follows.
    pub(crate) notices: Notices,
}

/// A form of an edit from a signed-in user. A person who is not signed in is told so above their text, which would be lost
/// on the way to the sign-in page.
pub(crate) struct SubmittedEdit {
    pub(crate) operator: Operator,
    pub(crate) editing: EditContext,
    pub(crate) then_retry: bool,
    /// Held until the answer is made.
    pub(crate) _turn: Option<FormTurn>,
    /// Held until the answer is sent.
    pub(crate) room: BudgetShare,
}

/// How many times its size a form takes while it is worked on.
const FORM_TAKES: u64 = 3;

impl FromRequest<App> for SubmittedEdit {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedInUser::from_request_parts(&mut parts, app).await;
        let Ok(notices) = Notices::from_request_parts(&mut parts, app).await;
        let may_edit = |SignedInUser(it): &SignedInUser| it.may_anywhere(Action::EditData);
        // A user who may not edit at all must not delay those who may.
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
        // Without room the text must still be read, to be given back: one such form at a time.
        let _refused = match &room {
            Err(_) => app.form_turns.take(None).await.ok(),
            Ok(_) => None,
        };
        let request = Request::from_parts(parts, body);
        let form: EditForm = large::form(request, app).await?;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let then_retry = form.then == "retry";
        let stamp = DraftStamp {
            mark: form.draft.clone(),
            kept: 0,
        };
        let mut editing = EditContext {
            app: app.clone(),
            operator: None,
            queue,
            id,
            draft: form.request().map_err(IntoResponse::into_response)?,
            stamp,
            notices,
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

/// A turn for a large form. Only users who may edit get one; nothing of another's form is received.
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
