//! The page of a family: all versions of a queue side by side, samples of their jobs, and their schemas' compatibility.

pub(crate) mod actions;
pub(crate) mod live_part;
pub(crate) mod samples;
pub(crate) mod schema_compatibility;
pub(crate) mod table;
pub(crate) mod verdicts;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::clock::unix_millis;
use crate::domain::queue::QueueId;
use crate::service::live::snapshot::{Snapshot, SnapshotId};
use crate::service::versions::family::{Family, MOST_VERSIONS};
use crate::web::app::App;
use crate::web::failures;
use crate::web::history::asked as history;
use crate::web::html::charts::{Backlogs, backlogs};
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::{AwayView, NewView};
use crate::web::queue::operate_many::queues::offered::{OverQueues, offered_over_queues};
use crate::web::queue::operate_queues::offered::{ForQueues, offered_for_queues};
use crate::web::queue::which_queues::WhichQueues;
use crate::web::request::address::{FamilyAt, Query};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::request::told::ToldView;
use crate::web::runs::view::RunView;
use crate::web::upcoming;
use crate::web::versions::pin;
use live_part::LivePart;
use samples::{RetentionHintView, SampleSection, piles_of, samples_of};
use schema_compatibility::SchemaCompatibilityView;
use table::Columns;

/// The page of a family.
#[derive(Template)]
#[template(path = "versions/family.html")]
pub(crate) struct FamilyPage {
    frame: Frame,
    name: String,
    /// The prefix; empty for the default one.
    prefix: String,
    columns: Columns,
    /// The address that compares two of them; empty if there is only one.
    compare_href: String,
    /// The search in the jobs of its versions.
    search_href: String,
    /// What is to come in its versions.
    upcoming_href: String,
    /// What happened in its versions.
    history_href: String,
    /// The groups of its failed jobs; empty if none failed.
    failures_href: String,
    /// What this person may do to jobs of all its versions, with the addresses.
    over_versions: Vec<(String, OverQueues)>,
    /// What this person may do to all its versions.
    of_versions: Vec<ForQueues>,
    /// What was just done to them.
    told: ToldView,
    /// How many versions are not shown; empty if none.
    left_out: String,
    away: AwayView,
    /// The address of only the figures, and of their live changes.
    href: String,
    events: String,
    /// What is new since the page was drawn; empty in a page that was just drawn.
    new: NewView,
    hour: Backlogs,
    /// The verdicts and figures, which refresh, and the sections from samples.
    figures: LivePart,
    samples: Vec<SampleSection>,
    piles: Vec<RetentionHintView>,
    fits: SchemaCompatibilityView,
    /// The family's recent runs.
    runs: Vec<RunView>,
    /// What was just done with one of them; empty for nothing.
    notice: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FamilyAt>,
    notices: Notices,
) -> Result<Page<FamilyPage>, PageError> {
    let prefix = at.prefix(&app)?;
    let family = app.services.family(&operator, prefix, &at.name).await?;
    let (samples, fits) = tokio::join!(
        app.services.family_samples(&family.versions),
        app.services.family_fits(&family.versions)
    );
    let runs = app.services.runs_of(&operator, &queues(&family)).await?;
    let done = notices.take().await;
    let columns = Columns::of(&app, queues(&family));
    let which = WhichQueues::family(&app, prefix, &family.name);
    let addresses = Addresses::of(&app, &family, &columns);
    let page = FamilyPage {
        frame: app.frame(&operator, ""),
        prefix: app.links().prefix(prefix).to_owned(),
        compare_href: match columns.len() {
            0 | 1 => String::new(),
            _ => app.links().family(prefix, &family.name, "/family/compare"),
        },
        search_href: {
            let prefix = app.links().prefix(prefix);
            let named = [("family", family.name.as_str()), ("prefix", prefix)];
            app.links().to("/search", &named)
        },
        upcoming_href: upcoming::href_of_family(&app, prefix, &family.name),
        history_href: history::href_of_family(&app, prefix, &family.name),
        over_versions: offered_over_queues(&operator)
            .into_iter()
            .map(|one| (one.href(&app, &which), one))
            .collect(),
        of_versions: offered_for_queues(&app, &operator, &which),
        told: ToldView::of(&app.base_path, done.as_ref()),
        failures_href: match family
            .versions
            .iter()
            .any(|one| one.figures.counts.failed > 0)
        {
            true => failures::family_href(app.links(), prefix, &family.name),
            false => String::new(),
        },
        left_out: match family.left_out {
            0 => String::new(),
            more => thousands(more as u64),
        },
        away: AwayView::new(&app, &family.snapshot),
        href: addresses.figures,
        events: addresses.events,
        new: NewView::default(),
        hour: backlogs_of(&family.snapshot, &columns),
        figures: LivePart::of(&app, &operator, &family.snapshot, &columns),
        samples: samples_of(&samples),
        piles: piles_of(&columns, &samples),
        fits: SchemaCompatibilityView::of(&app, &columns, fits),
        notice: pin::notice(done, |name| {
            let mut versions = family.versions.iter();
            let version = versions.find(|version| version.figures.queue.name() == name)?;
            Some(version.standing.is_pinned)
        }),
        runs: runs
            .iter()
            .map(|run| RunView::new(&app, &operator, run))
            .collect(),
        name: family.name,
        columns,
    };
    Ok(Page::ok(page))
}

fn queues(family: &Family) -> Vec<QueueId> {
    let versions = family.versions.iter();
    versions
        .map(|version| version.figures.queue.clone())
        .collect()
}

/// The backlogs of the versions over the last hour.
pub(crate) fn backlogs_of(snapshot: &Snapshot, columns: &Columns) -> Backlogs {
    let now = unix_millis();
    let known = columns.iter().filter_map(|column| {
        let series = snapshot.queue(&column.queue)?.series.as_deref()?;
        Some((column.word.clone(), series.minutes(now)))
    });
    backlogs(&known.collect::<Vec<_>>())
}

/// The addresses of the page's figures.
struct Addresses {
    figures: String,
    events: String,
}

impl Addresses {
    fn of(app: &App, family: &Family, columns: &Columns) -> Self {
        let seen = family.snapshot.mark.to_string();
        let names = columns.names();
        let query = [
            ("name", family.name.as_str()),
            ("prefix", app.links().prefix(&family.prefix)),
            ("versions", names.as_str()),
            ("seen", seen.as_str()),
        ];
        Self {
            figures: app.links().to("/family/figures", &query),
            events: app.links().to("/events/family", &query),
        }
    }
}

/// Which versions a page shows side by side, as the address of its figures names them.
#[derive(Debug, Deserialize)]
pub(crate) struct ShownFamily {
    /// Their names, separated by `:`, which no name may hold.
    versions: String,
    /// The snapshot that they were drawn from.
    seen: String,
}

impl ShownFamily {
    pub(crate) fn queues(&self, prefix: &str) -> Result<Vec<QueueId>, PageError> {
        let names: Vec<&str> = self.versions.split(':').collect();
        if names.len() > MOST_VERSIONS {
            return Err(PageError::bad(format!(
                "A page shows no more than {MOST_VERSIONS} versions."
            )));
        }
        let queues = names.into_iter().map(|name| QueueId::new(prefix, name));
        queues
            .collect::<Result<_, _>>()
            .map_err(|bad| PageError::not_found(format!("There is no such queue: {bad}.")))
    }

    pub(crate) fn mark(&self) -> Result<SnapshotId, PageError> {
        self.seen.parse().map_err(PageError::bad)
    }
}

/// Only the figures, for pages without a working stream.
pub(crate) async fn figures(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<FamilyAt>,
    Query(shown): Query<ShownFamily>,
) -> Result<Page<LivePart>, PageError> {
    let queues = shown.queues(at.prefix(&app)?)?;
    app.services.check_family(&operator, &queues).await?;
    let columns = Columns::of(&app, queues);
    let snapshot = app.services.overview().now();
    Ok(Page::ok(LivePart::of(&app, &operator, &snapshot, &columns)))
}
