//! Signing in and out.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use crate::service::accounts::first_admin::SetUpLink;
use crate::service::accounts::session::{SessionData, store_error};
use crate::service::accounts::sign_in::SignedIn as Outcome;
use crate::service::error::{ServiceError, StoreError};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::client::Caller;
use crate::web::request::session::{SignedInUser, VISIT, session_error};

/// The sign-in page.
#[derive(Template, Default)]
#[template(path = "accounts/sign_in.html")]
pub(crate) struct SignInPage {
    frame: Frame,
    /// The name that was typed.
    name: String,
    /// The page to go to afterwards.
    next: String,
    /// The problem with the last attempt; empty if there is none.
    problem: String,
    /// How the first user is made; empty where there is one.
    first_run: &'static str,
}

/// What is said of the link for the first admin where there is no user.
fn first_run(link: SetUpLink) -> &'static str {
    match link {
        SetUpLink::NotNeeded => "",
        SetUpLink::Printed => {
            "Open the set-up link that Bullkeeper printed when it started, in its terminal or log, to make the first admin. To \
             print a new one, restart bullkeeper serve."
        }
        SetUpLink::Expired => {
            "The set-up link has expired. Restart bullkeeper serve: it prints a new link in its terminal or log, which works for \
             15 minutes."
        }
    }
}

/// The page to go to afterwards.
#[derive(Debug, Deserialize)]
pub(crate) struct NextAt {
    #[serde(default)]
    next: String,
}

/// The fields of the form.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn form(State(app): State<App>, Query(at): Query<NextAt>) -> Page<SignInPage> {
    Page::ok(SignInPage {
        frame: app.frame_for_anyone(),
        next: at.next,
        first_run: first_run(app.services.set_up_link().await),
        ..SignInPage::default()
    })
}

pub(crate) async fn sign_in(
    State(app): State<App>,
    Caller(origin): Caller,
    session: Session,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    let name = form.name.trim();
    let hint = first_run(app.services.set_up_link().await);
    let refused = |status: StatusCode, problem: String| {
        let page = SignInPage {
            frame: app.frame_for_anyone(),
            name: name.to_owned(),
            next: form.next.clone(),
            problem,
            first_run: hint,
        };
        Page::with(status, page).into_response()
    };
    let kept = match app.services.sign_in(name, form.password, origin).await {
        Ok(Outcome::Yes(visit)) => keep(&session, visit).await.map_err(ServiceError::Store),
        Ok(Outcome::No) => {
            return Ok(refused(
                StatusCode::UNAUTHORIZED,
                "The name or the password is wrong, or this user may not sign in.".to_owned(),
            ));
        }
        Ok(Outcome::Wait(left)) => {
            let seconds = left.as_secs() + 1;
            let mut response = refused(
                StatusCode::TOO_MANY_REQUESTS,
                format!("Too many tries failed. Wait {seconds} s before the next one."),
            );
            let wait = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, wait);
            return Ok(response);
        }
        Err(stop) => Err(stop),
    };
    match kept {
        Ok(()) => Ok(Redirect::to(&after(&app, &form.next)).into_response()),
        Err(stop) => match writes_refused(&stop) {
            Some(problem) => Ok(refused(StatusCode::SERVICE_UNAVAILABLE, problem)),
            None => Err(stop.into()),
        },
    }
}

/// The message if nobody can sign in because Redis takes no writes; `None` for other errors.
fn writes_refused(stop: &ServiceError) -> Option<String> {
    let ServiceError::Store(error @ StoreError::Refused(_)) = stop else {
        return None;
    };
    tracing::warn!(%error, "nobody can sign in: Redis refuses writes");
    Some(format!(
        "{}. Nobody can sign in until Redis accepts writes again. People who are signed in already can go on reading.",
        error.plain()
    ))
}

pub(crate) async fn sign_out(
    State(app): State<App>,
    session: Session,
    signed_in: Result<SignedInUser, PageError>,
) -> Result<Redirect, PageError> {
    if let Ok(SignedInUser(operator)) = signed_in {
        app.services.sign_out(&operator).await;
    }
    session.flush().await.map_err(session_error)?;
    Ok(Redirect::to(&app.links().to("/sign-in", &[])))
}

/// Begins a session under a new id, so that an id that someone planted before the sign-in is worthless.
pub(crate) async fn begin(session: &Session, visit: SessionData) -> Result<(), PageError> {
    keep(session, visit).await.map_err(PageError::from)
}

async fn keep(session: &Session, visit: SessionData) -> Result<(), StoreError> {
    session.cycle_id().await.map_err(store_error)?;
    session.insert(VISIT, visit).await.map_err(store_error)?;
    // The session layer would save it after the page is made, too late to say why that failed.
    session.save().await.map_err(store_error)
}

/// The page to go to after signing in; always one of Bullkeeper's own.
fn after(app: &App, next: &str) -> String {
    let home = app.links().to("/", &[]);
    // Browsers drop a tab or line break from an address before they read it.
    let odd = |c: char| c == '\\' || c.is_control();
    let ours = next.starts_with(&home) && !next.starts_with("//") && !next.contains(odd);
    match ours {
        true => next.to_owned(),
        false => home,
    }
}
