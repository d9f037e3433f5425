//! The results of two jobs side by side: opened under their row, or as a page of its own.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::request::CompareAt;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::service::versions::compare::model::{LARGEST_VALUE, ResultDiff};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::bytes;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::DiffView;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::session::SignedInUser;

/// The pair in an address.
#[derive(Debug, Deserialize)]
pub(crate) struct PairAt {
    /// The ids of the two jobs.
    left: String,
    right: String,
    /// `1` for only the difference.
    #[serde(default)]
    part: String,
}

pub(crate) async fn diff(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<CompareAt>,
    Query(pair): Query<PairAt>,
) -> Result<Response, PageError> {
    let side = |queue: &str, id: &str| {
        let id = JobId::new(id).ok_or_else(|| PageError::bad("The id of a job is missing."))?;
        Ok::<_, PageError>((QueueAt::named(queue, &at.prefix).queue(&app)?, id))
    };
    let (a, b) = (side(&at.a, &pair.left)?, side(&at.b, &pair.right)?);
    let found = app
        .services
        .compare_results(&operator, (&a.0, &a.1), (&b.0, &b.1))
        .await?;
    let part = DiffPart::new(&app, (&a.0, &a.1), (&b.0, &b.1), found);
    if pair.part == "1" {
        return Ok(Page::ok(part).into_response());
    }
    let page = DiffPage {
        frame: app.frame(&operator, ""),
        family_href: app.links().family(&at.prefix, &at.name, "/family"),
        back: app.links().to("/family/compare", &at.query()),
        family: at.name,
        part,
    };
    Ok(Page::ok(page).into_response())
}

/// The results of two jobs, side by side.
#[derive(Template, Debug)]
#[template(path = "versions/_compare_diff.html")]
pub(crate) struct DiffPart {
    base: String,
    left: SideView,
    right: SideView,
    /// The difference; `None` if one result is too large.
    diff: Option<DiffView>,
    /// Whether there is no visible difference.
    alike: bool,
    largest: String,
}

impl askama::filters::HtmlSafe for DiffPart {}

/// One side of the difference.
#[derive(Debug)]
struct SideView {
    queue: String,
    id: String,
    href: String,
    /// What is shown: `return value`, or `error`.
    what: &'static str,
}

impl DiffPart {
    fn new(app: &App, a: (&QueueId, &JobId), b: (&QueueId, &JobId), found: ResultDiff) -> Self {
        let side = |(queue, id): (&QueueId, &JobId), state| SideView {
            queue: queue.name().to_owned(),
            id: id.as_str().to_owned(),
            href: app.links().job(queue, id),
            what: match state {
                JobState::Failed => "error",
                _ => "return value",
            },
        };
        Self {
            base: app.base_path.clone(),
            left: side(a, found.a),
            right: side(b, found.b),
            alike: found.diff.as_ref().is_some_and(|diff| diff.is_empty()),
            diff: found.diff.map(DiffView::new),
            largest: bytes(LARGEST_VALUE),
        }
    }
}

/// The difference as a page of its own.
#[derive(Template)]
#[template(path = "versions/compare_diff.html")]
pub(crate) struct DiffPage {
    frame: Frame,
    /// The family, and its page.
    family: String,
    family_href: String,
    /// The comparison that this belongs to.
    back: String,
    part: DiffPart,
}
