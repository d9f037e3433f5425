//! The page of one scheduler: when it runs, how its last runs ended, and its template.

use askama::Template;
use axum::extract::State;

use super::row::{PastRunView, SchedulerRow};
use super::template::template_view;
use super::{SchedulerAt, list_href, of_scheduler, remove, set};
use crate::clock::unix_millis;
use crate::domain::access::Action;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::domain::schedulers::upcoming::Run;
use crate::service::schedulers::read::TemplateText;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{When, duration, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::{AwayView, QueueView};
use crate::web::job::texts::TextView;
use crate::web::request::address::Query;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// How many of its next runs a scheduler's page shows.
const NEXT_RUNS: usize = 5;

/// The page of a scheduler.
#[derive(Template)]
#[template(path = "schedulers/one.html")]
pub(crate) struct SchedulerView {
    frame: Frame,
    away: AwayView,
    queue: QueueView,
    schedulers_href: String,
    row: SchedulerRow,
    /// Labels and values beside it.
    facts: Vec<(&'static str, String)>,
    times: Vec<(&'static str, When)>,
    /// The job that comes next; empty if there is none.
    pending_id: String,
    pending_href: String,
    next: Vec<NextRunView>,
    next_note: String,
    past: Vec<PastRunView>,
    looked_at: String,
    data: TextView,
    options: TextView,
    /// The page that changes it; empty for those who may not, and for a repeatable job.
    edit_href: String,
    /// The page that asks before it is run now; empty for those who may not, and for a repeatable job.
    run_href: String,
    /// The page that asks before it is removed; empty for those who may not.
    remove_href: String,
    /// What was just done; empty for nothing.
    done: &'static str,
}

/// A run that comes.
#[derive(Debug)]
pub(super) struct NextRunView {
    /// In the scheduler's time zone.
    pub(super) local: String,
    pub(super) at: When,
    pub(super) clock_changed: bool,
}

impl NextRunView {
    /// The runs that come.
    pub(super) fn all(runs: Vec<Run>) -> Vec<Self> {
        let view = |run: Run| Self {
            local: run.local,
            at: When::of(run.at),
            clock_changed: run.clock_changed,
        };
        runs.into_iter().map(view).collect()
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<SchedulerAt>,
    notices: Notices,
) -> Result<Page<SchedulerView>, PageError> {
    let (queue, id) = at.scheduler(&app)?;
    let found = app.services.scheduler_page(&operator, &queue, &id).await?;
    let (links, scheduler, lineage) = (app.links(), &found.scheduler, &found.lineage);
    let upcoming = scheduler.upcoming(unix_millis(), NEXT_RUNS);
    let pending = scheduler.pending.as_ref();
    let pending = pending.filter(|job| job.state.is_some()).map(|job| &job.id);
    let past = found.past.iter();
    Ok(Page::ok(SchedulerView {
        frame: app.frame(&operator, ""),
        away: AwayView::new(&app, &app.services.overview().now()),
        queue: QueueView::new(&found.queue, &lineage.family, &lineage.label, links),
        schedulers_href: list_href(links, &queue, &[]),
        row: SchedulerRow::new(&app, scheduler, None),
        facts: facts(scheduler),
        times: [("Starts", scheduler.start), ("Ends", scheduler.end)]
            .into_iter()
            .filter_map(|(label, time)| Some((label, When::of(time?))))
            .collect(),
        pending_id: pending.map_or_else(String::new, |id| id.as_str().to_owned()),
        pending_href: pending.map_or_else(String::new, |id| links.job(&queue, id)),
        next: NextRunView::all(upcoming.runs),
        next_note: upcoming.note,
        past: past
            .map(|run| PastRunView::new(&app, scheduler, run))
            .collect(),
        looked_at: thousands(found.looked_at),
        data: template_view(&app, scheduler, TemplateText::Data, &found.data),
        options: template_view(&app, scheduler, TemplateText::Opts, &found.options),
        edit_href: match operator.may(Action::SetScheduler, &queue) && !scheduler.is_legacy() {
            true => of_scheduler(links, "/scheduler/edit", &queue, &id, &[]),
            false => String::new(),
        },
        run_href: match operator.may(Action::RunScheduler, &queue) && !scheduler.is_legacy() {
            true => of_scheduler(links, "/scheduler/run", &queue, &id, &[]),
            false => String::new(),
        },
        remove_href: match operator.may(Action::RemoveScheduler, &queue) {
            true => remove::href(&app, &SchedulerRef { queue, id }),
            false => String::new(),
        },
        done: match notices.take().await {
            Some(done) if done.what == set::CREATED => "Scheduler created.",
            Some(done) if done.what == set::CHANGED => "Scheduler changed.",
            _ => "",
        },
    }))
}

fn facts(scheduler: &Scheduler) -> Vec<(&'static str, String)> {
    let words = scheduler.words();
    let zone = match (words.pattern.is_empty(), words.zone.is_empty()) {
        (true, _) => String::new(),
        (false, true) => "the worker’s".to_owned(),
        (false, false) => words.zone.clone(),
    };
    let offset = match scheduler.offset {
        0 => String::new(),
        offset => duration(offset),
    };
    let made = scheduler.made.map_or_else(String::new, thousands);
    let limit = scheduler.limit.map_or_else(String::new, thousands);
    let all = [
        ("Job name", scheduler.name.clone()),
        ("Pattern", words.pattern),
        ("Time zone", zone),
        ("Offset", offset),
        ("Jobs made", made),
        ("Limit", limit),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}
