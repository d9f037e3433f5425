//! Editing a job's data in the browser: the editor, the review of a change, a conflict.
//!
//! Whatever keeps an edit from being saved, the answer is a page that still holds the person's text.

pub(crate) mod answer;
pub(crate) mod check;
pub(crate) mod draft;
pub(crate) mod fix;
pub(crate) mod form;
pub(crate) mod page;
pub(crate) mod part;
pub(crate) mod policy;
pub(crate) mod problems;
mod rejection;
pub(crate) mod review;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::edit::Opened;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::drafts::{DraftStamp, KeptDraft};
use crate::service::edit::request::EditRequest;
use crate::service::edit::save::Edited;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::forms::large::keeping;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use form::{AfterSave, EditContext, SubmittedEdit};
use page::{EditPage, TooLargePage};

/// Data larger than this, in bytes, is edited in parts unless one asks for the whole text.
const PARTS_ABOVE: u64 = 1_000_000;

/// How the editor is opened.
#[derive(Debug, Deserialize)]
pub(crate) struct EditorAt {
    /// `1` for the whole text, however large it is.
    #[serde(default)]
    whole: String,
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<JobAt>,
    Query(how): Query<EditorAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        let page = TooLargePage::new(&app, &operator, &queue, &id, size, limit);
        return Ok(Page::with(StatusCode::PAYLOAD_TOO_LARGE, page).into_response());
    }
    if size > PARTS_ABOVE && how.whole != "1" {
        // A draft is of the whole text.
        let draft = services.own_draft(&operator, &queue, &id).await?;
        if draft.is_none() {
            let parts = app.links().of_job(part::PATH, &queue, &id, &[]);
            return Ok(Redirect::to(&parts).into_response());
        }
    }
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let opened = services.open_job(&operator, &queue, &id).await?;
    let kept = services.own_draft(&operator, &queue, &id).await?;
    if let Some(kept) = kept {
        let answer = with_draft(&app, (operator, notices), (queue, id), &opened, kept).await;
        return Ok(keeping(room, answer?));
    }
    let size = opened.text.len() + opened.pretty.len();
    let work = {
        let app = app.clone();
        move || {
            let editing = EditContext {
                app,
                operator: Some(operator),
                queue,
                id,
                draft: EditRequest {
                    seen: opened.revision.clone(),
                    opened: opened.text.as_str().into(),
                    text: opened.pretty.as_str().into(),
                    reason: String::new(),
                },
                stamp: DraftStamp::default(),
                notices,
                password_problem: None,
            };
            let problems = opened.problems.clone();
            Page::ok(EditPage::new(&editing, Some(&opened), problems)).into_response()
        }
    };
    Ok(keeping(room, run_blocking(size, work).await?))
}

/// The editor with the draft that is kept; where the data was changed since, the conflict of the two.
async fn with_draft(
    app: &App,
    (operator, notices): (Operator, Notices),
    (queue, id): (QueueId, JobId),
    opened: &Opened,
    kept: KeptDraft,
) -> Result<Response, PageError> {
    let KeptDraft { request, stamp } = kept;
    let editing = EditContext {
        app: app.clone(),
        operator: Some(operator.clone()),
        queue,
        id,
        draft: request,
        stamp,
        notices,
        password_problem: None,
    };
    let (at, draft) = ((&editing.queue, &editing.id), &editing.draft);
    if draft.seen != opened.revision {
        let edited = app.services.review_edit(&operator, at.0, at.1, draft).await;
        if let Ok(Edited::Not(EditRejection::Stale(conflict))) = edited {
            return Ok(editing.object(EditRejection::Stale(conflict)).await);
        }
    }
    let problems = app
        .services
        .problems_in_edit(&operator, at, &draft.text, opened)
        .await?;
    let page = EditPage::new(&editing, Some(opened), problems);
    Ok(editing.drawn(Page::ok(page)).await)
}

/// Back from a review or a conflict to the editor, with the text as it was typed; or the editor with a fix in the text.
pub(crate) async fn reopen(mut sent: SubmittedEdit) -> Response {
    let fixed = match sent.fix.is_empty() {
        true => None,
        false => match sent.editing.fix(&sent.operator, &sent.fix).await {
            Ok(fixed) => Some(fixed),
            Err(answer) => return keeping(sent.room, answer),
        },
    };
    if let Err(answer) = sent.editing.keep_draft().await {
        return keeping(sent.room, answer);
    }
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let opened = services
        .open_job(operator, &editing.queue, &editing.id)
        .await;
    let answer = match opened {
        Ok(opened) => {
            let at = (&editing.queue, &editing.id);
            let text = &editing.draft.text;
            match services.problems_in_edit(operator, at, text, &opened).await {
                Ok(problems) => {
                    let page = EditPage::new(editing, Some(&opened), problems);
                    let page = match fixed {
                        Some(fixed) => page.after_fix(fixed),
                        None => page,
                    };
                    editing.drawn(Page::ok(page)).await
                }
                Err(stop) => editing.failed(&stop.into()).await,
            }
        }
        Err(stop) => editing.failed(&stop.into()).await,
    };
    keeping(sent.room, answer)
}

pub(crate) async fn review(mut sent: SubmittedEdit) -> Response {
    match sent.editing.keep_draft().await {
        Ok(true) => return sent.editing.to_review(),
        // No draft can be kept: the review is this form's answer.
        Ok(false) => {}
        Err(answer) => return keeping(sent.room, answer),
    }
    let SubmittedEdit {
        operator, editing, ..
    } = &sent;
    let services = &editing.app.services;
    let edited = services
        .review_edit(operator, &editing.queue, &editing.id, &editing.draft)
        .await;
    let answer = editing.answer(edited).await;
    keeping(sent.room, answer)
}

pub(crate) async fn save(sent: SubmittedEdit) -> Response {
    let SubmittedEdit {
        operator,
        mut editing,
        then,
        typed,
        password,
        _turn,
        room,
        ..
    } = sent;
    let mut edited = save_as(&editing, &operator, then).await;
    // A password is looked at only where the edit takes one.
    if let (Ok(Edited::NeedsPassword(_)), false) = (&edited, typed.is_empty()) {
        match password.confirm(&editing.app, operator, typed).await {
            Ok(Ok(confirmed)) => {
                edited = save_as(&editing, &confirmed, then).await;
                editing.operator = Some(confirmed);
            }
            Ok(Err(problem)) => editing.password_problem = Some(problem),
            Err(error) => return keeping(room, editing.failed(&error).await),
        }
    }
    if let Ok(Edited::Saved { .. } | Edited::Proposed(_) | Edited::Not(EditRejection::Unchanged)) =
        &edited
    {
        editing.drop_draft().await;
    }
    let answer = editing.answer(edited).await;
    keeping(room, answer)
}

async fn save_as(
    editing: &EditContext,
    operator: &Operator,
    then: AfterSave,
) -> Result<Edited, ServiceError> {
    let services = &editing.app.services;
    let (queue, id, draft) = (&editing.queue, &editing.id, &editing.draft);
    match then {
        AfterSave::BreakGlass => services.break_glass(operator, queue, id, draft).await,
        then => {
            let then_retry = then == AfterSave::Retry;
            services
                .save_edit(operator, queue, id, draft, then_retry)
                .await
        }
    }
}
