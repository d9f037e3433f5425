//! The form that sets a scheduler up: its fields, and how it is received.

use std::collections::HashMap;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::service::schedulers::set::request::SchedulerRequest;
use crate::web::app::App;
use crate::web::request::address::QueueAt;
use crate::web::request::forms::received::receive;
use crate::web::request::forms::turns::FormTurn;
use crate::web::request::notices::Notices;

/// What the form sends.
#[derive(Debug, Deserialize)]
struct SchedulerForm {
    queue: String,
    #[serde(default)]
    prefix: String,
    /// The id of the scheduler that is changed.
    #[serde(default)]
    id: String,
    /// The id that a person chose for a new one.
    #[serde(default)]
    scheduler_id: String,
    #[serde(default)]
    revision: String,
    /// The digest of the edited data of the next job, as the form was told.
    #[serde(default)]
    seen_job: String,
    #[serde(default)]
    job_name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    reason: String,
    /// `preview` to see what it would do; otherwise it is saved.
    #[serde(default)]
    then: String,
    /// The fix of the data that was chosen; empty for none.
    #[serde(default)]
    fix: String,
    /// When it runs and the options of its jobs, by the names of their fields.
    #[serde(flatten)]
    typed: HashMap<String, String>,
}

/// A scheduler that is being set up: the user, and what was typed so far.
#[derive(Debug)]
pub(crate) struct SetContext {
    pub(super) app: App,
    /// The user; `None` if they are not known, as after a session has ended.
    pub(super) operator: Option<Operator>,
    pub(super) request: SchedulerRequest,
    /// Whether the text came from a person.
    pub(super) unsaved: bool,
    /// What a fix has just changed in the data; empty for nothing.
    pub(super) fixed: String,
    /// Where it is noted what was done, for the page that follows.
    pub(super) notices: Notices,
}

/// A form from a signed-in user. A person who is not signed in is told so above what they typed.
pub(crate) struct SubmittedScheduler {
    pub(super) operator: Operator,
    pub(super) setting: SetContext,
    /// Whether only a preview is asked for.
    pub(super) is_preview: bool,
    /// The fix that was chosen; empty for none.
    pub(super) fix: String,
    /// Held until the answer is made.
    pub(super) _turn: Option<FormTurn>,
    /// Held until the answer is sent.
    pub(super) room: BudgetShare,
}

impl FromRequest<App> for SubmittedScheduler {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let is_change = request.uri().path().ends_with("/scheduler/edit");
        let received = receive::<SchedulerForm>(request, app, Action::SetScheduler).await?;
        let form = received.form;
        let queue = QueueAt::named(&form.queue, &form.prefix).queue(app);
        let mut setting = SetContext {
            app: app.clone(),
            operator: None,
            request: SchedulerRequest {
                queue: queue.map_err(IntoResponse::into_response)?,
                id: match is_change {
                    true => form.id,
                    false => form.scheduler_id.trim().to_owned(),
                },
                // A form that changes a scheduler and lacks its revision matches none, and creates none either.
                revision: is_change.then_some(form.revision),
                seen_job: form.seen_job,
                name: form.job_name,
                data: form.text.into(),
                typed: form.typed,
                reason: form.reason,
            },
            unsaved: true,
            fixed: String::new(),
            notices: received.notices,
        };
        match (received.sender, received.room) {
            (Ok(operator), Ok(room)) => {
                setting.operator = Some(operator.clone());
                Ok(Self {
                    operator,
                    setting,
                    is_preview: form.then == "preview",
                    fix: form.fix,
                    _turn: received.turn,
                    room,
                })
            }
            (Ok(operator), Err(busy)) => {
                setting.operator = Some(operator);
                Err(setting.failed(&busy.into()).await)
            }
            (Err(error), _) => Err(setting.failed(&error).await),
        }
    }
}
