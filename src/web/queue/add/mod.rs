//! The page that adds a job to a queue, and its form.
//!
//! Whatever keeps the job from being added, the answer is the page with all that was typed, and each fault at its field.

pub(crate) mod answer;
pub(crate) mod check;
pub(crate) mod form;
pub(crate) mod page;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::jobs::add::prefill::Prefill;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::forms::large::keeping;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use form::{AddContext, SubmittedJob, Then};

/// What the form is to begin with.
#[derive(Debug, Deserialize)]
pub(crate) struct BeginAt {
    /// A job's id, to add another like it.
    #[serde(default)]
    from: String,
    /// A job's name.
    #[serde(default)]
    job_name: String,
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<QueueAt>,
    Query(begin): Query<BeginAt>,
) -> Result<Response, PageError> {
    let queue = at.queue(&app)?;
    let services = &app.services;
    services.check_may_add(&operator, &queue).await?;
    let prefill = match JobId::new(begin.from.as_str()) {
        Some(id) => services.prefill_from_job(&operator, &queue, &id).await?,
        None => by_name(&app, &operator, &queue, &begin.job_name).await?,
    };
    let adding = AddContext::beginning(app.clone(), operator, queue, prefill, notices);
    let answer = adding.shown().await;
    Ok(keeping(adding.filled_room, answer))
}

/// The newest job of this name, or else what its schema begins with.
async fn by_name(
    app: &App,
    operator: &Operator,
    queue: &QueueId,
    name: &str,
) -> Result<Prefill, PageError> {
    let services = &app.services;
    let empty = Prefill {
        name: name.to_owned(),
        data: "{}".to_owned(),
        ..Prefill::default()
    };
    if name.is_empty() {
        return Ok(empty);
    }
    if let Some(newest) = services.prefill_from_newest(operator, queue, name).await? {
        return Ok(newest);
    }
    let schema = services.prefill_from_schema(operator, queue, name).await?;
    Ok(schema.unwrap_or(empty))
}

pub(crate) async fn add(sent: SubmittedJob) -> Response {
    let SubmittedJob {
        operator,
        mut adding,
        then,
        room,
        _turn,
    } = sent;
    let services = Arc::clone(&adding.app.services);
    let (queue, name) = (adding.request.queue.clone(), adding.request.name.clone());
    let answer = match then {
        Then::Add => {
            let outcome = services.add_job(&operator, &adding.request).await;
            adding.answer(outcome).await
        }
        Then::FillFromNewest => {
            let filled = services.prefill_from_newest(&operator, &queue, &name);
            let none = "None of the queue's newest jobs that can be edited has this name.";
            adding.filled(filled.await, none).await
        }
        Then::FillFromSchema => {
            let filled = services.prefill_from_schema(&operator, &queue, &name);
            let none = "No valid schema is in force for jobs of this name.";
            adding.filled(filled.await, none).await
        }
        Then::Fix(fix) => {
            let fixed = services.fix_new_data(&operator, &adding.request, &fix);
            adding.after_fix(fixed.await).await
        }
    };
    keeping(room, keeping(adding.filled_room, answer))
}
