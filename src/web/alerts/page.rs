//! The page, and its forms that silence alerts and end a silence.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rows::{AlertRow, SilenceRow, WebhookRow};
use crate::domain::access::{Action, Operator};
use crate::domain::alerts::book::Alert;
use crate::service::alerts::silences::{SilenceRequest, Silenced};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::request::address::Form;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The notices of what was done.
const SILENCED: &str = "alerts-silenced";
const UNSILENCED: &str = "alerts-unsilenced";

/// The times that the form offers, and in words.
const LASTS: [(&str, &str); 7] = [
    ("30m", "30 minutes"),
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("12h", "12 hours"),
    ("1d", "1 day"),
    ("7d", "7 days"),
    ("30d", "30 days"),
];

/// The form of a silence, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SilenceForm {
    #[serde(default)]
    watch: String,
    #[serde(default)]
    queues: String,
    #[serde(default)]
    lasts: String,
    #[serde(default)]
    why: String,
}

/// A choice of the form: its value, its words, and whether it is chosen.
type Chosen = (String, String, bool);

/// The page.
#[derive(Template)]
#[template(path = "alerts/page.html")]
pub(crate) struct AlertsPage {
    frame: Frame,
    away: AwayView,
    /// What was just done, or why it was not.
    notice: Option<(bool, String)>,
    firing: Vec<AlertRow>,
    pending: Vec<AlertRow>,
    recent: Vec<AlertRow>,
    left_out: String,
    silences: Vec<SilenceRow>,
    rules: Vec<String>,
    has_rules: bool,
    may_see_rules: bool,
    webhooks: Option<Vec<WebhookRow>>,
    may_silence: bool,
    form: SilenceForm,
    problem: String,
    watches: Vec<Chosen>,
    lasts: Vec<Chosen>,
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
        let seen = app.services.alerts_seen(operator);
        let rows = |alerts: &[Alert]| {
            alerts
                .iter()
                .map(|alert| AlertRow::new(app, alert))
                .collect()
        };
        Self {
            frame: app.frame(operator, "alerts"),
            away: AwayView::new(app, &app.services.overview().now()),
            notice: None,
            firing: seen
                .firing
                .iter()
                .map(|one| AlertRow::firing(app, one))
                .collect(),
            pending: rows(&seen.pending),
            recent: seen
                .recent
                .iter()
                .map(|past| AlertRow::past(app, past))
                .collect(),
            left_out: match seen.left_out {
                0 => String::new(),
                left_out => thousands(left_out),
            },
            silences: (seen.silences.iter())
                .map(|silence| SilenceRow::new(silence, operator))
                .collect(),
            has_rules: !app.services.rules().alerts.is_empty(),
            may_see_rules: operator.scope().is_everything(),
            rules: seen.rules,
            webhooks: seen
                .webhooks
                .map(|seen| seen.iter().map(WebhookRow::new).collect()),
            may_silence: operator.may_anywhere(Action::SilenceAlerts),
            watches: watch_choices(&seen.watches, &form),
            lasts: lasts_choices(&form),
            form,
            problem,
        }
    }
}

fn watch_choices(watches: &[String], form: &SilenceForm) -> Vec<Chosen> {
    let choice = |watch: &String| (watch.clone(), watch.clone(), *watch == form.watch);
    watches.iter().map(choice).collect()
}

fn lasts_choices(form: &SilenceForm) -> Vec<Chosen> {
    let chosen = match form.lasts.as_str() {
        "" => "4h",
        chosen => chosen,
    };
    let choices = LASTS.iter();
    let choices = choices.map(|(value, words)| {
        let is_chosen = *value == chosen;
        ((*value).to_owned(), (*words).to_owned(), is_chosen)
    });
    choices.collect()
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
