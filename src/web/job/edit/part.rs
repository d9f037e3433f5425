//! Editing a part of large data: the outline of a value with its text, the review of a changed part, and why one is not saved. Whatever
//! keeps a part from being saved, the answer still holds the person's text.

use askama::Template;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::answer::done;
use super::page::{NoticeView, SchemaView, TooLargePage};
use super::problems::{FixForm, ProblemsView};
use crate::domain::access::{Action, Operator};
use crate::domain::edit::part::{BadPart, LARGEST_PART, Outline};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::json::join_pointer;
use crate::domain::queue::QueueId;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::part::{
    OpenedPart, PartEdited, PartRejection, PartRequest, ReviewedPart, StalePart,
};
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::{DiffView, StateView};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::status::AtView;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::forms::large::keeping;
use crate::web::request::forms::received::receive;
use crate::web::request::forms::turns::FormTurn;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The path of a part's page.
pub(crate) const PATH: &str = "/job/edit/part";

/// Which part of the data.
#[derive(Debug, Deserialize)]
pub(crate) struct PartAt {
    #[serde(flatten)]
    at: JobAt,
    #[serde(default)]
    pointer: String,
    /// The index of the first member to show.
    #[serde(default)]
    from: String,
}

/// What the forms of a part send.
#[derive(Debug, Deserialize)]
pub(crate) struct PartForm {
    #[serde(flatten)]
    at: JobAt,
    #[serde(default)]
    pointer: String,
    revision: String,
    text: String,
    #[serde(default)]
    reason: String,
    /// `retry` for Save and retry.
    #[serde(default)]
    then: String,
}

/// The job and the value that the pages of a part are about.
#[derive(Debug)]
struct PartFrame {
    at: AtView,
    to_queue: QueueCrumbs,
    job_href: String,
    name: String,
    state: Option<StateView>,
    retryable: bool,
    pointer: String,
    /// The values around it, the whole data first: what they are called, and their pages.
    around: Vec<(String, String)>,
    revision: String,
    text: String,
    reason: String,
    edit_href: String,
    review_href: String,
    save_href: String,
    whole_href: String,
}

/// A member of the value, with its page.
#[derive(Debug)]
struct RowView {
    name: String,
    href: String,
    kind: &'static str,
    size: String,
    preview: String,
}

/// The page of a part.
#[derive(Template)]
#[template(path = "job/edit/part.html")]
struct PartPage {
    frame: Frame,
    doing: PartFrame,
    notice: Option<NoticeView>,
    problems: ProblemsView,
    refusal: &'static str,
    schema: SchemaView,
    kind: &'static str,
    size: String,
    /// The size of the whole data; empty if it is not known.
    whole_size: String,
    rows: Vec<RowView>,
    /// `1 to 100 of 5,000`; empty where all members are shown.
    shown: String,
    before_href: String,
    after_href: String,
    /// Whether there is a text to be edited.
    has_text: bool,
    largest: String,
    /// From the part as it is stored now to the text, where the data was changed since.
    conflict: Option<DiffView>,
}

/// The review of a part.
#[derive(Template)]
#[template(path = "job/edit/part_review.html")]
struct PartReviewPage {
    frame: Frame,
    doing: PartFrame,
    schema: String,
    diff: DiffView,
    size_before: String,
    size_after: String,
    reason_required: bool,
    /// What is wrong with the reason; empty for nothing.
    reason_problem: String,
}

/// An edit of a part in progress.
struct PartContext {
    app: App,
    operator: Option<Operator>,
    queue: QueueId,
    id: JobId,
    request: PartRequest,
    then_retry: bool,
    notices: Notices,
    _turn: Option<FormTurn>,
}

/// A form of a part from a signed-in user. Whoever is not signed in is told so above their text.
pub(crate) struct SubmittedPart {
    operator: Operator,
    editing: PartContext,
}

impl FromRequest<App> for SubmittedPart {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let received = receive::<PartForm>(request, app, Action::EditData).await?;
        let form = received.form;
        let (queue, id) = form.at.job(app).map_err(IntoResponse::into_response)?;
        let seen = Revision::parse(&form.revision)
            .ok_or_else(|| PageError::bad("The form's revision is not a revision."))
            .map_err(IntoResponse::into_response)?;
        let mut editing = PartContext {
            app: app.clone(),
            operator: None,
            queue,
            id,
            request: PartRequest {
                seen,
                pointer: form.pointer,
                text: form.text.into(),
                reason: form.reason,
            },
            then_retry: form.then == "retry",
            notices: received.notices,
            _turn: received.turn,
        };
        match (received.sender, received.room) {
            (Ok(operator), Ok(_)) => {
                editing.operator = Some(operator.clone());
                Ok(Self { operator, editing })
            }
            (Ok(operator), Err(busy)) => {
                editing.operator = Some(operator);
                Err(editing.failed(&busy.into()))
            }
            (Err(error), _) => Err(editing.failed(&error)),
        }
    }
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<PartAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.at.job(&app)?;
    let from = match at.from.as_str() {
        "" => 0,
        from => from
            .parse()
            .map_err(|_| PageError::bad("from is not the index of a member."))?,
    };
    let services = &app.services;
    let size = services.size_to_edit(&operator, &queue, &id).await?;
    let limit = services.rules().max_data_bytes;
    if size > limit {
        let page = TooLargePage::new(&app, &operator, &queue, &id, size, limit);
        return Ok(Page::with(StatusCode::PAYLOAD_TOO_LARGE, page).into_response());
    }
    let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
    let opened = services
        .open_part(&operator, (&queue, &id), &at.pointer, from)
        .await?;
    let opened = match opened {
        Ok(opened) => opened,
        Err(BadPart::NotJson | BadPart::Hidden) => {
            let whole = app
                .links()
                .of_job("/job/edit", &queue, &id, &[("whole", "1")]);
            return Ok(Redirect::to(&whole).into_response());
        }
        Err(bad) => return Err(no_part(&bad)),
    };
    let editing = PartContext {
        request: PartRequest {
            seen: opened.revision.clone(),
            pointer: at.pointer,
            text: opened.text.clone().unwrap_or_default().into(),
            reason: String::new(),
        },
        app: app.clone(),
        operator: Some(operator),
        queue,
        id,
        then_retry: false,
        notices,
        _turn: None,
    };
    let page = editing.page(Some(&opened), Vec::new());
    Ok(keeping(room, Page::ok(page).into_response()))
}

fn no_part(bad: &BadPart) -> PageError {
    match bad {
        BadPart::Pointer(_) => PageError::bad(bad.to_string()),
        BadPart::Missing(_) => PageError::not_found(bad.to_string()),
        BadPart::Twice { .. } | BadPart::NotJson | BadPart::Hidden => PageError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not a part",
            bad.to_string(),
            "Nothing was changed.",
        ),
    }
}

/// Back from a review to the editor, with the text as it was typed.
pub(crate) async fn reopen(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    match editing.opened(operator).await {
        Ok(Ok(opened)) => Page::ok(editing.page(Some(&opened), Vec::new())).into_response(),
        Ok(Err(bad)) => editing.refused(StatusCode::CONFLICT, "Not a part", bad.to_string()),
        Err(error) => editing.failed(&error),
    }
}

pub(crate) async fn review(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    let services = &editing.app.services;
    let _room = match editing.room(operator).await {
        Ok(room) => room,
        Err(error) => return editing.failed(&error),
    };
    let job = (&editing.queue, &editing.id);
    let edited = services.review_part(operator, job, &editing.request).await;
    match edited {
        Ok(edited) => editing.answer(operator, edited).await,
        Err(stop) => editing.failed(&stop.into()),
    }
}

pub(crate) async fn save(sent: SubmittedPart) -> Response {
    let SubmittedPart { operator, editing } = &sent;
    let services = &editing.app.services;
    let _room = match editing.room(operator).await {
        Ok(room) => room,
        Err(error) => return editing.failed(&error),
    };
    let job = (&editing.queue, &editing.id);
    let edited = services
        .save_part(operator, job, &editing.request, editing.then_retry)
        .await;
    match edited {
        Ok(edited) => editing.answer(operator, edited).await,
        Err(stop) => editing.failed(&stop.into()),
    }
}

impl PartContext {
    /// The room in memory that the whole data takes.
    async fn room(&self, operator: &Operator) -> Result<impl Sized + use<>, PageError> {
        let services = &self.app.services;
        let size = services.size_to_edit(operator, &self.queue, &self.id).await;
        // Where the job is gone, the answer says so with the text.
        let size = size.unwrap_or(0);
        Ok(services.room().take(DATA_TAKES * size, BRIEFLY).await?)
    }

    async fn opened(&self, operator: &Operator) -> Result<Result<OpenedPart, BadPart>, PageError> {
        let _room = self.room(operator).await?;
        let services = &self.app.services;
        let job = (&self.queue, &self.id);
        let opened = services.open_part(operator, job, &self.request.pointer, 0);
        Ok(opened.await?)
    }

    async fn answer(&self, operator: &Operator, edited: PartEdited) -> Response {
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
    fn refused(&self, status: StatusCode, title: &'static str, text: String) -> Response {
        let mut page = self.page(None, Vec::new());
        page.notice = Some(NoticeView { title, text });
        Page::with(status, page).into_response()
    }

    fn failed(&self, error: &PageError) -> Response {
        let (title, mut text) = error.told();
        if let Some(operator) = &self.operator {
            text.push_str(&format!(" Request {}.", operator.origin().request));
        }
        let mut response = self.refused(error.status(), title, text);
        error.add_headers(&mut response);
        response
    }

    async fn to_job(&self, done: &str) -> Response {
        let address = self.app.links().job(&self.queue, &self.id);
        self.notices.leave(&address, done, "").await;
        Redirect::to(&address).into_response()
    }

    fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }

    fn part_href(&self, pointer: &str, from: usize) -> String {
        let from = from.to_string();
        let query = [("pointer", pointer), ("from", from.as_str())];
        let query = if from == "0" { &query[..1] } else { &query[..] };
        self.app.links().of_job(PATH, &self.queue, &self.id, query)
    }

    fn doing(&self, name: &str, state: Option<JobState>) -> PartFrame {
        let (app, queue, id, request) = (&self.app, &self.queue, &self.id, &self.request);
        let links = app.links();
        let mut around = vec![("whole data".to_owned(), self.part_href("", 0))];
        let mut here = String::new();
        for step in request.pointer.split('/').skip(1) {
            let name = crate::domain::json::unescape_step(step);
            here = join_pointer(&here, &name);
            around.push((name.into_owned(), self.part_href(&here, 0)));
        }
        PartFrame {
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: links.job(queue, id),
            name: name.to_owned(),
            state: state.map(StateView::bare),
            retryable: state == Some(JobState::Failed),
            pointer: request.pointer.clone(),
            around,
            revision: request.seen.as_str().to_owned(),
            text: request.text.to_string(),
            reason: request.reason.clone(),
            edit_href: links.to(PATH, &[]),
            review_href: links.to("/job/edit/part/review", &[]),
            save_href: links.to("/job/edit/part/save", &[]),
            whole_href: links.of_job("/job/edit", queue, id, &[("whole", "1")]),
        }
    }

    fn page(&self, opened: Option<&OpenedPart>, problems: Vec<TextProblem>) -> PartPage {
        let form = FixForm {
            id: "edit",
            action: String::new(),
        };
        let pointer = &self.request.pointer;
        let nothing = Outline {
            kind: "",
            size: 0,
            total: 0,
            rows: Vec::new(),
            shown: 0..0,
        };
        let outline = opened.map_or(&nothing, |opened| &opened.outline);
        let shown = &outline.shown;
        let rows = outline.rows.iter().map(|row| RowView {
            name: row.name.clone(),
            href: self.part_href(&row.pointer, 0),
            kind: row.kind,
            size: bytes(row.size as u64),
            preview: row.preview.clone(),
        });
        let page = outline.rows.len().max(1);
        PartPage {
            frame: self.frame(),
            doing: self.doing(
                opened.map_or("", |opened| &opened.name),
                opened.map(|opened| opened.state),
            ),
            notice: None,
            problems: ProblemsView::new(&self.app.base_path, form, problems, false),
            refusal: opened
                .and_then(|opened| opened.refusal)
                .map_or("", |refusal| refusal.words()),
            schema: opened.map_or_else(SchemaView::default, |opened| {
                SchemaView::new(&opened.schema)
            }),
            kind: outline.kind,
            size: bytes(outline.size as u64),
            whole_size: opened.map_or_else(String::new, |opened| bytes(opened.size)),
            rows: rows.collect(),
            shown: match outline.total > outline.rows.len() {
                true => format!(
                    "{} to {} of {}",
                    thousands(shown.start as u64 + 1),
                    thousands(shown.end as u64),
                    thousands(outline.total as u64)
                ),
                false => String::new(),
            },
            before_href: match shown.start {
                0 => String::new(),
                start => self.part_href(pointer, start.saturating_sub(page)),
            },
            after_href: match shown.end < outline.total && !outline.rows.is_empty() {
                true => self.part_href(pointer, shown.end),
                false => String::new(),
            },
            has_text: opened.is_none_or(|opened| opened.text.is_some()),
            largest: bytes(LARGEST_PART as u64),
            conflict: None,
        }
    }

    fn review_page(&self, reviewed: ReviewedPart, reason_problem: &str) -> PartReviewPage {
        PartReviewPage {
            frame: self.frame(),
            doing: self.doing(&reviewed.name, Some(reviewed.state)),
            schema: reviewed.schema,
            diff: DiffView::new(reviewed.diff),
            size_before: bytes(reviewed.sizes.0),
            size_after: bytes(reviewed.sizes.1),
            reason_required: self.app.services.rules().require_reason,
            reason_problem: reason_problem.to_owned(),
        }
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
        PartRejection::Edit(EditRejection::Refused(refusal)) => (
            StatusCode::CONFLICT,
            "The job can't be edited now",
            format!("Nothing was changed. {}", refusal.words()),
        ),
        PartRejection::Edit(EditRejection::Gone) => (
            StatusCode::NOT_FOUND,
            "The job no longer exists",
            "The job was removed while you edited it, so nothing was saved. Your text is still here.".to_owned(),
        ),
        PartRejection::Edit(EditRejection::BadReason(bad)) => {
            (invalid, "Invalid reason", format!("{bad} Nothing was saved."))
        }
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
                wait.as_secs() + 1
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
