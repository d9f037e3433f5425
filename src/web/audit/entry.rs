//! The page of one audit entry: its fields, and what it changed, as far as that can be drawn.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

use super::entry_view::{EntryView, ticket_href, why};
use super::field_words::{IN_HEADING, IN_ROW, field_words};
use crate::domain::audit::entry::{Entry, LoggedEntry};
use crate::domain::audit::large_change::{LargeChange, TextKept};
use crate::domain::edit::patch::{Change, Patch};
use crate::service::large_texts::blocking::run_blocking;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// How many changes are listed.
const MOST_LISTED: usize = 200;

/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 32 * 1024;

/// One entry, with all its fields and its change.
#[derive(Template)]
#[template(path = "audit/entry.html")]
pub(crate) struct EntryPage {
    frame: Frame,
    entry: EntryView,
    details: DetailsView,
}

/// Only the details, to be opened under an entry's row.
#[derive(Template, Debug)]
#[template(path = "audit/_details.html")]
pub(crate) struct DetailsView {
    /// The name and value of every field that has one, except the patch.
    fields: Vec<(&'static str, String)>,
    changes: Vec<AuditedChangeView>,
    /// Where the ticket can be read; empty for nowhere.
    ticket_href: String,
    ticket: String,
    /// Which changes are not listed, and why; empty if all are.
    not_listed: String,
    /// The address of the text before a change too large for a patch; empty if there is none.
    before_href: String,
    /// The data before, if a patch can't hold it.
    before_text: String,
}

impl askama::filters::HtmlSafe for DetailsView {}

/// One changed place.
#[derive(Debug)]
pub(crate) struct AuditedChangeView {
    /// A JSON Pointer; `(whole document)` for the root.
    pointer: String,
    before: Option<String>,
    after: Option<String>,
}

/// The entry that an address names.
#[derive(Debug, Deserialize)]
pub(crate) struct EntryAt {
    id: String,
    /// `1` for only the details.
    #[serde(default)]
    part: String,
}

pub(crate) async fn entry(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<EntryAt>,
) -> Result<Response, PageError> {
    let recorded = app.services.audit_entry(&operator, &at.id).await?;
    let size = recorded.entry.patch.len() + recorded.entry.before_text.len();
    let work = move || {
        if at.part == "1" {
            return Page::ok(details(&app, &recorded, IN_ROW)).into_response();
        }
        let details = details(&app, &recorded, IN_HEADING);
        Page::ok(EntryPage {
            frame: app.frame(&operator, "audit"),
            entry: EntryView::new(&app, &recorded),
            details,
        })
        .into_response()
    };
    Ok(run_blocking(size, work).await?)
}

/// Downloads the text before a change that was too large for a patch; decompresses it while sending.
pub(crate) async fn before(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<EntryAt>,
) -> Result<Response, PageError> {
    let text = app.services.audit_text_before(&operator, &at.id).await?;
    let mut response = Body::from_stream(stream::iter(text.into_pieces())).into_response();
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, plain);
    let name = format!("attachment; filename=\"before-{}.json\"", at.id);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The details of an entry, without the fields that the page shows elsewhere.
fn details(app: &App, recorded: &LoggedEntry, elsewhere: &[&str]) -> DetailsView {
    let entry = &recorded.entry;
    let large = entry.large.value().copied();
    let (changes, not_listed) = match large {
        Some(large) => large_changes(entry, large),
        None => changes(entry),
    };
    let has_text = large.is_some_and(|large| large.kept != TextKept::Nothing);
    let why = why(entry);
    let shown_apart = ["patch", "before_text", "large", "first_changes"];
    let ticket_href = ticket_href(entry);
    let as_link = match ticket_href.is_empty() {
        true => &[][..],
        false => &["ticket", "ticket_link"],
    };
    DetailsView {
        fields: entry
            .all()
            .into_iter()
            .filter(|(name, value)| !value.is_empty() && !shown_apart.contains(name))
            .filter(|(name, _)| !as_link.contains(name))
            .filter(|(name, value)| {
                // A row says one of the texts: why the entry is there.
                let is_why = ["reason", "error", "note"].contains(name) && *value == why;
                !(elsewhere.contains(name) || is_why && elsewhere == IN_ROW)
            })
            .map(|(name, value)| (field_words(name), value.into_owned()))
            .collect(),
        changes: changes.into_iter().map(AuditedChangeView::from).collect(),
        not_listed,
        before_href: match has_text {
            true => app.links().to("/audit/before", &[("id", &recorded.id)]),
            false => String::new(),
        },
        before_text: entry.before_text.clone(),
        ticket: entry.ticket.clone(),
        ticket_href,
    }
}

/// The changes of a patch, and which of them are not listed.
fn changes(entry: &Entry) -> (Vec<Change>, String) {
    if entry.apart.starts_with("left out") {
        let told = format!("The change is too large to show here ({}).", entry.apart);
        return (Vec::new(), told);
    }
    if !entry.apart.is_empty() {
        let told = "The change was too large for the log and was stored separately. It is no longer available.";
        return (Vec::new(), told.to_owned());
    }
    match Patch::parse(&entry.patch) {
        _ if entry.patch.is_empty() => (Vec::new(), String::new()),
        Ok(patch) if patch.is_empty() => {
            let told =
                "No value changed, only the formatting, such as the order of keys or an escape.";
            (Vec::new(), told.to_owned())
        }
        Ok(patch) => {
            let mut changes = patch.changes();
            let all = changes.len();
            changes.truncate(MOST_LISTED);
            let told = match all > MOST_LISTED {
                true => format!(
                    "Showing the first {MOST_LISTED} of {} changes. An export has all of them.",
                    thousands(all as u64)
                ),
                false => String::new(),
            };
            (changes, told)
        }
        Err(error) => (Vec::new(), error.to_string()),
    }
}

/// The first changes of a change that a patch can't hold, since it is large or of bytes that are not text, and what is kept of the rest.
fn large_changes(entry: &Entry, large: LargeChange) -> (Vec<Change>, String) {
    let first = Patch::parse(&entry.first_changes).unwrap_or_default();
    let changes = first.changes();
    let sizes = format!("{} → {}", bytes(large.before), bytes(large.after));
    let above = match changes.len() {
        0 => String::new(),
        1 => " The first change is listed above.".to_owned(),
        count => format!(" The first {count} changes are listed above."),
    };
    let kept = match large.kept {
        TextKept::Whole => "The data before is kept.",
        TextKept::Redacted => {
            "The data before is kept. Values that the setting redact names are hidden."
        }
        TextKept::Nothing => {
            "The data before was not kept: it was not JSON, so its values could not be hidden."
        }
    };
    let told = format!("This change is not shown as a patch: {sizes}.{above} {kept}");
    (changes, told)
}

impl From<Change> for AuditedChangeView {
    fn from(change: Change) -> Self {
        Self {
            pointer: match change.pointer.as_str() {
                "" => "(whole document)".to_owned(),
                _ => cut(change.pointer),
            },
            before: change.before.map(cut),
            after: change.after.map(cut),
        }
    }
}

/// A text cut to what can be drawn, with how much is left out.
fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => {
            let left = bytes((text.len() - end) as u64);
            format!("{}… ({left} more)", &text[..end])
        }
        None => text,
    }
}
