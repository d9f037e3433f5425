//! The answers to a move: a page that still holds what was typed, or a redirect to the run.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::form::{MoveContext, SubmittedMove};
use super::pages::{MovePage, MoveReviewPage};
use crate::service::error::ServiceError;
use crate::service::versions::move_jobs::MoveAnswer;
use crate::service::versions::move_jobs::dry_run::MoveDryRun;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::runs::to_run;

impl SubmittedMove {
    /// Requests the move itself, or its dry run.
    pub(crate) async fn ask(self, begin: bool) -> Response {
        let sent = match self.with_choices().await {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let Self {
            operator,
            preparing,
        } = &sent;
        let wish = match preparing.form.wish(&preparing.app) {
            Ok(wish) => wish,
            Err(error) => return preparing.failed(&error),
        };
        let services = &preparing.app.services;
        preparing.answer(match begin {
            true => services.begin_move(operator, &wish).await,
            false => services.review_move(operator, &wish).await,
        })
    }
}

impl MoveContext {
    /// The page for the answer.
    pub(crate) fn answer(&self, answer: Result<MoveAnswer, ServiceError>) -> Response {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match answer {
            Ok(MoveAnswer::Reviewed(review)) => self.reviewed(StatusCode::OK, *review, ""),
            Ok(MoveAnswer::NeedsReason(review)) => {
                self.reviewed(unprocessable, *review, "Nothing was moved. Enter a reason.")
            }
            Ok(MoveAnswer::NeedsConfirmation(review)) => {
                let told = "Nothing was moved. Review what would happen, then select the checkbox.";
                self.reviewed(unprocessable, *review, told)
            }
            Ok(MoveAnswer::Begun(id)) => to_run(&self.app, &id),
            Ok(MoveAnswer::Busy(other)) => {
                let told = format!(
                    "Run {other} is using one of these versions. Nothing was moved. Try again after it has ended."
                );
                self.kept(StatusCode::CONFLICT, "Another run is in progress", told)
            }
            Ok(MoveAnswer::Not(words)) => {
                self.kept(unprocessable, "These jobs can’t be moved", words)
            }
            Err(stop) => self.failed(&stop.into()),
        }
    }

    pub(crate) fn reviewed(
        &self,
        status: StatusCode,
        review: MoveDryRun,
        missing: &'static str,
    ) -> Response {
        Page::with(status, MoveReviewPage::new(self, review, missing)).into_response()
    }

    /// An error, shown above what was typed.
    pub(crate) fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told();
        let mut response = self.kept(error.status(), title, text);
        error.add_headers(&mut response);
        response
    }

    pub(crate) fn kept(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        Page::with(status, MovePage::new(self, Some((title, text)))).into_response()
    }
}
