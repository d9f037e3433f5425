//! Checking a text while it is typed: the same problems, in the same words, as when it is reviewed.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;

use super::page::fix_form;
use super::problems::{FixForm, LARGEST_CHECKED, ProblemsView};
use crate::domain::access::{Action, Operator};
use crate::domain::edit::problem::TextProblem;
use crate::service::error::ServiceError;
use crate::web::app::{App, SMALL_FORM};
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::{Form, JobAt};
use crate::web::request::forms::turns::NoTurn;
use crate::web::request::session::SignedInUser;

/// The largest form: the text takes up to three times its size once it is encoded.
pub(crate) const CHECK_FORM: usize = 3 * LARGEST_CHECKED + SMALL_FORM;

/// A person's next check waits for so long after the one before.
const PAUSE: Duration = Duration::from_millis(250);

/// What is typed.
#[derive(Debug, Deserialize)]
pub(crate) struct CheckForm {
    #[serde(flatten)]
    at: JobAt,
    text: String,
}

pub(crate) async fn check(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<CheckForm>,
) -> Result<Page<ProblemsView>, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let services = &app.services;
    services
        .check_may(&operator, Action::EditData, &queue, Some(&id))
        .await?;
    let size = form.text.len();
    let problems = services.check_text(&operator, &queue, &id, form.text);
    in_turn(&app, &operator, size, fix_form(&app), problems).await
}

/// The problems that `check` finds in a text of so many bytes, where it is this person's turn.
pub(crate) async fn in_turn(
    app: &App,
    operator: &Operator,
    size: usize,
    form: FixForm,
    check: impl Future<Output = Result<Vec<TextProblem>, ServiceError>>,
) -> Result<Page<ProblemsView>, PageError> {
    if size > LARGEST_CHECKED {
        return Err(PageError::bad(format!(
            "A text of up to {LARGEST_CHECKED} bytes is checked while it is typed."
        )));
    }
    let turn = app.check_turns.take(Some(operator.name())).await;
    let turn = turn.map_err(|NoTurn| PageError::no_turn())?;
    let problems = check.await?;
    tokio::spawn(async move {
        tokio::time::sleep(PAUSE).await;
        drop(turn);
    });
    Ok(Page::ok(ProblemsView::new(
        &app.base_path,
        form,
        problems,
        true,
    )))
}
