//! The button that puts a failed job back in line.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use crate::service::jobs::operate::RetryOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::request::address::{Form, JobAt};
use crate::web::request::session::SignedInUser;

pub(crate) async fn retry(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<JobAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    match app.services.retry(&operator, &queue, &id, "").await? {
        RetryOutcome::Done => {
            let address = app
                .links()
                .of_job("/job", &queue, &id, &[("done", "retried")]);
            Ok(Redirect::to(&address).into_response())
        }
        RetryOutcome::Gone => Err(PageError::not_found("There is no such job any more.")),
        RetryOutcome::NotFailed(state) => Err(PageError::conflict(format!(
            "Only a failed job can be retried, and this one is {state}."
        ))),
        RetryOutcome::Locked => Err(PageError::conflict(
            "A worker holds this job's lock, so it was not retried.",
        )),
        RetryOutcome::Unknown => Err(PageError::unknown()),
    }
}
