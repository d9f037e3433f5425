//! The page, and its forms that silence alerts and end a silence.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::now::{AlertsNow, SilenceForm};
use crate::domain::access::Operator;
use crate::service::alerts::silences::{SilenceRequest, Silenced};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::request::address::Form;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The notices of what was done.
const SILENCED: &str = "alerts-silenced";
const UNSILENCED: &str = "alerts-unsilenced";

/// The page.
#[derive(Template)]
#[template(path = "alerts/page.html")]
pub(crate) struct AlertsPage {
    frame: Frame,
    away: AwayView,
    /// What was just done, or why it was not.
    notice: Option<(bool, String)>,
    /// The address of its live changes.
    events: String,
    now: AlertsNow,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
) -> Response {
    let done = notices.take().await;
    let notice = done.and_then(|done| match done.what.as_str() {
        SILENCED => Some((
            true,
            "Silenced. These alerts stay on this page and send nothing.".to_owned(),
        )),
        UNSILENCED => Some((true, "The silence has ended.".to_owned())),
        _ => None,
    });
    let page = AlertsPage {
        notice,
        ..AlertsPage::new(&app, &operator, SilenceForm::default(), String::new())
    };
    Page::ok(page).into_response()
}

impl AlertsPage {
    fn new(app: &App, operator: &Operator, form: SilenceForm, problem: String) -> Self {
        Self {
            frame: app.frame(operator, "alerts"),
            away: AwayView::new(app, &app.services.overview().now()),
            notice: None,
            events: app.links().to("/events/alerts", &[]),
            now: AlertsNow::of(app, operator, form, problem),
        }
    }
}

pub(crate) async fn silence(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<SilenceForm>,
) -> Response {
    let request = SilenceRequest {
        watch: form.watch.clone(),
        queues: form.queues.clone(),
        lasts: form.lasts.clone(),
        why: form.why.clone(),
    };
    let refused = |status, problem| {
        let page = AlertsPage::new(&app, &operator, form, problem);
        Page::with(status, page).into_response()
    };
    match app.services.silence_alerts(&operator, &request).await {
        Ok(Silenced::Done) => back(&app, &notices, SILENCED).await,
        Ok(Silenced::Not(words)) => refused(StatusCode::UNPROCESSABLE_ENTITY, words),
        Err(stop) => {
            let error = PageError::from(stop);
            let (title, text) = error.told();
            let mut answer = refused(error.status(), format!("{title}. {text}"));
            error.add_headers(&mut answer);
            answer
        }
    }
}

/// The silence that is to end.
#[derive(Debug, Deserialize)]
pub(crate) struct SilenceAt {
    id: String,
}

pub(crate) async fn unsilence(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(at): Form<SilenceAt>,
) -> Result<Response, PageError> {
    match app.services.unsilence_alerts(&operator, &at.id).await? {
        true => Ok(back(&app, &notices, UNSILENCED).await),
        false => Err(PageError::not_found(
            "There is no such silence, or it is over.",
        )),
    }
}

async fn back(app: &App, notices: &Notices, what: &str) -> Response {
    let address = app.links().to("/alerts", &[]);
    notices.leave(&address, what, "").await;
    Redirect::to(&address).into_response()
}
