//! The template of a scheduler's jobs: its data and options, shown as a job's are.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{SchedulerAt, of_scheduler};
use crate::domain::edit::is_shown_whole;
use crate::domain::job::Payload;
use crate::domain::json::Document;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::service::large_texts::memory_budget::BRIEFLY;
use crate::service::schedulers::read::TemplateText;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::bytes;
use crate::web::html::json_colors::{Piece, pieces};
use crate::web::job::texts::TextView;
use crate::web::job::{SENT, as_stored};
use crate::web::request::address::Query;
use crate::web::request::forms::large::keeping;
use crate::web::request::session::SignedInUser;

/// A text of a template, as shown.
pub(super) fn template_view(
    app: &App,
    scheduler: &Scheduler,
    which: TemplateText,
    payload: &Payload,
) -> TextView {
    let (text, fault, is_whole) = match payload {
        Payload::Folded(_) => (None, String::new(), true),
        Payload::Loaded(stored) => {
            let shown = String::from_utf8_lossy(stored);
            let (text, fault) = match Document::parse(&shown) {
                Ok(document) => (pieces(document.pretty()), String::new()),
                Err(fault) => {
                    let place = format!("line {}, column {}", fault.line, fault.column);
                    let text = shown.clone().into_owned();
                    (
                        vec![Piece { class: "", text }],
                        format!("not JSON: {place}: {}", fault.message),
                    )
                }
            };
            (Some(text), fault, is_shown_whole(stored))
        }
    };
    let is_folded = matches!(payload, Payload::Folded(1..));
    let raw_href = match is_folded || !is_whole {
        true => {
            let text = [("text", which.field())];
            let (queue, id) = (&scheduler.queue, &scheduler.id);
            of_scheduler(app.links(), "/scheduler/raw", queue, id, &text)
        }
        false => String::new(),
    };
    TextView {
        base: app.base_path.clone(),
        field: which.field(),
        label: match which {
            TemplateText::Data => "Data of its jobs",
            TemplateText::Opts => "Options of its jobs",
        },
        text,
        size: bytes(payload.size()),
        is_none: payload.size() == 0,
        fault,
        unshown: !is_whole,
        href: String::new(),
        raw_href,
    }
}

/// Which text of a template.
#[derive(Debug, Deserialize)]
pub(crate) struct TextAt {
    text: String,
}

/// Downloads the stored bytes of a text of a template.
pub(crate) async fn raw(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<SchedulerAt>,
    Query(which): Query<TextAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.scheduler(&app)?;
    let which: TemplateText = which.text.parse().map_err(|_| {
        PageError::bad(format!(
            "A template has no text {:?}; allowed are data and opts.",
            which.text
        ))
    })?;
    let services = &app.services;
    let size = services
        .template_size(&operator, &queue, &id, which)
        .await?;
    let room = services.downloads().take(SENT * size, BRIEFLY).await?;
    let text = services
        .template_text(&operator, &queue, &id, which)
        .await?;
    Ok(keeping(room, as_stored(text)))
}
