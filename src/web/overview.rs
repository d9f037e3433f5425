//! The overview: every queue by family and version, out of the shared snapshot.

use std::time::{Duration, UNIX_EPOCH};

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::App;
use super::error::PageError;
use super::extract::{Query, SignedIn};
use super::page::{Frame, Page};
use super::view::{QueueView, StateView, When, thousands};
use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::queue::Counts;
use crate::service::snapshot::{FamilySeen, OverviewFilter, Snapshot, VersionFigures};

/// The filter as the address holds it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FilterAt {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    problem: String,
}

impl FilterAt {
    fn parse(&self) -> Result<OverviewFilter, PageError> {
        let state = match self.state.as_str() {
            "" => None,
            name => Some(name.parse().map_err(PageError::bad)?),
        };
        Ok(OverviewFilter {
            name: self.q.trim().to_owned(),
            state,
            problems: self.problem == "1",
        })
    }
}

/// The page.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct OverviewPage {
    frame: Frame,
    /// What was typed into the filter's name.
    q: String,
    /// The states to choose from; the chosen one is current.
    states: Vec<StateView>,
    /// Whether only queues with problems are shown.
    problem: bool,
    /// Whether anything is filtered.
    filtered: bool,
    /// The address without a filter.
    clear_href: String,
    figures: OverviewFigures,
}

/// The part that refreshes.
#[derive(Template)]
#[template(path = "_overview_figures.html")]
pub(super) struct OverviewFigures {
    /// The path everything is under.
    base: String,
    /// Sums over everything in scope.
    totals: Vec<StateView>,
    /// How many queues are in scope, and how many pass the filter.
    queues: String,
    shown: String,
    families: Vec<FamilyView>,
    /// When it was counted; `None` before the first time.
    taken: Option<When>,
    /// Since when Redis can't be asked, and what it said.
    stale: Option<(When, String)>,
    /// The address of this part, and how many seconds until it is asked for again.
    href: String,
    every: u64,
}

impl askama::filters::HtmlSafe for OverviewFigures {}

/// A family's section.
#[derive(Debug)]
pub(super) struct FamilyView {
    name: String,
    /// The prefix, where it is not the default one.
    prefix: String,
    /// Whether it has a heading: all but a queue alone whose name holds no version.
    headed: bool,
    versions: Vec<VersionView>,
}

/// One version's row.
#[derive(Debug)]
pub(super) struct VersionView {
    queue: QueueView,
    counts: Vec<StateView>,
    problems: Vec<&'static str>,
}

pub(super) async fn page(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<FilterAt>,
) -> Result<Page<OverviewPage>, PageError> {
    let filter = at.parse()?;
    app.services.overview().ready().await;
    let states = JobState::KEPT.map(|state| StateView {
        current: filter.state == Some(state),
        ..StateView::bare(state)
    });
    Ok(Page::ok(OverviewPage {
        frame: app.frame(&operator, "overview"),
        q: filter.name.clone(),
        states: states.to_vec(),
        problem: filter.problems,
        filtered: filter != OverviewFilter::default(),
        clear_href: app.links().to("/", &[]),
        figures: figures_of(&app, &operator, &filter),
    }))
}

pub(super) async fn figures(
    State(app): State<App>,
    SignedIn(operator): SignedIn,
    Query(at): Query<FilterAt>,
) -> Result<Page<OverviewFigures>, PageError> {
    let filter = at.parse()?;
    Ok(Page::ok(figures_of(&app, &operator, &filter)))
}

fn figures_of(app: &App, operator: &Operator, filter: &OverviewFilter) -> OverviewFigures {
    let snapshot: &Snapshot = &app.services.overview().now();
    let seen = snapshot.seen_by(operator, filter);
    let shown: usize = seen
        .families
        .iter()
        .map(|family| family.versions.len())
        .sum();
    let state = filter.state.map_or("", JobState::name);
    let query = [
        ("q", filter.name.as_str()),
        ("state", state),
        ("problem", if filter.problems { "1" } else { "" }),
    ];
    OverviewFigures {
        base: app.base_path.clone(),
        totals: states(&seen.totals, |state| {
            app.links().to("/", &[("state", state.name())])
        }),
        queues: thousands(seen.queues as u64),
        shown: thousands(shown as u64),
        families: seen
            .families
            .iter()
            .map(|family| family_view(app, family))
            .collect(),
        taken: snapshot.taken.map(when),
        stale: snapshot
            .stale
            .as_ref()
            .map(|stale| (when(stale.since), stale.cause.clone())),
        href: app.links().to("/overview/figures", &query),
        every: refresh_seconds(app.refresh),
    }
}

fn family_view(app: &App, family: &FamilySeen<'_>) -> FamilyView {
    FamilyView {
        name: family.name.to_owned(),
        prefix: app.links().prefix(family.prefix).to_owned(),
        headed: match family.versions.as_slice() {
            [alone] => !alone.lineage.label.is_empty(),
            _ => true,
        },
        versions: family
            .versions
            .iter()
            .map(|version| version_view(app, version))
            .collect(),
    }
}

fn version_view(app: &App, version: &VersionFigures) -> VersionView {
    let VersionFigures {
        lineage, figures, ..
    } = version;
    VersionView {
        queue: QueueView::new(figures, &lineage.family, &lineage.label, app.links()),
        // A zero links to nowhere: most of a large overview is zeros.
        counts: states(&figures.counts, |state| match figures.counts.of(state) {
            0 => String::new(),
            _ => app.links().queue_state(&figures.queue, state),
        }),
        problems: figures
            .problems()
            .into_iter()
            .map(crate::domain::queue::Problem::label)
            .collect(),
    }
}

/// Each state's count with its link.
pub(super) fn states(counts: &Counts, href: impl Fn(JobState) -> String) -> Vec<StateView> {
    JobState::KEPT
        .into_iter()
        .map(|state| StateView::new(state, counts.of(state), href(state)))
        .collect()
}

/// How many seconds a page waits before it asks again: no less than the snapshot takes to be renewed.
pub(super) fn refresh_seconds(refresh: Duration) -> u64 {
    refresh.as_secs().max(2)
}

/// A moment of the system's clock.
pub(super) fn when(at: std::time::SystemTime) -> When {
    let millis = at.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    When::of(millis)
}
