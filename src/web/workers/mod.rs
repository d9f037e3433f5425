//! The workers: all, or one queue's, with where they are and what they run.

mod running;

use std::time::{Duration, SystemTime};

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::service::workers::{
    PAGE, WorkerOrder, WorkerRow, WorkersAsked, WorkersFound, WorkersPage,
};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{When, thousands, when};
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::Choice;
use crate::web::queue::pager::Pager;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::session::SignedInUser;
use running::{RunningView, running_view};

/// The orders, as addresses and pages name them.
const ORDERS: [(WorkerOrder, &str, &str); 4] = [
    (WorkerOrder::Queue, "", "queue"),
    (WorkerOrder::Host, "host", "host"),
    (WorkerOrder::Connected, "connected", "newest"),
    (WorkerOrder::Idle, "idle", "longest idle"),
];

/// Which workers an address asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct WorkersAt {
    /// One queue's only.
    #[serde(default)]
    queue: String,
    #[serde(default)]
    prefix: String,
    /// A part of the queue's name, or a pattern.
    #[serde(default)]
    q: String,
    /// A part of the host or of the worker's name.
    #[serde(default)]
    host: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    from: usize,
}

/// The page.
#[derive(Template)]
#[template(path = "workers/page.html")]
pub(crate) struct WorkersPageView {
    frame: Frame,
    /// The name, prefix and address of the one queue whose workers are shown; empty for all.
    queue: String,
    prefix: String,
    queue_href: String,
    q: String,
    host: String,
    sort: String,
    filtered: bool,
    /// The address of the list without a filter.
    clear_href: String,
    all_href: String,
    /// The address of this page.
    href: String,
    /// The workers; `None` if they can't be listed.
    found: Option<FoundView>,
    orders: Vec<Choice>,
    /// The names and addresses of queues with workers that can't be listed.
    unlisted: Vec<(String, String)>,
    /// How many more; empty for none.
    unlisted_more: String,
}

struct FoundView {
    rows: Vec<RowView>,
    first: String,
    last: String,
    /// `54 workers`.
    total: String,
    is_cut: bool,
    at: When,
    pager: Pager,
}

struct RowView {
    queue: String,
    /// Empty if the queue has no page.
    queue_href: String,
    /// The worker's own name; empty for none.
    name: String,
    host: String,
    port: String,
    connected: When,
    used: When,
    waits: bool,
    bull_version: String,
    client: String,
    running: RunningView,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<WorkersAt>,
) -> Result<Page<WorkersPageView>, PageError> {
    let asked = at.asked(&app)?;
    let found = app.services.workers(&operator, &asked).await?;
    let frame = app.frame(&operator, "workers");
    Ok(Page::ok(view(&app, frame, &at, &asked, found)))
}

impl WorkersAt {
    fn asked(&self, app: &App) -> Result<WorkersAsked, PageError> {
        let order = ORDERS.into_iter().find(|(_, name, _)| *name == self.sort);
        let (order, ..) = order.ok_or_else(|| {
            PageError::bad(format!(
                "Workers can be sorted by host, connected or idle, not by {:?}.",
                self.sort
            ))
        })?;
        Ok(WorkersAsked {
            queue: match self.queue.as_str() {
                "" => None,
                name => Some(QueueAt::named(name, &self.prefix).queue(app)?),
            },
            name: self.q.trim().to_owned(),
            host: self.host.trim().to_owned(),
            order,
            from: self.from,
        })
    }

    fn href(&self, app: &App, sort: &str, from: u64) -> String {
        let from = match from {
            0 => String::new(),
            from => from.to_string(),
        };
        let query = [
            ("queue", self.queue.as_str()),
            ("prefix", self.prefix.as_str()),
            ("q", self.q.as_str()),
            ("host", self.host.as_str()),
            ("sort", sort),
            ("from", &from),
        ];
        app.links().to("/workers", &query)
    }
}

fn view(
    app: &App,
    frame: Frame,
    at: &WorkersAt,
    asked: &WorkersAsked,
    page: WorkersPage,
) -> WorkersPageView {
    let links = app.links();
    let of_queue = asked.queue.as_ref();
    WorkersPageView {
        frame,
        queue: at.queue.clone(),
        prefix: at.prefix.clone(),
        queue_href: of_queue.map_or_else(String::new, |queue| links.queue(queue, &[])),
        q: at.q.clone(),
        host: at.host.clone(),
        sort: at.sort.clone(),
        filtered: !asked.name.is_empty() || !asked.host.is_empty(),
        clear_href: of_queue.map_or_else(|| links.to("/workers", &[]), |one| links.workers_of(one)),
        all_href: links.to("/workers", &[]),
        href: at.href(app, &at.sort, asked.from as u64),
        found: page.found.map(|found| found_view(app, at, asked, found)),
        orders: ORDERS
            .map(|(order, sort, word)| Choice {
                word: word.to_owned(),
                href: at.href(app, sort, 0),
                current: order == asked.order,
            })
            .into(),
        unlisted: page
            .unlisted
            .iter()
            .map(|queue| (queue.name().to_owned(), links.queue(queue, &[])))
            .collect(),
        unlisted_more: match page.unlisted_more {
            0 => String::new(),
            more => thousands(more as u64),
        },
    }
}

fn found_view(app: &App, at: &WorkersAt, asked: &WorkersAsked, found: WorkersFound) -> FoundView {
    let (from, shown) = (asked.from, found.rows.len());
    let first = if shown > 0 { from + 1 } else { 0 };
    let total = found.total as u64;
    FoundView {
        first: thousands(first as u64),
        last: thousands((first + shown).saturating_sub(1) as u64),
        total: match total {
            1 => "1 worker".to_owned(),
            total => format!("{} workers", thousands(total)),
        },
        is_cut: found.is_cut,
        pager: Pager::new(from as u64, PAGE as u64, total, |from| {
            at.href(app, &at.sort, from)
        }),
        rows: found
            .rows
            .iter()
            .map(|row| row_view(app, row, found.at))
            .collect(),
        at: when(found.at),
    }
}

fn row_view(app: &App, row: &WorkerRow, at: SystemTime) -> RowView {
    let worker = &row.worker;
    let ago = |seconds| {
        let then = at.checked_sub(Duration::from_secs(seconds));
        when(then.unwrap_or(SystemTime::UNIX_EPOCH))
    };
    RowView {
        queue: worker.queue.name().to_owned(),
        queue_href: match row.is_known {
            true => app.links().queue(&worker.queue, &[]),
            false => String::new(),
        },
        name: worker.name.clone().unwrap_or_default(),
        host: worker.host.clone(),
        port: worker.port.clone(),
        connected: ago(worker.connected_for),
        used: ago(worker.idle),
        waits: worker.waits,
        bull_version: row.bull_version.clone(),
        client: worker.client.clone(),
        running: running_view(app, row),
    }
}
