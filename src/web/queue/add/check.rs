//! Checking the data of a new job while it is typed.

use axum::extract::State;
use serde::Deserialize;

use super::page::FIX_FORM;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::job::edit::check::in_turn;
use crate::web::job::edit::problems::ProblemsView;
use crate::web::request::address::{Form, QueueAt};
use crate::web::request::session::SignedInUser;

/// What is typed.
#[derive(Debug, Deserialize)]
pub(crate) struct CheckForm {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    job_name: String,
    text: String,
}

pub(crate) async fn check(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<CheckForm>,
) -> Result<Page<ProblemsView>, PageError> {
    let queue = QueueAt::named(&form.queue, &form.prefix).queue(&app)?;
    let services = &app.services;
    services.check_may_add(&operator, &queue).await?;
    let size = form.text.len();
    let problems = services.check_new_data(&operator, &queue, &form.job_name, form.text);
    in_turn(&app, &operator, size, FIX_FORM, problems).await
}
