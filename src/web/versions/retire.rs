//! The page that retires a version: the obstacles, what would be removed, and the form that begins the run.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::audit::reason::{BadReason, LONGEST_REASON, Need, Reason};
use crate::domain::queue::QueueId;
use crate::service::versions::retire::facts::LOOKED_AT;
use crate::service::versions::retire::{RetireOutcome, RetireRequest, RetireSeen};
use crate::web::app::App;
use crate::web::html::error::{PageError, sentence};
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::forms::encoded_names::typable;
use crate::web::request::session::SignedInUser;
use crate::web::runs::to_run;

/// The fields of the form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WishAt {
    #[serde(default)]
    typed: String,
    #[serde(default)]
    reason: String,
}

/// The page that retires a version.
#[derive(Template)]
#[template(path = "versions/retire.html")]
pub(crate) struct RetirePage {
    frame: Frame,
    queue: String,
    /// The prefix as the form names it.
    prefix: String,
    queue_href: String,
    /// The family, its page, and this version's label.
    family: String,
    family_href: String,
    version: String,
    /// The obstacles, and what to do about each.
    obstacles: Vec<(String, &'static str)>,
    completed: String,
    failed: String,
    /// Completed and failed jobs together.
    jobs: String,
    /// The estimated bytes that would be freed; empty if Redis does not say.
    bytes: String,
    /// How many jobs of each state were checked for live flows, if there are more.
    looked_at: String,
    /// The address that the form is sent to, and this page's own address.
    action: String,
    href: String,
    /// What was typed, and what is wrong with it.
    typed: String,
    reason: String,
    typed_wrong: bool,
    /// What is wrong with the reason; empty where nothing is.
    reason_wrong: String,
    longest_reason: usize,
}

impl RetirePage {
    fn new(app: &App, frame: Frame, queue: &QueueId, seen: &RetireSeen) -> Self {
        let links = app.links();
        let lineage = &seen.version.lineage;
        let (completed, failed) = (seen.counts.completed, seen.counts.failed);
        let named = [
            ("queue", queue.name()),
            ("prefix", links.prefix(queue.prefix())),
        ];
        Self {
            frame,
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            queue_href: links.queue(queue, &[]),
            family: lineage.family.clone(),
            family_href: links.family(queue.prefix(), &lineage.family, "/family"),
            version: lineage.label.clone(),
            obstacles: seen
                .obstacles
                .iter()
                .map(|obstacle| (sentence(&obstacle.to_string()), obstacle.advice()))
                .collect(),
            completed: thousands(completed),
            failed: thousands(failed),
            jobs: thousands(completed + failed),
            bytes: seen
                .memory
                .as_ref()
                .map_or(String::new(), |memory| bytes(memory.total())),
            looked_at: match completed.max(failed) > LOOKED_AT {
                true => thousands(LOOKED_AT),
                false => String::new(),
            },
            action: links.to("/family/retire", &[]),
            href: links.to("/family/retire", &named),
            typed: String::new(),
            reason: String::new(),
            typed_wrong: false,
            reason_wrong: String::new(),
            longest_reason: LONGEST_REASON,
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
) -> Result<Page<RetirePage>, PageError> {
    let queue = at.queue(&app)?;
    let seen = app.services.retire_look(&operator, &queue).await?;
    let frame = app.frame(&operator, "");
    Ok(Page::ok(RetirePage::new(&app, frame, &queue, &seen)))
}

/// The form: the queue, and what was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct RetireAt {
    queue: String,
    #[serde(default)]
    prefix: String,
    #[serde(flatten)]
    wish: WishAt,
}

pub(crate) async fn retire(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RetireAt>,
) -> Result<Response, PageError> {
    let queue = QueueAt::named(&at.queue, &at.prefix).queue(&app)?;
    let typed = match at.wish.typed == typable(queue.name()) {
        true => queue.name().to_owned(),
        false => at.wish.typed,
    };
    let wish = RetireRequest {
        typed,
        reason: at.wish.reason,
    };
    let outcome = match app.services.retire(&operator, &queue, &wish).await {
        Ok(outcome) => outcome,
        Err(stop) => {
            let (app, operator, queue) = (&app, &operator, &queue);
            let page = |status, (_, text)| async move {
                let seen = app.services.retire_look(operator, queue).await?;
                let page = RetirePage {
                    reason_wrong: text,
                    typed: wish.typed,
                    reason: wish.reason,
                    ..RetirePage::new(app, app.frame(operator, ""), queue, &seen)
                };
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    match outcome {
        RetireOutcome::Begun(id) => Ok(to_run(&app, &id)),
        RetireOutcome::Busy(other) => Err(PageError::taken(format!(
            "The run {other} has this version; look at how it stands first."
        ))),
        RetireOutcome::Refused(_) => {
            let seen = app.services.retire_look(&operator, &queue).await?;
            let status = match seen.obstacles.is_empty() {
                true => StatusCode::UNPROCESSABLE_ENTITY,
                false => StatusCode::CONFLICT,
            };
            let page = RetirePage {
                typed_wrong: wish.typed != queue.name(),
                reason_wrong: match Reason::parse(&wish.reason, Need::Required) {
                    Ok(_) => String::new(),
                    Err(BadReason::Missing) => "enter a reason.".to_owned(),
                    Err(bad) => bad.to_string(),
                },
                typed: wish.typed,
                reason: wish.reason,
                ..RetirePage::new(&app, app.frame(&operator, ""), &queue, &seen)
            };
            Ok(Page::with(status, page).into_response())
        }
    }
}
