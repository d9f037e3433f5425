//! One's own account: name, role and queues, and the form that changes one's password.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::sign_in::begin;
use crate::domain::access::Operator;
use crate::service::accounts::sign_in::PasswordChanged;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::When;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::password_field::PasswordField;
use crate::web::request::address::Form;
use crate::web::request::fresh_password::{PasswordAgain, TypedPassword};
use crate::web::request::session::SignedInUser;

/// The page of one's own account.
#[derive(Template)]
#[template(path = "accounts/account.html")]
pub(crate) struct AccountPage {
    frame: Frame,
    name: String,
    role: &'static str,
    /// The queues that this person may see, in words.
    scope: String,
    /// The problem with the new password; empty if there is none.
    problem: String,
    /// Whether the password was just changed.
    changed: bool,
    /// The field for the password, unless the one that was typed before still counts.
    confirm: Option<PasswordField>,
    /// Until when it counts.
    fresh_until: Option<When>,
}

/// The fields of the form.
#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    present: String,
    new: String,
    again: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Page<AccountPage> {
    Page::ok(view(&app, &operator, String::new(), false))
}

pub(crate) async fn change_password(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    session: Session,
    Form(form): Form<PasswordForm>,
) -> Result<Page<AccountPage>, PageError> {
    let wrong = |problem: String| {
        let page = view(&app, &operator, problem, false);
        Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page))
    };
    if form.new != form.again {
        return wrong("The new password and its repetition differ.".to_owned());
    }
    let changed = app
        .services
        .change_password(&operator, form.present, form.new)
        .await?;
    match changed {
        PasswordChanged::Yes(visit) => {
            begin(&session, visit).await?;
            Ok(Page::ok(view(&app, &operator, String::new(), true)))
        }
        PasswordChanged::WrongPresent => wrong("The present password is wrong.".to_owned()),
        PasswordChanged::Wait(left) => wrong(format!(
            "Too many tries failed. Wait {} s before the next one.",
            left.as_secs() + 1
        )),
        PasswordChanged::Bad(bad) => wrong(format!("Not taken: {bad}.")),
    }
}

/// The field of the form that confirms the password.
#[derive(Deserialize)]
pub(crate) struct ConfirmForm {
    password: TypedPassword,
}

/// Confirms the password for this session, for the forms that take it and do not ask for it themselves.
pub(crate) async fn confirm(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    password: PasswordAgain,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, PageError> {
    let confirmed = password.confirm(&app, operator.clone(), form.password);
    Ok(match confirmed.await? {
        Ok(operator) => Page::ok(view(&app, &operator, String::new(), false)).into_response(),
        Err(problem) => {
            let mut page = view(&app, &operator, String::new(), false);
            page.confirm = PasswordField::unless_fresh(Some(&operator), Some(&problem));
            let mut answer = Page::with(problem.status, page).into_response();
            problem.add_headers(&mut answer);
            answer
        }
    })
}

fn view(app: &App, operator: &Operator, problem: String, changed: bool) -> AccountPage {
    AccountPage {
        frame: app.frame(operator, "account"),
        name: operator.name().to_owned(),
        role: operator.role().name(),
        scope: operator.scope().to_string(),
        problem,
        changed,
        confirm: PasswordField::unless_fresh(Some(operator), None),
        fresh_until: operator.fresh_until().map(When::of),
    }
}
