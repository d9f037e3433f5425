//! What refreshes by itself on a queue's page: its facts, the tabs with their counts, and whether the rows below are
//! still all there are. The rows themselves stay where they are while they are read.

use std::cmp::Ordering;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::App;
use super::error::PageError;
use super::extract::{Query, QueueAt, SignedIn};
use super::links::Links;
use super::overview::{refresh_seconds, states};
use super::page::Page;
use super::view::{QueueView, StateView, thousands};
use crate::domain::job::JobState;
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::version::Lineage;
use crate::service::browse::PAGE_SIZES;

/// Which rows are shown, as the address of the figures says.
#[derive(Debug, Deserialize)]
pub(super) struct ListedAt {
    state: String,
    #[serde(default)]
    from: u64,
    #[serde(default)]
    size: Option<u64>,
    /// How many jobs the state had when they were drawn; as many as now where it is not said.
    #[serde(default)]
    seen: Option<u64>,
}

/// The rows that the figures stand above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub(super) state: JobState,
    pub(super) from: u64,
    pub(super) size: u64,
    /// How many jobs the state had when they were drawn.
    pub(super) seen: u64,
}

impl Listed {
    /// The address of these rows.
    pub(super) fn href(self, links: Links<'_>, queue: &QueueId) -> String {
        let (from, size) = (self.from.to_string(), self.size.to_string());
        let range = [
            ("state", self.state.name()),
            ("from", from.as_str()),
            ("size", size.as_str()),
        ];
        links.queue(queue, &range)
    }
}

/// The part that refreshes.
#[derive(Template)]
#[template(path = "_queue_figures.html")]
pub(super) struct QueueFiguresView {
    /// The path everything is under.
    base: String,
    pub(super) queue: QueueView,
    tabs: Vec<StateView>,
    /// How many more or fewer jobs there are than when the rows were drawn, and where to see them; empty for as many.
    moved: String,
    moved_href: String,
    pub(super) href: String,
    pub(super) every: u64,
}

impl askama::filters::HtmlSafe for QueueFiguresView {}

pub(super) async fn figures(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<QueueAt>,
    Query(range): Query<ListedAt>,
) -> Result<Page<QueueFiguresView>, PageError> {
    let queue = at.queue(&app)?;
    let state = range.state.parse().map_err(PageError::bad)?;
    let (lineage, figures) = app.services.queue_counts(&operator, &queue).await?;
    let listed = Listed {
        state,
        from: range.from,
        size: range.size.unwrap_or(PAGE_SIZES[1]),
        seen: range.seen.unwrap_or_else(|| figures.counts.of(state)),
    };
    Ok(Page::ok(view(&app, &lineage, &figures, listed)))
}

pub(super) fn view(
    app: &App,
    lineage: &Lineage,
    figures: &QueueFigures,
    listed: Listed,
) -> QueueFiguresView {
    let links = app.links();
    let queue = &figures.queue;
    let mut tabs = states(&figures.counts, |state| links.queue_state(queue, state));
    for tab in &mut tabs {
        tab.current = tab.name == listed.state.name();
    }
    let [from, size, seen] =
        [listed.from, listed.size, listed.seen].map(|number| number.to_string());
    let here = [
        ("name", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
        ("state", listed.state.name()),
        ("from", from.as_str()),
        ("size", size.as_str()),
        ("seen", seen.as_str()),
    ];
    QueueFiguresView {
        base: app.base_path.clone(),
        queue: QueueView::new(figures, &lineage.family, &lineage.label, links),
        tabs,
        moved: moved(listed.seen, figures.counts.of(listed.state)),
        moved_href: listed.href(links, queue),
        href: links.to("/queue/figures", &here),
        every: refresh_seconds(app.refresh),
    }
}

/// What a person should know who reads rows drawn when there were `seen`: rows are not moved under their eyes.
fn moved(seen: u64, now: u64) -> String {
    match now.cmp(&seen) {
        Ordering::Greater => format!("{} more", thousands(now - seen)),
        Ordering::Less => format!("{} fewer", thousands(seen - now)),
        Ordering::Equal => String::new(),
    }
}
