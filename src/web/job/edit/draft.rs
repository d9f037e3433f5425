//! Drafts: a review is shown at an address of its own, from the draft that is kept, so that Back, Forward and reload
//! lose nothing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::EditContext;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::drafts::{DraftKept, DraftStamp};
use crate::service::edit::save::Edited;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::When;
use crate::web::request::address::{Form, JobAt, Query};
use crate::web::request::forms::large::keeping;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

impl EditContext {
    /// Keeps what was typed. The answer, where keeping it says what comes next: the editor again where another window of
    /// the same person has another draft, or the page of what was refused. Where no draft can be kept there is none, and
    /// the text is on the page alone.
    pub(crate) async fn keep_draft(&mut self) -> Result<bool, Response> {
        let Some(operator) = self.operator.clone() else {
            return Ok(false);
        };
        let services = &self.app.services;
        let job = (&self.queue, &self.id);
        let kept = services.keep_draft(&operator, job, &self.draft, &self.stamp.mark);
        match kept.await {
            Ok(DraftKept::Kept(stamp)) => {
                self.stamp = stamp;
                Ok(true)
            }
            Ok(DraftKept::NotKept) => Ok(false),
            Ok(DraftKept::Other(other)) => {
                let text = format!(
                    "Another window of yours kept a different draft of this job at {}. To replace it with the text below, \
                     review your changes again. To see it, open this job's editor in another tab.",
                    When::of(other.kept).at
                );
                self.stamp = DraftStamp {
                    mark: other.mark,
                    kept: 0,
                };
                let title = "There is another draft";
                let status = StatusCode::CONFLICT;
                Err(self.refused(status, title, text, Vec::new()).await)
            }
            Err(ServiceError::Store(error)) => {
                tracing::warn!(%error, "a draft could not be kept");
                Ok(false)
            }
            Err(stop) => Err(self.failed(&stop.into()).await),
        }
    }

    /// Drops the draft that this edit came from.
    pub(crate) async fn drop_draft(&self) {
        let (Some(operator), false) = (&self.operator, self.stamp.mark.is_empty()) else {
            return;
        };
        let services = &self.app.services;
        let dropped = services
            .drop_draft(operator, &self.queue, &self.id, &self.stamp.mark)
            .await;
        if let Err(error) = dropped {
            tracing::warn!(%error, "the draft of an edit that was saved is still kept; it ends by itself");
        }
    }

    /// The address of this edit's review.
    pub(crate) fn to_review(&self) -> Response {
        let links = self.app.links();
        let address = links.of_job("/job/review", &self.queue, &self.id, &[]);
        Redirect::to(&address).into_response()
    }
}

/// The review of one's own draft.
pub(crate) async fn show_review(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<JobAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let Some(kept) = services.own_draft(&operator, &queue, &id).await? else {
        let address = app.links().of_job("/job/edit", &queue, &id, &[]);
        return Ok(Redirect::to(&address).into_response());
    };
    let edited = services
        .review_edit(&operator, &queue, &id, &kept.request)
        .await;
    let editing = EditContext {
        app: app.clone(),
        operator: Some(operator),
        queue,
        id,
        draft: kept.request,
        stamp: kept.stamp,
        notices,
        password_problem: None,
    };
    if let Ok(Edited::Not(EditRejection::Unchanged)) = &edited {
        editing.drop_draft().await;
    }
    let answer = editing.answer(edited).await;
    Ok(keeping(room, answer))
}

/// Which draft is to be discarded.
#[derive(Debug, Deserialize)]
pub(crate) struct DiscardForm {
    #[serde(flatten)]
    at: JobAt,
    /// Its mark: a newer one stays.
    #[serde(default)]
    draft: String,
}

pub(crate) async fn discard(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<DiscardForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    app.services
        .drop_draft(&operator, &queue, &id, &form.draft)
        .await?;
    let address = app.links().of_job("/job/edit", &queue, &id, &[]);
    Ok(Redirect::to(&address).into_response())
}
