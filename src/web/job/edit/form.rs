//! The forms of an edit: their fields, and how they are received.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::edit::drafts::DraftStamp;
use crate::service::edit::request::EditRequest;
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::JobAt;
use crate::web::request::forms::received::receive;
use crate::web::request::forms::turns::FormTurn;
use crate::web::request::fresh_password::{PasswordAgain, PasswordProblem, TypedPassword};
use crate::web::request::notices::Notices;

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
    /// `retry` for Save and retry, `break-glass` for Save without approval.
    #[serde(default)]
    pub(crate) then: String,
    /// The fix that was chosen; empty for none.
    #[serde(default)]
    pub(crate) fix: String,
    /// The person's password; empty where it was not asked for.
    #[serde(default)]
    pub(crate) password: TypedPassword,
}

impl EditForm {
    fn request(self) -> Result<EditRequest, PageError> {
        let seen = Revision::parse(&self.revision)
            .ok_or_else(|| PageError::bad("The form's revision is not a revision."))?;
        Ok(EditRequest {
            seen,
            opened: self.opened.into(),
            text: self.text.into(),
            reason: self.reason,
        })
    }
}

/// An edit in progress: the user, the job, and what was typed so far.
#[derive(Debug, Clone)]
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
    /// What is wrong with the password that was typed.
    pub(crate) password_problem: Option<PasswordProblem>,
}

/// What the button of a review asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterSave {
    /// To save the edit, or to ask for approval.
    Nothing,
    /// To retry the job then.
    Retry,
    /// To save it alone though it takes a second person.
    BreakGlass,
}

impl AfterSave {
    fn of(then: &str) -> Self {
        match then {
            "retry" => Self::Retry,
            "break-glass" => Self::BreakGlass,
            _ => Self::Nothing,
        }
    }
}

/// A form of an edit from a signed-in user. A person who is not signed in is told so above their text, which would be lost
/// on the way to the sign-in page.
pub(crate) struct SubmittedEdit {
    pub(crate) operator: Operator,
    pub(crate) editing: EditContext,
    pub(crate) then: AfterSave,
    /// The fix that was chosen; empty for none.
    pub(crate) fix: String,
    /// The password that was typed, and where it is kept that it was right.
    pub(crate) typed: TypedPassword,
    pub(crate) password: PasswordAgain,
    /// Held until the answer is made.
    pub(crate) _turn: Option<FormTurn>,
    /// Held until the answer is sent.
    pub(crate) room: BudgetShare,
}

impl FromRequest<App> for SubmittedEdit {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let received = receive::<EditForm>(request, app, Action::EditData).await?;
        let mut form = received.form;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let then = AfterSave::of(&form.then);
        let fix = std::mem::take(&mut form.fix);
        let typed = std::mem::take(&mut form.password);
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
            notices: received.notices,
            password_problem: None,
        };
        match (received.sender, received.room) {
            (Ok(operator), Ok(room)) => {
                editing.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    editing,
                    then,
                    fix,
                    typed,
                    password: received.password,
                    _turn: received.turn,
                    room,
                })
            }
            (Ok(operator), Err(busy)) => {
                editing.operator = Some(operator);
                Err(editing.failed(&busy.into()).await)
            }
            (Err(error), _) => Err(editing.failed(&error).await),
        }
    }
}
