//! The parts of a queue's page that refresh: its facts, the tabs' counts, and a notice if the rows are out of date. The
//! rows themselves stay in place while they are read.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::domain::job::JobState;
use crate::domain::job::row::ListOrder;
use crate::domain::queue::QueueId;
use crate::service::jobs::queue::PAGE_SIZES;
use crate::service::live::snapshot::{SnapshotId, VersionFigures};
use crate::web::app::App;
use crate::web::failures;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::Page;
use crate::web::html::links::Links;
use crate::web::html::parts::{NewView, QueueView, StateView, states, tell_held};
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::session::SignedInUser;
use crate::web::schemas::infer::infer_href;
use crate::web::versions::lifecycle::{LifecycleView, ViewContext};

/// Which rows are shown, as the address of the figures names them.
#[derive(Debug, Deserialize)]
pub(crate) struct ListedAt {
    state: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    from: u64,
    #[serde(default)]
    size: Option<u64>,
    /// How many jobs the state had when the rows were drawn.
    #[serde(default)]
    had: Option<u64>,
    /// The snapshot at that time, and how many jobs had entered the state by then.
    #[serde(default)]
    seen: String,
    #[serde(default)]
    came: u64,
}

impl ListedAt {
    pub(crate) fn parse(&self) -> Result<Listed, PageError> {
        Ok(Listed {
            state: self.state.parse().map_err(PageError::bad)?,
            order: order_of(&self.order)?,
            from: self.from,
            size: self.size.unwrap_or(PAGE_SIZES[1]),
            had: self.had,
            seen: match self.seen.as_str() {
                "" => SnapshotId::default(),
                mark => mark.parse().map_err(PageError::bad)?,
            },
            came: self.came,
        })
    }
}

/// The order that an address names; the usual one where it names none.
pub(crate) fn order_of(name: &str) -> Result<ListOrder, PageError> {
    match name {
        "" => Ok(ListOrder::Usual),
        name => name.parse().map_err(PageError::bad),
    }
}

/// The rows that the figures stand above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) state: JobState,
    pub(crate) order: ListOrder,
    pub(crate) from: u64,
    pub(crate) size: u64,
    /// How many jobs the state had when the rows were drawn; `None` for as many as now.
    pub(crate) had: Option<u64>,
    /// The snapshot at that time.
    pub(crate) seen: SnapshotId,
    /// How many jobs had entered the state by then, as far as this process saw.
    pub(crate) came: u64,
}

impl Listed {
    /// The address of the figures for these rows.
    pub(crate) fn href(self, links: Links<'_>, queue: &QueueId) -> String {
        let (from, size) = (self.from.to_string(), self.size.to_string());
        let range = [
            ("state", self.state.name()),
            ("order", named(self.order)),
            ("from", from.as_str()),
            ("size", size.as_str()),
        ];
        links.queue(queue, &range)
    }
}

/// An order as addresses name it: the usual one goes without saying.
fn named(order: ListOrder) -> &'static str {
    match order {
        ListOrder::Usual => "",
        ListOrder::Reversed => order.name(),
    }
}

/// The part that refreshes.
#[derive(Template)]
#[template(path = "queue/_figures.html")]
pub(crate) struct QueueFiguresView {
    /// The path that everything is under.
    base: String,
    pub(crate) queue: QueueView,
    /// Its lifecycle.
    lifecycle: LifecycleView,
    schedulers_href: String,
    /// What happened in it.
    history_href: String,
    /// The page that learns a schema from its jobs.
    schema_href: String,
    /// The groups of its failed jobs; empty if none failed.
    failures_href: String,
    tabs: Vec<StateView>,
    /// How many jobs are new, or fewer, since the rows were drawn.
    new: NewView,
    /// The address of only the figures, and of their live changes.
    pub(crate) href: String,
    pub(crate) events: String,
}

impl askama::filters::HtmlSafe for QueueFiguresView {}

pub(crate) async fn figures(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(listed): Query<ListedAt>,
) -> Result<Page<QueueFiguresView>, PageError> {
    let queue = at.queue(&app)?;
    let listed = listed.parse()?;
    let figures = app.services.queue_counts(&operator, &queue).await?;
    let snapshot = app.services.overview().now();
    let sight = ViewContext::new(operator.scope(), &snapshot);
    let view = view(&app, snapshot.mark, &figures, listed, &sight);
    Ok(Page::ok(view))
}

/// The figures of a queue as `seen` in the snapshot `mark`, above the rows `listed`.
pub(crate) fn view(
    app: &App,
    mark: SnapshotId,
    seen: &VersionFigures,
    listed: Listed,
    sight: &ViewContext<'_>,
) -> QueueFiguresView {
    let links = app.links();
    let VersionFigures {
        lineage, figures, ..
    } = seen;
    let queue = &figures.queue;
    let mut tabs = states(&figures.counts, |state| links.queue_state(queue, state));
    tell_held(&mut tabs, figures.held_in_waiting(), || {
        links.queue_state(queue, JobState::Waiting)
    });
    for tab in &mut tabs {
        tab.current = tab.name == listed.state.name();
    }
    let now = figures.counts.of(listed.state);
    let had = listed.had.unwrap_or(now);
    let [from, size, drawn_with, came] =
        [listed.from, listed.size, had, listed.came].map(|number| number.to_string());
    let drawn = listed.seen.to_string();
    let here = [
        ("name", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
        ("state", listed.state.name()),
        ("order", named(listed.order)),
        ("from", from.as_str()),
        ("size", size.as_str()),
        ("had", drawn_with.as_str()),
        ("came", came.as_str()),
        ("seen", drawn.as_str()),
    ];
    let came = match listed.seen.process == mark.process {
        true => seen.arrived(listed.state).saturating_sub(listed.came),
        false => 0,
    };
    QueueFiguresView {
        base: app.base_path.clone(),
        queue: QueueView::new(figures, &lineage.family, &lineage.label, links),
        tabs,
        lifecycle: LifecycleView::new(app, seen, sight),
        new: NewView::new(app, moved(had, now, came), listed.href(links, queue)),
        schema_href: infer_href(links, queue, ""),
        schedulers_href: links.to("/queue/schedulers", &here[..2]),
        history_href: links.to("/queue/history", &here[..2]),
        failures_href: match figures.counts.failed > 0 {
            true => failures::queue_href(links, queue),
            false => String::new(),
        },
        href: links.to("/queue/figures", &here),
        events: links.to("/events/queue", &here),
    }
}

/// The notice above rows that were drawn when the state had `had` jobs. Some jobs may have come and others gone, so new
/// arrivals are counted separately, as far as they were seen.
fn moved(had: u64, now: u64, came: u64) -> String {
    match (came.max(now.saturating_sub(had)), had.saturating_sub(now)) {
        (0, 0) => String::new(),
        (0, fewer) => format!("{} fewer", thousands(fewer)),
        (new, _) => format!("{} new", thousands(new)),
    }
}
