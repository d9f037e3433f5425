//! The forms that decide on a proposal: approve, reject, withdraw.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::one::{APPROVED, BEGUN, ProposalAt, REJECTED, WITHDRAWN, drawn};
use super::proposal_href;
use crate::domain::access::Operator;
use crate::domain::proposals::{ProposalId, ProposalStatus};
use crate::service::error::ServiceError;
use crate::service::proposals::decided::Decided;
use crate::web::app::App;
use crate::web::html::error::{PageError, sentence};
use crate::web::request::address::Form;
use crate::web::request::fresh_password::{PasswordAgain, PasswordProblem, TypedPassword};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The fields of each of the forms.
#[derive(Debug, Deserialize)]
pub(crate) struct DecisionForm {
    #[serde(flatten)]
    at: ProposalAt,
    /// Why it is rejected.
    #[serde(default)]
    why: String,
    #[serde(default)]
    password: TypedPassword,
}

pub(crate) async fn approve(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    password: PasswordAgain,
    Form(form): Form<DecisionForm>,
) -> Result<Response, PageError> {
    let id = form.at.proposal()?;
    let decided = app.services.approve_proposal(&operator, &id).await?;
    // A password is looked at only of someone who may approve.
    if matches!(decided, Decided::NeedsPassword) && !form.password.is_empty() {
        let confirmed = password.confirm(&app, operator.clone(), form.password);
        let operator = match confirmed.await? {
            Ok(operator) => operator,
            Err(problem) => {
                let status = problem.status;
                return drawn(&app, &operator, &id, Some(&problem), |_| status).await;
            }
        };
        let decided = app.services.approve_proposal(&operator, &id).await?;
        return answer(&app, &operator, &id, &notices, decided, form.why).await;
    }
    answer(&app, &operator, &id, &notices, decided, form.why).await
}

pub(crate) async fn reject(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<DecisionForm>,
) -> Result<Response, PageError> {
    let id = form.at.proposal()?;
    let decided = app.services.reject_proposal(&operator, &id, &form.why);
    match decided.await {
        Ok(decided) => answer(&app, &operator, &id, &notices, decided, form.why).await,
        Err(ServiceError::BadReason(bad)) => {
            drawn(&app, &operator, &id, None, |page| {
                page.why = form.why;
                page.why_problem = format!("Nothing was done. {bad}");
                StatusCode::UNPROCESSABLE_ENTITY
            })
            .await
        }
        Err(stop) => {
            let error = PageError::from(stop);
            let (title, text) = error.told();
            let kept = drawn(&app, &operator, &id, None, |page| {
                page.why = form.why;
                page.notice = Some((false, format!("{title}. {text}")));
                error.status()
            });
            // Where the proposal can't be shown either, there is no page to keep the reason on.
            match kept.await {
                Ok(mut answer) => {
                    error.add_headers(&mut answer);
                    Ok(answer)
                }
                Err(_) => Err(error),
            }
        }
    }
}

pub(crate) async fn withdraw(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<DecisionForm>,
) -> Result<Response, PageError> {
    let id = form.at.proposal()?;
    let decided = app.services.withdraw_proposal(&operator, &id).await?;
    answer(&app, &operator, &id, &notices, decided, form.why).await
}

/// The page of the proposal with what became of the decision; a reason that was typed stays there.
async fn answer(
    app: &App,
    operator: &Operator,
    id: &ProposalId,
    notices: &Notices,
    decided: Decided,
    why: String,
) -> Result<Response, PageError> {
    let what = match &decided {
        Decided::Applied(_) => APPROVED,
        Decided::Begun(_) => BEGUN,
        Decided::Closed(ProposalStatus::Withdrawn) => WITHDRAWN,
        Decided::Closed(_) => REJECTED,
        _ => return not_done(app, operator, id, decided, why).await,
    };
    let address = proposal_href(app, id);
    notices.leave(&address, what, "").await;
    Ok(Redirect::to(&address).into_response())
}

async fn not_done(
    app: &App,
    operator: &Operator,
    id: &ProposalId,
    decided: Decided,
    why: String,
) -> Result<Response, PageError> {
    let (status, text) = match decided {
        Decided::NeedsPassword => {
            let problem = PasswordProblem::missing();
            let status = problem.status;
            let drawn = drawn(app, operator, id, Some(&problem), |page| {
                page.why = why;
                status
            });
            return drawn.await;
        }
        Decided::NotSecond(not) => (StatusCode::FORBIDDEN, sentence(&not.to_string())),
        Decided::Before(status) => {
            let text = format!("It is {} already.", status.name());
            (StatusCode::CONFLICT, text)
        }
        Decided::Past(status, why) => {
            let why = why.trim_end_matches('.');
            let text = format!("It is {} now: {why}.", status.name());
            (StatusCode::CONFLICT, text)
        }
        Decided::NotNow(why) => (StatusCode::CONFLICT, sentence(&why)),
        // The page that follows says these.
        Decided::Applied(_) | Decided::Begun(_) | Decided::Closed(_) => {
            (StatusCode::OK, String::new())
        }
    };
    drawn(app, operator, id, None, |page| {
        page.why = why;
        let nothing = match page.is_run() {
            true => "Nothing was begun.",
            false => "Nothing was saved.",
        };
        page.notice = Some((false, format!("{nothing} {text}")));
        status
    })
    .await
}
