//! The answers to a move: a page that still holds what was typed, or a redirect to the run.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::form::{MoveContext, SubmittedMove};
use super::pages::{MovePage, MoveReviewPage, Told};
use crate::domain::access::Operator;
use crate::service::versions::move_jobs::MoveAnswer;
use crate::service::versions::move_jobs::dry_run::MoveDryRun;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::fresh_password::PasswordAgain;
use crate::web::request::notices::Notices;
use crate::web::runs::second_person::confirmed;
use crate::web::runs::started::{NotStarted, started};

impl SubmittedMove {
    /// Asks for the dry run.
    pub(crate) async fn review(self) -> Response {
        match self.with_choices().await {
            Ok(sent) => {
                let operator = &sent.operator;
                sent.preparing
                    .reviewed_again(operator, Told::default())
                    .await
            }
            Err(refused) => refused,
        }
    }

    /// Asks for the move itself.
    pub(crate) async fn begin(self, notices: &Notices, again: &PasswordAgain) -> Response {
        let mut sent = match self.with_choices().await {
            Ok(sent) => sent,
            Err(refused) => return refused,
        };
        let password = std::mem::take(&mut sent.password);
        let preparing = &sent.preparing;
        let wish = match preparing.form.wish(&preparing.app) {
            Ok(wish) => wish,
            Err(error) => return preparing.failed(&error),
        };
        let app = &preparing.app;
        let mut operator = sent.operator.clone();
        if wish.alone {
            let confirmed = confirmed(app, again, operator, &wish.source, password);
            operator = match confirmed.await {
                Ok(Ok(operator)) => operator,
                Ok(Err(problem)) => {
                    let told = Told::password(problem);
                    return preparing.reviewed_again(&sent.operator, told).await;
                }
                Err(error) => return preparing.failed(&error),
            };
        }
        match app.services.begin_move(&operator, &wish).await {
            Ok(answer) => preparing.answer(notices, &operator, answer).await,
            Err(stop) => preparing.failed(&stop.into()),
        }
    }
}

impl MoveContext {
    /// The page for the answer.
    async fn answer(&self, notices: &Notices, operator: &Operator, answer: MoveAnswer) -> Response {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match answer {
            MoveAnswer::NeedsReason(review) => {
                self.reviewed(*review, Told::missing(unprocessable, "Enter a reason."))
            }
            MoveAnswer::NeedsConfirmation(review) => {
                let told = "Review what would happen, then select the checkbox.";
                self.reviewed(*review, Told::missing(unprocessable, told))
            }
            MoveAnswer::Started(outcome) => match started(&self.app, notices, outcome).await {
                Ok(answer) => answer,
                Err(NotStarted::Busy(other)) => {
                    let told = format!(
                        "Run {other} is using one of these versions. Nothing was moved. Try again after it has ended."
                    );
                    self.kept(StatusCode::CONFLICT, "Another run is in progress", told)
                }
                Err(NotStarted::Password(problem)) => {
                    self.reviewed_again(operator, Told::password(problem)).await
                }
                Err(NotStarted::Words(status, text)) => {
                    self.reviewed_again(operator, Told::missing(status, &text))
                        .await
                }
            },
            MoveAnswer::Not(words) => self.kept(unprocessable, "These jobs can’t be moved", words),
        }
    }

    /// The dry run as it is now, with what was told of the move.
    async fn reviewed_again(&self, operator: &Operator, told: Told) -> Response {
        let wish = match self.form.wish(&self.app) {
            Ok(wish) => wish,
            Err(error) => return self.failed(&error),
        };
        match self.app.services.review_move(operator, &wish).await {
            Ok(Ok(review)) => self.reviewed(review, told),
            Ok(Err(words)) => self.kept(
                StatusCode::UNPROCESSABLE_ENTITY,
                "These jobs can’t be moved",
                words,
            ),
            Err(stop) => self.failed(&stop.into()),
        }
    }

    fn reviewed(&self, review: MoveDryRun, told: Told) -> Response {
        let page = MoveReviewPage::new(self, review, &told);
        let mut answer = Page::with(told.status, page).into_response();
        if let Some(problem) = &told.password {
            problem.add_headers(&mut answer);
        }
        answer
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
