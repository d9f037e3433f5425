//! Undoing all edits of a run: the dry run, and the form that begins it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::run::{Run, RunId};
use crate::domain::undo_run::UndoRunSpec;
use crate::service::large_texts::memory_budget::BRIEFLY;
use crate::service::undo_run::dry_run::UndoDryRun;
use crate::service::undo_run::{UndoRunAnswer, can_undo};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::session::SignedInUser;
use crate::web::runs::figures::UNDO;
use crate::web::runs::to_run;

/// The memory that the data of a batch takes while it is judged, in bytes.
const ROOM: u64 = 8 * 1024 * 1024;

/// The run that is to be undone.
#[derive(Debug, Deserialize)]
pub(crate) struct UndoRunAt {
    id: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct UndoRunForm {
    id: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

/// A job that would stay as it is.
#[derive(Debug)]
struct StayView {
    id: String,
    href: String,
    why: &'static str,
}

/// The dry run.
#[derive(Template)]
#[template(path = "undo/run.html")]
pub(crate) struct UndoRunPage {
    frame: Frame,
    run: String,
    run_href: String,
    runs_href: String,
    queue: String,
    queue_href: String,
    /// Why it was not begun: a title and a text.
    notice: Option<(&'static str, String)>,
    would: String,
    none: bool,
    total: String,
    looked_at: String,
    complete: bool,
    /// How many of the run's edits the log has lost; empty for none.
    lost: String,
    /// How many jobs are in another state than when they were edited; empty for none.
    elsewhere: String,
    reasons: Vec<(String, &'static str)>,
    listed: Vec<StayView>,
    reason: String,
    reason_missing: bool,
    action: String,
}

fn run_id(text: &str) -> Result<RunId, PageError> {
    RunId::parse(text).ok_or_else(|| PageError::not_found(format!("There is no run {text:?}.")))
}

pub(crate) async fn review(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<UndoRunAt>,
) -> Result<Response, PageError> {
    let id = run_id(&at.id)?;
    let (run, spec) = app.services.run_to_undo(&operator, &id).await?;
    if let Err(words) = can_undo(&run) {
        return Err(can_not(words));
    }
    let reason = format!("Undo of run {id}: {}", run.reason);
    let asked = (&run, &spec);
    page(
        &app,
        &operator,
        asked,
        (StatusCode::OK, None),
        reason,
        false,
    )
    .await
}

pub(crate) async fn begin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<UndoRunForm>,
) -> Result<Response, PageError> {
    let id = run_id(&form.id)?;
    let confirmed = !form.confirm.is_empty();
    let answer = app
        .services
        .begin_undo_run(&operator, &id, &form.reason, confirmed)
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(stop) => return refused(&app, &operator, &id, form.reason, stop.into()).await,
    };
    const NOTHING: &str = "Nothing was changed";
    let (status, notice, reason_missing) = match answer {
        UndoRunAnswer::Begun(id) => return Ok(to_run(&app, &id)),
        UndoRunAnswer::Not(words) => return Err(can_not(words)),
        UndoRunAnswer::NeedsReason(bad) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            (NOTHING, bad.to_string()),
            true,
        ),
        UndoRunAnswer::NeedsConfirmation => (
            StatusCode::UNPROCESSABLE_ENTITY,
            (
                NOTHING,
                "Review what would happen, then select the checkbox.".to_owned(),
            ),
            false,
        ),
        UndoRunAnswer::Busy(other) => (
            StatusCode::CONFLICT,
            (
                "Another run is in progress",
                format!(
                    "Run {other} is using this queue. Nothing was changed. Try again after it has ended."
                ),
            ),
            false,
        ),
    };
    let (run, spec) = app.services.run_to_undo(&operator, &id).await?;
    let asked = (&run, &spec);
    page(
        &app,
        &operator,
        asked,
        (status, Some(notice)),
        form.reason,
        reason_missing,
    )
    .await
}

/// The page with the reason that was typed and why it was not begun; the error alone where the run can't be shown either.
async fn refused(
    app: &App,
    operator: &Operator,
    id: &RunId,
    reason: String,
    error: PageError,
) -> Result<Response, PageError> {
    let Ok((run, spec)) = app.services.run_to_undo(operator, id).await else {
        return Err(error);
    };
    let told = (error.status(), Some(error.told()));
    match page(app, operator, (&run, &spec), told, reason, false).await {
        Ok(mut answer) => {
            error.add_headers(&mut answer);
            Ok(answer)
        }
        Err(_) => Err(error),
    }
}

fn can_not(words: &'static str) -> PageError {
    PageError::new(
        StatusCode::CONFLICT,
        "This run can't be undone",
        words,
        "Nothing was changed.",
    )
}

/// The page with what would happen now.
async fn page(
    app: &App,
    operator: &Operator,
    (run, spec): (&Run, &UndoRunSpec),
    (status, notice): (StatusCode, Option<(&'static str, String)>),
    reason: String,
    reason_missing: bool,
) -> Result<Response, PageError> {
    let _room = app.services.room().take(ROOM, BRIEFLY).await?;
    let found: UndoDryRun = app.services.dry_run_of_undo(operator, run, spec).await?;
    let links = app.links();
    let lost = match found.complete {
        true => found.total.saturating_sub(found.looked_at),
        false => 0,
    };
    let if_any = |count: u64| match count {
        0 => String::new(),
        count => thousands(count),
    };
    let page = UndoRunPage {
        frame: app.frame(operator, "runs"),
        run: run.id.as_str().to_owned(),
        run_href: links.to("/run", &[("id", run.id.as_str())]),
        runs_href: links.to("/runs", &[]),
        queue: run.source.name().to_owned(),
        queue_href: links.queue(&run.source, &[]),
        notice,
        would: thousands(found.would),
        none: found.would == 0 && found.complete,
        total: thousands(found.total),
        looked_at: thousands(found.looked_at),
        complete: found.complete,
        lost: if_any(lost),
        elsewhere: if_any(found.elsewhere),
        reasons: found
            .stays
            .iter()
            .map(|(why, count)| (thousands(*count), why.words()))
            .collect(),
        listed: found
            .listed
            .iter()
            .map(|(id, why)| StayView {
                id: id.as_str().to_owned(),
                href: links.job(&run.source, id),
                why: why.words(),
            })
            .collect(),
        reason,
        reason_missing,
        action: links.to(UNDO, &[]),
    };
    Ok(Page::with(status, page).into_response())
}
