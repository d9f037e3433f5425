//! Saying which version of a family is the current one: the page that asks why, and the form.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::queue::QueueId;
use crate::service::error::ServiceError;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::notices::{Done, Notices};
use crate::web::request::session::SignedInUser;

/// The version to pin or unpin, and the reason.
#[derive(Debug, Deserialize)]
pub(crate) struct PinAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    reason: String,
}

/// The page that asks before a version is pinned or unpinned.
#[derive(Template)]
#[template(path = "versions/pin.html")]
pub(crate) struct PinPage {
    frame: Frame,
    queue: String,
    prefix: String,
    family: String,
    family_href: String,
    /// `Pin`, `Unpin`.
    verb: &'static str,
    consequences: &'static str,
    /// Where the form is sent.
    action: String,
    reason: String,
    /// What is wrong with the reason; empty for nothing.
    problem: String,
    needs_reason: bool,
    longest_reason: usize,
}

/// Which of both is done.
#[derive(Debug, Clone, Copy)]
enum Pinning {
    Pin,
    Unpin,
}

impl Pinning {
    fn path(self) -> &'static str {
        match self {
            Self::Pin => "/family/pin",
            Self::Unpin => "/family/unpin",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Pin => "Pin",
            Self::Unpin => "Unpin",
        }
    }

    fn consequences(self) -> &'static str {
        match self {
            Self::Pin => {
                "Everyone sees this version as the current one, whatever its workers say, until it is unpinned. A pin on another \
                 version of the family moves here. Jobs and workers go on as before."
            }
            Self::Unpin => {
                "The newest version with workers becomes the current one again. Jobs and workers go on as before."
            }
        }
    }

    /// What the family's page is told was done.
    fn done(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Unpin => "unpin",
        }
    }
}

pub(crate) async fn confirm_pin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
) -> Result<Page<PinPage>, PageError> {
    confirm(&app, &operator, &at, Pinning::Pin).await
}

pub(crate) async fn confirm_unpin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
) -> Result<Page<PinPage>, PageError> {
    confirm(&app, &operator, &at, Pinning::Unpin).await
}

pub(crate) async fn pin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(at): Form<PinAt>,
) -> Result<Response, PageError> {
    set(&app, &operator, &notices, at, Pinning::Pin).await
}

pub(crate) async fn unpin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(at): Form<PinAt>,
) -> Result<Response, PageError> {
    set(&app, &operator, &notices, at, Pinning::Unpin).await
}

async fn confirm(
    app: &App,
    operator: &Operator,
    at: &QueueAt,
    pinning: Pinning,
) -> Result<Page<PinPage>, PageError> {
    let queue = at.queue(app)?;
    app.services
        .check_may(operator, Action::PinVersion, &queue, None)
        .await?;
    app.services.check_queue(operator, &queue).await?;
    Ok(Page::ok(page(app, operator, &queue, pinning)))
}

fn page(app: &App, operator: &Operator, queue: &QueueId, pinning: Pinning) -> PinPage {
    let links = app.links();
    let family = app.services.rules().pattern.split(queue.name()).family;
    PinPage {
        frame: app.frame(operator, ""),
        queue: queue.name().to_owned(),
        prefix: links.prefix(queue.prefix()).to_owned(),
        family_href: links.family(queue.prefix(), &family, "/family"),
        family,
        verb: pinning.verb(),
        consequences: pinning.consequences(),
        action: links.to(pinning.path(), &[]),
        reason: String::new(),
        problem: String::new(),
        needs_reason: app.services.rules().require_reason,
        longest_reason: LONGEST_REASON,
    }
}

async fn set(
    app: &App,
    operator: &Operator,
    notices: &Notices,
    at: PinAt,
    pinning: Pinning,
) -> Result<Response, PageError> {
    let queue = QueueAt::named(&at.queue, &at.prefix).queue(app)?;
    let pinned = matches!(pinning, Pinning::Pin);
    let pin = app.services.pin(operator, &queue, pinned, &at.reason);
    match pin.await {
        Err(ServiceError::BadReason(problem)) => {
            let asked_again = PinPage {
                problem: format!("Nothing was changed. {problem}"),
                reason: at.reason,
                ..page(app, operator, &queue, pinning)
            };
            return Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, asked_again).into_response());
        }
        Err(stop) => {
            let asked_again = page(app, operator, &queue, pinning);
            let page = |status, (_, text)| async move {
                let page = PinPage {
                    problem: text,
                    reason: at.reason,
                    ..asked_again
                };
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
        Ok(_) => {}
    };
    let family = app.services.rules().pattern.split(queue.name()).family;
    let links = app.links();
    // Back to the row of buttons, which the page would otherwise scroll away from.
    let address = links.family(queue.prefix(), &family, "/family");
    let address = format!("{address}#act");
    notices.leave(&address, pinning.done(), queue.name()).await;
    Ok(Redirect::to(&address).into_response())
}

/// What the family's page says of what was just done, as things are; nothing where that is not so any more.
pub(crate) fn notice(done: Option<Done>, is_pinned: impl Fn(&str) -> Option<bool>) -> String {
    let Some(Done { what, about }) = done else {
        return String::new();
    };
    match (what.as_str(), is_pinned(&about)) {
        ("pin", Some(true)) => format!("{about} is pinned as the current version."),
        ("unpin", Some(false)) => format!("{about} is no longer pinned."),
        _ => String::new(),
    }
}
