//! The overview: every queue by family and version, from the shared snapshot.

pub(crate) mod alarms;
mod broken_glass;
pub(crate) mod figures;
pub(crate) mod filter;
mod heading;
pub(crate) mod row;
pub(crate) mod selection;
pub(crate) mod shared_figures;
pub(crate) mod usual_version;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::frame::Frame;
use super::html::parts::{AwayView, StateView};
use super::html::shared_part::Hole;
use super::queue::operate_many::queues::offered::offered_over_queues;
use super::request::address::Query;
use super::request::notices::Notices;
use super::request::session::SignedInUser;
use super::request::told::ToldView;
use crate::domain::job::JobState;
use crate::domain::server::warning::Warning;
use crate::service::live::snapshot::OverviewFilter;
use broken_glass::BrokenGlassView;
use filter::{OverviewAddress, OverviewFilterAt};
use heading::{SortChoice, choices};
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
    /// The orders to choose from.
    sorts: Vec<SortChoice>,
    /// Whether a filter is set.
    filtered: bool,
    /// The address of the overview, and the same order without a filter.
    action: String,
    clear_href: String,
    away: AwayView,
    /// What can be done to the queues that are selected, and to all that are listed; `None` where this person may do nothing to them.
    selection: Option<QueueSelectionView>,
    /// What was just done to many queues.
    told: ToldView,
    /// For admins: Redis may delete jobs, or the background work is not done.
    warning: Option<Warning>,
    server_href: String,
    /// For admins: the newest edit of the last 24 hours that was saved without the second person that it takes.
    broken_glass: Option<BrokenGlassView>,
    /// The address of only the figures, and of their live changes.
    href: String,
    events: String,
    /// The place of the figures.
    hole: Hole,
}

/// What the address has where many queues were just changed. Only then the page looks for a notice, which costs Redis a command.
#[derive(Debug, Deserialize)]
pub(crate) struct AfterChange {
    #[serde(default)]
    done: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    headers: HeaderMap,
    Query(at): Query<OverviewFilterAt>,
    Query(after): Query<AfterChange>,
    notices: Notices,
) -> Result<Response, PageError> {
    let address = at.parse()?;
    let filter = &address.filter;
    app.services.overview().ready().await;
    let selection = QueueSelectionView::new(&app, &operator, &address);
    let part = app
        .drawings
        .overview(&app, operator.scope(), &address, selection.is_some())
        .await?;
    let states = JobState::KEPT.map(|state| StateView {
        current: filter.state == Some(state),
        ..StateView::bare(state)
    });
    let unfiltered = OverviewAddress {
        sort: address.sort,
        ..OverviewAddress::default()
    };
    let mark = part.mark().to_string();
    let seen = [("seen", mark.as_str()), ("bullmq", part.usual_version())];
    let shell = OverviewPage {
        frame: app.frame(&operator, "overview"),
        q: filter.name.clone(),
        states: states.to_vec(),
        problem: filter.problems,
        sorts: choices(address.sort),
        filtered: *filter != OverviewFilter::default(),
        selection,
        told: match after.done.is_empty() {
            true => ToldView::default(),
            false => ToldView::of(&app.base_path, notices.take().await.as_ref()),
        },
        action: app.links().to("/", &[]),
        clear_href: unfiltered.href(app.links(), "/", &[]),
        warning: match app.services.background_warning(&operator) {
            Some(warning) => Some(warning),
            None => app.services.eviction_warning(&operator).await,
        },
        server_href: app.links().to("/redis", &[]),
        broken_glass: BrokenGlassView::of(&app, &operator),
        away: AwayView::new(&app, &app.services.overview().now()),
        href: address.href(app.links(), "/overview/figures", &[]),
        events: address.href(app.links(), "/events/overview", &seen),
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
    let address = at.parse()?;
    let picks = !offered_over_queues(&operator).is_empty();
    let part = app
        .drawings
        .overview(&app, operator.scope(), &address, picks)
        .await?;
    Ok(part.alone(&headers))
}
