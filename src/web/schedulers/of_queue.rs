//! A queue's schedulers.

use askama::Template;
use axum::extract::State;

use super::row::SchedulerRow;
use super::{RowsAt, remove, set};
use crate::domain::access::Action;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::{AwayView, QueueView};
use crate::web::queue::pager::Pager;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::upcoming;

/// The page of a queue's schedulers.
#[derive(Template)]
#[template(path = "schedulers/of_queue.html")]
pub(crate) struct QueueSchedulersView {
    frame: Frame,
    away: AwayView,
    queue: QueueView,
    rows: Vec<SchedulerRow>,
    first: String,
    last: String,
    total: String,
    pager: Pager,
    /// What is to come in the queue.
    upcoming_href: String,
    /// The page that creates one; empty for those who may not, and where BullMQ has none.
    create_href: String,
    /// The scheduler that was just removed; empty for none.
    removed: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(rows): Query<RowsAt>,
    notices: Notices,
) -> Result<Page<QueueSchedulersView>, PageError> {
    let queue = at.queue(&app)?;
    let (from, size) = rows.range()?;
    let services = &app.services;
    let found = services
        .queue_schedulers(&operator, &queue, from, size)
        .await?;
    let shown: Vec<&Scheduler> = found.found.iter().collect();
    let last_runs = services.last_runs(&shown).await?;
    let links = app.links();
    let size_text = size.to_string();
    let href = |from: u64| {
        let range = [("from", from.to_string()), ("size", size_text.clone())];
        let range = range
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        super::list_href(links, &queue, &range)
    };
    let rows: Vec<SchedulerRow> = (shown.iter().zip(&last_runs))
        .map(|(one, last)| SchedulerRow::new(&app, one, last.as_ref()))
        .collect();
    let lineage = &found.lineage;
    Ok(Page::ok(QueueSchedulersView {
        frame: app.frame(&operator, ""),
        away: AwayView::new(&app, &services.overview().now()),
        queue: QueueView::new(&found.queue, &lineage.family, &lineage.label, links),
        first: thousands(if rows.is_empty() { 0 } else { from + 1 }),
        last: thousands(from.saturating_add(rows.len() as u64)),
        rows,
        upcoming_href: upcoming::href_of_queue(&app, &queue),
        create_href: match operator.may(Action::SetScheduler, &queue)
            && !found.queue.bull_version.is_before_5()
        {
            true => set::create_href(links, &queue),
            false => String::new(),
        },
        total: thousands(found.total),
        removed: match notices.take().await {
            Some(done) if done.what == remove::DONE => done.about,
            _ => String::new(),
        },
        pager: Pager::new(from, size, found.total, href),
    }))
}
