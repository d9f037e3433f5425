//! The overview: every queue by family and version, from the shared snapshot.

pub(crate) mod alarms;
pub(crate) mod figures;
pub(crate) mod filter;
pub(crate) mod row;
pub(crate) mod selection;
pub(crate) mod shared_figures;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::app::App;
use super::html::error::PageError;
use super::html::frame::Frame;
use super::html::parts::{AwayView, StateView};
use super::html::shared_part::Hole;
use super::queue::operate_many::queues::offered::offered_over_queues;
use super::request::address::Query;
use super::request::session::SignedInUser;
use crate::domain::job::JobState;
use crate::domain::server::warning::Warning;
use crate::service::live::snapshot::OverviewFilter;
use filter::OverviewFilterAt;
use selection::QueueSelectionView;

/// The page, with a hole for the figures.
#[derive(Template)]
#[template(path = "overview/page.html")]
struct OverviewPage {
    frame: Frame,
    /// What was typed into the filter's name.
    q: String,
    /// The states to choose from; the chosen one is marked as current.
    states: Vec<StateView>,
    /// Whether only queues with problems are shown.
    problem: bool,
    /// Whether a filter is set.
    filtered: bool,
    /// The address without a filter.
    clear_href: String,
    away: AwayView,
    /// What can be done to the queues that are selected, and to all that are listed; `None` where this person may do nothing to them.
    selection: Option<QueueSelectionView>,
    /// For admins: Redis may delete jobs.
    eviction: Option<Warning>,
    server_href: String,
    /// The address of only the figures, and of their live changes.
    href: String,
    events: String,
    /// The place of the figures.
    hole: Hole,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    headers: HeaderMap,
    Query(at): Query<OverviewFilterAt>,
) -> Result<Response, PageError> {
    let filter = at.parse()?;
    app.services.overview().ready().await;
    let from = at.from();
    let selection = QueueSelectionView::new(&app, &operator, &filter);
    let part = app
        .drawings
        .overview(&app, operator.scope(), &filter, from, selection.is_some())
        .await?;
    let states = JobState::KEPT.map(|state| StateView {
        current: filter.state == Some(state),
        ..StateView::bare(state)
    });
    let (from, mark) = (from.to_string(), part.mark().to_string());
    let query = [filter.pairs().as_slice(), &[("from", &from)]].concat();
    let seen = [query.as_slice(), &[("seen", &mark)]].concat();
    let shell = OverviewPage {
        frame: app.frame(&operator, "overview"),
        q: filter.name.clone(),
        states: states.to_vec(),
        problem: filter.problems,
        filtered: filter != OverviewFilter::default(),
        selection,
        clear_href: app.links().to("/", &[]),
        eviction: app.services.eviction_warning(&operator).await,
        server_href: app.links().to("/redis", &[]),
        away: AwayView::new(&app, &app.services.overview().now()),
        href: app.links().to("/overview/figures", &query),
        events: app.links().to("/events/overview", &seen),
        hole: Hole,
    };
    let shell = shell.render().map_err(|error| PageError::broken(&error))?;
    Ok(part.within(&shell, &headers))
}

/// Only the figures, for pages without a working stream.
pub(crate) async fn figures(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    headers: HeaderMap,
    Query(at): Query<OverviewFilterAt>,
) -> Result<Response, PageError> {
    let (filter, from) = (at.parse()?, at.from());
    let picks = !offered_over_queues(&operator).is_empty();
    let part = app
        .drawings
        .overview(&app, operator.scope(), &filter, from, picks)
        .await?;
    Ok(part.alone(&headers))
}
