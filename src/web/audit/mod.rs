//! The audit log: who did what to which job, how it ended, and what changed.

pub(crate) mod entry;
pub(crate) mod entry_view;
pub(crate) mod export;
mod field_words;
pub(crate) mod filter;
pub(crate) mod run_row;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::frame::{Frame, Page};
use super::request::address::Query;
use super::request::session::SignedInUser;
use crate::domain::access::ActorKind;
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::filter::AuditFilter;
use crate::service::audit::log::choices;
use filter::{AuditFilterAt, stream_id};
use run_row::RowView;

/// The page of the audit log.
#[derive(Template)]
#[template(path = "audit/page.html")]
pub(crate) struct AuditLogPage {
    frame: Frame,
    filter: AuditFilterAt,
    /// The kinds of actors: the name in the address, and the words.
    kinds: Vec<(&'static str, &'static str)>,
    actions: Vec<&'static str>,
    outcomes: Vec<&'static str>,
    entries: Vec<RowView>,
    /// Whether a filter is set, and the address without one.
    filtered: bool,
    clear_href: String,
    /// Whether reads of the log are hidden, and the address that shows or hides them.
    reads_hidden: bool,
    reads_href: String,
    /// The next page's address; empty at the log's end.
    next: String,
    /// Whether the page ended because it reached the search limit.
    gave_up: bool,
    export_jsonl: String,
    export_csv: String,
}

/// The entry before which a page begins.
#[derive(Debug, Deserialize)]
pub(crate) struct BeforeAt {
    #[serde(default)]
    before: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<AuditFilterAt>,
    Query(range): Query<BeforeAt>,
) -> Result<Page<AuditLogPage>, PageError> {
    let filter = at.parse()?;
    let before = stream_id(&range.before)?;
    let found = app.services.audit_page(&operator, &filter, before).await?;
    let links = app.links();
    let with = |path: &str, name: &'static str, value: &str| {
        links.to(path, &[&at.query()[..], &[(name, value)]].concat())
    };
    let (actions, outcomes) = choices();
    Ok(Page::ok(AuditLogPage {
        frame: app.frame(&operator, "audit"),
        entries: found
            .rows
            .iter()
            .map(|row| RowView::new(&app, &operator, &at, row))
            .collect(),
        filtered: AuditFilter {
            hide_reads: false,
            ..filter.clone()
        } != AuditFilter::default(),
        reads_hidden: filter.hide_reads && !AuditAction::READS.map(Some).contains(&filter.action),
        reads_href: links.to("/audit", &at.with_reads(filter.hide_reads).query()),
        clear_href: links.to("/audit", &[]),
        next: found
            .next
            .map_or(String::new(), |next| with("/audit", "before", &next)),
        gave_up: found.gave_up,
        export_jsonl: with("/audit/export", "format", "jsonl"),
        export_csv: with("/audit/export", "format", "csv"),
        filter: at,
        kinds: ActorKind::ALL
            .iter()
            .map(|kind| (kind.name(), kind.words()))
            .collect(),
        actions,
        outcomes,
    }))
}
