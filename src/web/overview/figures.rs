//! The figures of the overview: all of them, and the parts that a live page gets separately.

use askama::Template;

use super::alarms::Alarms;
use super::filter::OverviewAddress;
use super::heading::{Headings, words};
use super::row::{RowOptions, VersionView};
use super::usual_version::UsualVersion;
use crate::domain::access::scope::Scope;
use crate::domain::job::JobState;
use crate::domain::queue::Counts;
use crate::service::live::snapshot::{FamilySeen, Snapshot, VersionFigures};
use crate::web::app::App;
use crate::web::html::format::{When, thousands, when};
use crate::web::html::parts::{NewView, StateView, states, tell_held};
use crate::web::versions::lifecycle::ViewContext;

/// How many rows a page holds. Nobody reads more, and browsers draw more slowly.
const ROWS: usize = 1000;

/// All figures of the overview.
#[derive(Template)]
#[template(path = "overview/_figures.html")]
pub(crate) struct OverviewFigures {
    /// The path that everything is under.
    base: String,
    alarms: Alarms,
    totals: Totals,
    /// How many queues are in scope, and which of those that match the filter are shown.
    queues: String,
    shown: String,
    usual_version: UsualVersion,
    /// The order in words, and the address of the usual one; empty if this is the usual one.
    sorted: String,
    unsorted_href: String,
    headings: Headings,
    /// The name of the first column: whether it holds only queues, or families with versions too.
    first_column: &'static str,
    families: Vec<FamilyView>,
    /// Where was looked, while no queue at all was found.
    nothing: Option<NothingFound>,
    /// What waits to be shown; empty in a page that was just drawn.
    new: NewView,
    /// When the snapshot was taken; `None` before the first one.
    taken: Option<When>,
    /// The addresses of the neighbouring pages; empty if there is none.
    previous: String,
    next: String,
}

impl askama::filters::HtmlSafe for OverviewFigures {}

/// The sums over all queues in scope.
#[derive(Template)]
#[template(path = "overview/_totals.html")]
pub(crate) struct Totals {
    base: String,
    queues: String,
    /// How many versions are stranded, and the address of their list.
    stranded: String,
    stranded_href: String,
    totals: Vec<StateView>,
}

impl askama::filters::HtmlSafe for Totals {}

/// Where queues were looked for in vain.
pub(crate) struct NothingFound {
    /// The address of Redis, without a password.
    redis: String,
    /// The prefixes, one or several.
    prefixes: Vec<String>,
}

impl NothingFound {
    /// Set where Redis holds no queue. Who may see only some queues is not told whether there are others.
    fn of(app: &App, scope: &Scope, snapshot: &Snapshot) -> Option<Self> {
        (snapshot.queues.is_empty() && *scope == Scope::everything()).then(|| Self {
            redis: app.redis.clone(),
            prefixes: app.services.store().prefixes().to_vec(),
        })
    }
}

/// A family's section.
pub(crate) struct FamilyView {
    name: String,
    /// The family's page.
    href: String,
    /// The prefix; empty for the default one.
    prefix: String,
    /// Whether it has a heading. A family with only one row has none: the row has its whole name.
    headed: bool,
    versions: Vec<VersionView>,
}

/// The figures of `snapshot` for a viewer with `scope`: the rows that `address` names.
pub(crate) fn figures_of(
    app: &App,
    scope: &Scope,
    address: &OverviewAddress,
    snapshot: &Snapshot,
    rows: RowOptions<'_>,
) -> OverviewFigures {
    let from = address.from;
    let seen = snapshot.seen_by(scope, &address.filter, address.sort);
    let sight = ViewContext::new(scope, snapshot);
    let all: usize = seen
        .families
        .iter()
        .map(|family| family.versions.len())
        .sum();
    let shown = match all > ROWS {
        true => {
            let first = thousands(from.saturating_add(1).min(all) as u64);
            let last = thousands(all.min(from.saturating_add(ROWS)) as u64);
            match all == seen.queues {
                true => format!("{first}–{last}"),
                false => format!("{first}–{last} of {}", thousands(all as u64)),
            }
        }
        false => thousands(all as u64),
    };
    let page = |from: usize| address.from(from).href(app.links(), "/", &[]);
    let families: Vec<FamilyView> = cut(&seen.families, from)
        .map(|(family, versions)| family_view(app, family, versions, &sight, rows))
        .collect();
    OverviewFigures {
        base: app.base_path.clone(),
        alarms: Alarms::of(app, snapshot, &sight),
        totals: totals_of(app, scope, snapshot),
        queues: thousands(seen.queues as u64),
        shown,
        usual_version: rows.usual.clone(),
        sorted: match address.sort {
            None => String::new(),
            sort => words(sort),
        },
        unsorted_href: address.sorted(None).href(app.links(), "/", &[]),
        headings: Headings::new(app, address),
        first_column: match families.iter().any(|family| family.headed) {
            true => "Queue and version",
            false => "Queue",
        },
        families,
        nothing: NothingFound::of(app, scope, snapshot),
        new: NewView::default(),
        taken: snapshot.taken.map(when),
        previous: match from {
            0 => String::new(),
            from => page(from.saturating_sub(ROWS)),
        },
        next: match from.saturating_add(ROWS) {
            next if next < all => page(next),
            _ => String::new(),
        },
    }
}

/// The families on one page of rows, each with those of its versions that are on it.
fn cut<'a>(
    families: &'a [FamilySeen<'a>],
    from: usize,
) -> impl Iterator<Item = (&'a FamilySeen<'a>, &'a [&'a std::sync::Arc<VersionFigures>])> {
    let mut before = 0_usize;
    families.iter().filter_map(move |family| {
        let begins = before;
        before += family.versions.len();
        let first = from.saturating_sub(begins).min(family.versions.len());
        let last = from
            .saturating_add(ROWS)
            .saturating_sub(begins)
            .min(family.versions.len());
        let versions = family.versions.get(first..last)?;
        (!versions.is_empty()).then_some((family, versions))
    })
}

/// The totals of `snapshot` for a viewer with `scope`.
pub(crate) fn totals_of(app: &App, scope: &Scope, snapshot: &Snapshot) -> Totals {
    let seen = snapshot
        .queues
        .iter()
        .filter(|version| scope.holds(&version.figures.queue));
    let (mut queues, mut stranded, mut held, mut sum) = (0, 0, 0, Counts::default());
    for version in seen {
        queues += 1;
        stranded += u64::from(version.figures.is_stranded());
        held += version.figures.held_in_waiting();
        sum = sum.plus(&version.figures.counts);
    }
    let of_state = |state: JobState| app.links().to("/", &[("state", state.name())]);
    let mut totals = states(&sum, of_state);
    tell_held(&mut totals, held, || of_state(JobState::Paused));
    // A tile counts all that is paused, wherever it is kept.
    if let Some(paused) = totals.iter_mut().find(|total| !total.held.is_empty()) {
        paused.count = thousands(sum.paused + held);
        paused.is_none = false;
    }
    Totals {
        base: app.base_path.clone(),
        queues: thousands(queues),
        stranded: thousands(stranded),
        stranded_href: app.links().to("/", &[("problem", "1")]),
        totals,
    }
}

fn family_view(
    app: &App,
    family: &FamilySeen<'_>,
    versions: &[&std::sync::Arc<VersionFigures>],
    sight: &ViewContext<'_>,
    rows: RowOptions<'_>,
) -> FamilyView {
    FamilyView {
        name: family.name.to_owned(),
        href: app.links().family(family.prefix, family.name, "/family"),
        prefix: app.links().prefix(family.prefix).to_owned(),
        headed: family.versions.len() > 1,
        versions: versions
            .iter()
            .map(|version| VersionView::new(app, version, sight, rows))
            .collect(),
    }
}
