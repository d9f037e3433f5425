//! The answers to the forms of a part. Each that is not a success still holds the person's text.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::PartContext;
use crate::domain::access::Operator;
use crate::domain::edit::part::{BadPart, LARGEST_PART};
use crate::service::edit::assess::EditRejection;
use crate::service::edit::part::{OpenedPart, PartEdited, PartRejection, StalePart};
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::html::parts::DiffView;
use crate::web::job::edit::answer::done;
use crate::web::job::edit::page::NoticeView;
use crate::web::job::edit::rejection::{again_in, told as of_whole_edit};

impl PartContext {
    /// The room in memory that the whole data takes.
    pub(super) async fn room(&self, operator: &Operator) -> Result<impl Sized + use<>, PageError> {
        let services = &self.app.services;
        let size = services.size_to_edit(operator, &self.queue, &self.id).await;
        // Where the job is gone, the answer says so with the text.
        let size = size.unwrap_or(0);
        Ok(services.room().take(DATA_TAKES * size, BRIEFLY).await?)
    }

    pub(super) async fn opened(
        &self,
        operator: &Operator,
    ) -> Result<Result<OpenedPart, BadPart>, PageError> {
        let _room = self.room(operator).await?;
        let services = &self.app.services;
        let job = (&self.queue, &self.id);
        let opened = services.open_part(operator, job, &self.request.pointer, 0);
        Ok(opened.await?)
    }

    pub(super) async fn answer(&self, operator: &Operator, edited: PartEdited) -> Response {
        let rejection = match edited {
            PartEdited::Saved(retry) => return self.to_job(done(retry)).await,
            PartEdited::Ready(reviewed) => {
                return Page::ok(self.review_page(*reviewed, "")).into_response();
            }
            PartEdited::NeedsReason(reviewed, bad) => {
                let page = self.review_page(*reviewed, &bad.to_string());
                return Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
            }
            PartEdited::Not(rejection) => rejection,
        };
        let (status, title, text) = match rejection {
            PartRejection::Edit(EditRejection::Unchanged) => return self.to_job("unchanged").await,
            PartRejection::Stale(stale) => return self.stale(*stale),
            PartRejection::Edit(EditRejection::Invalid(problems)) => {
                let notice = NoticeView {
                    title: "Not saved",
                    text: "Each problem is listed next to the text. Those of other parts stand at its beginning.".to_owned(),
                };
                let opened = self.opened(operator).await.ok().and_then(Result::ok);
                let mut page = self.page(opened.as_ref(), problems);
                page.notice = Some(notice);
                return Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
            }
            rejection => told(rejection),
        };
        self.refused(status, title, text)
    }

    fn stale(&self, stale: StalePart) -> Response {
        let mut page = self.page(None, Vec::new());
        let text = match &stale.diff {
            Ok(_) => "Nothing was overwritten, and your text is kept. The difference below is from this part as it is stored now to your text. Reviewing it again puts your text in its place.".to_owned(),
            Err(bad) => format!("Nothing was overwritten, and your text is kept. {bad}"),
        };
        page.notice = Some(NoticeView {
            title: "The data was changed while you edited it",
            text,
        });
        if let Ok(diff) = stale.diff {
            page.conflict = Some(DiffView::new(diff));
            page.doing.revision = stale.revision.as_str().to_owned();
        }
        Page::with(StatusCode::CONFLICT, page).into_response()
    }

    /// The page with the person's text alone, and why it was not saved.
    pub(super) fn refused(
        &self,
        status: StatusCode,
        title: &'static str,
        text: String,
    ) -> Response {
        let mut page = self.page(None, Vec::new());
        page.notice = Some(NoticeView { title, text });
        Page::with(status, page).into_response()
    }

    pub(super) fn failed(&self, error: &PageError) -> Response {
        let (title, text) = error.told_to(self.operator.as_ref());
        let mut response = self.refused(error.status(), title, text);
        error.add_headers(&mut response);
        response
    }

    async fn to_job(&self, done: &str) -> Response {
        let address = self.app.links().job(&self.queue, &self.id);
        self.notices.leave(&address, done, "").await;
        Redirect::to(&address).into_response()
    }
}

/// A rejection in words, with its status.
fn told(rejection: PartRejection) -> (StatusCode, &'static str, String) {
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    match rejection {
        PartRejection::NoPart(bad) => {
            let status = match &bad {
                BadPart::Pointer(_) => StatusCode::BAD_REQUEST,
                _ => invalid,
            };
            (status, "Not a part", format!("{bad} Nothing was saved."))
        }
        PartRejection::TooLarge(size) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!(
                "The text has {size} bytes. A part may have {} bytes. Nothing was saved.",
                3 * LARGEST_PART
            ),
        ),
        PartRejection::Edit(
            rejection @ (EditRejection::Refused(_)
            | EditRejection::Gone
            | EditRejection::BadReason(_)),
        ) => of_whole_edit(&rejection),
        PartRejection::Edit(
            EditRejection::TooLarge { size, limit } | EditRejection::StoredTooLarge { size, limit },
        ) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!("The whole data has {size} bytes. The limit is {limit} bytes (setting max_data_bytes). Nothing was saved."),
        ),
        PartRejection::Edit(EditRejection::Limited(_, wait)) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many edits",
            format!(
                "You made as many edits as the policy allows. Nothing was saved. Try again in {} s.",
                again_in(wait)
            ),
        ),
        PartRejection::Edit(EditRejection::Policy(refusal)) => (
            invalid,
            "The policy refuses this",
            format!("{refusal} Nothing was saved."),
        ),
        PartRejection::Edit(EditRejection::SchemaMissing) => (
            invalid,
            "A schema is required",
            "Nothing was saved: there is no schema for this job, and the setting require_schema requires one.".to_owned(),
        ),
        PartRejection::Edit(EditRejection::SchemaFaulty(_)) => (
            invalid,
            "Invalid schema",
            "Nothing was saved, because the schema for this job is invalid.".to_owned(),
        ),
        PartRejection::Edit(_) | PartRejection::Stale(_) => {
            (invalid, "Not saved", "Nothing was saved.".to_owned())
        }
    }
}
