//! The form that adds a job: its fields, and how it is received.

use std::collections::HashMap;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::queue::QueueId;
use crate::service::jobs::add::prefill::Prefill;
use crate::service::jobs::add::request::AddRequest;
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::web::app::App;
use crate::web::request::address::QueueAt;
use crate::web::request::forms::received::receive;
use crate::web::request::forms::turns::FormTurn;
use crate::web::request::notices::Notices;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct AddForm {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    job_name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    reason: String,
    /// `newest` or `schema` to fill in the data; otherwise the job is added.
    #[serde(default)]
    then: String,
    /// The fix of the data that was chosen; empty for none.
    #[serde(default)]
    fix: String,
    /// The options, by the names of their fields.
    #[serde(flatten)]
    typed: HashMap<String, String>,
}

/// What the form was sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// To add the job.
    Add,
    /// To take the data of the newest job of the name.
    FillFromNewest,
    /// To take what the schema begins with.
    FillFromSchema,
    /// To put the fix with this name into the data.
    Fix(String),
}

/// A job that is being added: the user, and what was typed so far.
#[derive(Debug)]
pub(crate) struct AddContext {
    pub(crate) app: App,
    /// The user; `None` if they are not known, as after a session has ended.
    pub(crate) operator: Option<Operator>,
    pub(crate) request: AddRequest,
    /// Where the data comes from, and which options could not be taken over from there.
    pub(crate) filled_from: String,
    pub(crate) left: Vec<String>,
    /// What a fix has just changed in the data; empty for nothing.
    pub(crate) fixed: String,
    /// Whether the text came from a person.
    pub(crate) unsaved: bool,
    /// The memory that data takes which was filled in, held until the answer is sent.
    pub(crate) filled_room: BudgetShare,
    /// Where it is noted what was done, for the page that follows.
    pub(crate) notices: Notices,
}

impl AddContext {
    /// A form that nothing was typed into yet.
    pub(crate) fn beginning(
        app: App,
        operator: Operator,
        queue: QueueId,
        prefill: Prefill,
        notices: Notices,
    ) -> Self {
        Self {
            app,
            operator: Some(operator),
            request: AddRequest {
                queue,
                name: prefill.name,
                data: prefill.data.into(),
                typed: prefill.typed,
                reason: String::new(),
            },
            filled_from: prefill.from,
            left: prefill.left,
            fixed: String::new(),
            unsaved: false,
            filled_room: prefill.room,
            notices,
        }
    }
}

/// A form from a signed-in user. A person who is not signed in is told so above what they typed.
pub(crate) struct SubmittedJob {
    pub(crate) operator: Operator,
    pub(crate) adding: AddContext,
    pub(crate) then: Then,
    /// Held until the answer is made.
    pub(crate) _turn: Option<FormTurn>,
    /// Held until the answer is sent.
    pub(crate) room: BudgetShare,
}

impl FromRequest<App> for SubmittedJob {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let received = receive::<AddForm>(request, app, Action::AddJob).await?;
        let form = received.form;
        let queue = QueueAt::named(&form.queue, &form.prefix).queue(app);
        let mut adding = AddContext {
            app: app.clone(),
            operator: None,
            request: AddRequest {
                queue: queue.map_err(IntoResponse::into_response)?,
                name: form.job_name,
                data: form.text.into(),
                typed: form.typed,
                reason: form.reason,
            },
            filled_from: String::new(),
            left: Vec::new(),
            fixed: String::new(),
            unsaved: true,
            filled_room: BudgetShare::default(),
            notices: received.notices,
        };
        let then = match form.then.as_str() {
            "newest" => Then::FillFromNewest,
            "schema" => Then::FillFromSchema,
            _ if !form.fix.is_empty() => Then::Fix(form.fix),
            _ => Then::Add,
        };
        match (received.sender, received.room) {
            (Ok(operator), Ok(room)) => {
                adding.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    adding,
                    then,
                    _turn: received.turn,
                    room,
                })
            }
            (Ok(operator), Err(busy)) => {
                adding.operator = Some(operator);
                Err(adding.failed(&busy.into()).await)
            }
            (Err(error), _) => Err(adding.failed(&error).await),
        }
    }
}
