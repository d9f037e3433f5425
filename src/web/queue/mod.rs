//! A queue's page: one tab for each state, a page of its jobs, and a form that finds a job by its id.

pub(crate) mod add;
pub(crate) mod figures;
pub(crate) mod filter;
mod menu;
pub(crate) mod operate;
pub(crate) mod operate_many;
pub(crate) mod operate_queues;
pub(crate) mod pager;
pub(crate) mod rows;
pub(crate) mod selected_form;
pub(crate) mod selection;
pub(crate) mod which_queues;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::app::App;
use super::html::charts::{Charts, charts};
use super::html::error::PageError;
use super::html::format::thousands;
use super::html::frame::{Frame, Page};
use super::html::parts::{AwayView, Choice};
use super::request::address::{Query, QueueAt};
use super::request::notices::Notices;
use super::request::session::SignedInUser;
use super::versions::lifecycle::ViewContext;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::job::row::ListOrder;
use crate::domain::operations::Operation;
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::stats::series::Series;
use crate::service::jobs::queue::{PAGE_SIZES, QueuePage as Found};
use figures::{Listed, QueueFiguresView, order_of};
use filter::{AfterAt, FilterView, next_of_search};
use menu::MenuView;
use operate_many::filter_at::FilterAt;
use pager::Pager;
use rows::{RowView, row_view};
use selection::SelectionView;

/// Which jobs an address asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct RangeAt {
    #[serde(default)]
    state: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    from: Option<u64>,
    #[serde(default)]
    size: Option<u64>,
}

/// The page of a queue.
#[derive(Template)]
#[template(path = "queue/page.html")]
pub(crate) struct QueuePageView {
    frame: Frame,
    /// The queue, and the tabs with their counts.
    figures: QueueFiguresView,
    /// The charts of its last hour, if anything happened.
    charts: Option<Charts>,
    away: AwayView,
    /// The address of the live changes.
    events: String,
    /// The state whose jobs are listed.
    state: &'static str,
    /// In which order, and the other one.
    orders: Vec<Choice>,
    rows: Vec<RowView>,
    /// The numbers of the first and last row, and how many there are; all 0 if there are none.
    first: String,
    last: String,
    total: String,
    /// How many of the listed jobs have nothing left but their id, since their hashes are gone.
    missing: usize,
    /// What its jobs are filtered by.
    filter: FilterView,
    /// What can be done to the jobs that are selected.
    selection: Option<SelectionView>,
    pager: Pager,
    sizes: Vec<Choice>,
    /// The search in its jobs.
    search_href: String,
    /// Where the form that goes to a job by its id is sent.
    go_href: String,
    /// What may be done to the queue.
    menu: MenuView,
    /// What is to come in the queue.
    upcoming_href: String,
    /// The page that adds a job; empty for those who may not.
    add_href: String,
    /// The notice after an operation on the queue or one of its jobs.
    notice: &'static str,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(range): Query<RangeAt>,
    notices: Notices,
    Query(filter): Query<FilterAt>,
    Query(after): Query<AfterAt>,
) -> Result<Page<QueuePageView>, PageError> {
    let queue = at.queue(&app)?;
    let state = match range.state.as_str() {
        "" => None,
        name => Some(name.parse().map_err(PageError::bad)?),
    };
    let size = range.size.unwrap_or(PAGE_SIZES[1]);
    if !PAGE_SIZES.contains(&size) {
        return Err(PageError::bad(format!(
            "A page may have 25, 50, 100 or 200 rows, not {size}."
        )));
    }
    let order = order_of(&range.order)?;
    let from = range.from.unwrap_or(0);
    let services = &app.services;
    let found = match filter.filter(JobState::Waiting).is_selective() {
        true => {
            let (wants, cursor) = (|state| filter.filter(state), after.cursor()?);
            services
                .filtered_page(&operator, &queue, (state, order), &wants, cursor, size)
                .await?
        }
        false => {
            services
                .queue_page(&operator, &queue, state, order, from, size)
                .await?
        }
    };
    let mut page = view(&app, &operator, found, &filter, (from, size));
    let done = notices.take().await;
    page.notice = done.map_or("", |done| told(&done.what));
    Ok(Page::ok(page))
}

/// What was done, by the operation's id.
fn told(id: &str) -> &'static str {
    let on_queue = QueueOperation::by_id(id).map(|one| one.spec().done);
    let on_job = || Operation::by_id(id).map(|one| one.spec().done);
    on_queue.or_else(on_job).unwrap_or_default()
}

fn view(
    app: &App,
    operator: &Operator,
    found: Found,
    filter: &FilterAt,
    (from, size): (u64, u64),
) -> QueuePageView {
    let snapshot = app.services.overview().now();
    let sight = ViewContext::new(operator.scope(), &snapshot);
    let queue = &found.queue.figures.queue;
    let total = found.queue.figures.counts.of(found.state);
    let shown = found.rows.len() as u64;
    let listed = Listed {
        state: found.state,
        order: found.order,
        from,
        size,
        had: Some(total),
        seen: found.mark,
        came: found.queue.arrived(found.state),
    };
    let href = |listed: Listed| listed.href(app.links(), queue);
    let figures = figures::view(app, found.mark, &found.queue, listed, &sight);
    QueuePageView {
        frame: app.frame(operator, ""),
        events: figures.events.clone(),
        charts: found.queue.series.as_deref().map(charts_of),
        figures,
        away: AwayView::new(app, &snapshot),
        state: found.state.name(),
        orders: ListOrder::BOTH
            .map(|order| Choice {
                word: order.words(found.state).to_owned(),
                href: href(Listed {
                    order,
                    from: 0,
                    ..listed
                }),
                current: order == found.order,
            })
            .into(),
        first: thousands(if shown > 0 { from + 1 } else { 0 }),
        last: thousands(from + shown),
        total: thousands(total),
        missing: found
            .rows
            .iter()
            .filter(|row| row.summary.is_none())
            .count(),
        filter: FilterView::new(app, operator, &found, filter),
        selection: SelectionView::new(app, operator, &found, filter),
        pager: match found.walk {
            Some(_) => next_of_search(app, &found, filter, size),
            None => Pager::new(from, size, total, |from| href(Listed { from, ..listed })),
        },
        sizes: PAGE_SIZES
            .map(|choice| Choice {
                word: choice.to_string(),
                href: href(Listed {
                    from: 0,
                    size: choice,
                    ..listed
                }),
                current: choice == size,
            })
            .into(),
        search_href: app.links().search_of(queue),
        go_href: app.links().to("/job", &[]),
        menu: MenuView::new(app, operator, &found.queue.figures),
        upcoming_href: super::upcoming::href_of_queue(app, queue),
        add_href: match operator.may(Action::AddJob, queue) {
            true => app.links().add_job(queue, &[]),
            false => String::new(),
        },
        notice: "",
        rows: found
            .rows
            .iter()
            .map(|row| row_view(app, queue, row))
            .collect(),
    }
}

/// The charts of a series, up to now.
pub(crate) fn charts_of(series: &Series) -> Charts {
    charts(&series.minutes(unix_millis()), series.since_ms())
}
