//! Runs: the page of one run with its progress and buttons, and the list of the newest runs.

pub(super) mod export;
mod pace;
pub(super) mod second_person;
pub(super) mod started;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::operations::many::ManyJobsSpec;
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::run::{Run, RunApproval, RunId, RunKind, RunState, Skipped};
use crate::service::runs::RunSeen;
use crate::service::runs::plan::RunBegun;
use crate::service::undo_run::can_undo;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{When, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::session::SignedInUser;
use pace::Pace;

/// The path of the page that undoes a run.
pub(super) const UNDO: &str = "/run/undo";

/// The run in an address or form.
#[derive(Debug, Deserialize)]
pub(super) struct RunAt {
    id: String,
}

impl RunAt {
    fn run(&self) -> Result<RunId, PageError> {
        RunId::parse(&self.id)
            .ok_or_else(|| PageError::not_found(format!("There is no run {:?}.", self.id)))
    }
}

/// A run as a row of a list, and as the head of its page.
#[derive(Debug)]
pub(super) struct RunView {
    pub(super) id: String,
    pub(super) href: String,
    /// `Move`, `Retire`, or the operation that it does.
    pub(super) verb: &'static str,
    pub(super) source: String,
    pub(super) source_href: String,
    /// How many more queues it works on; empty for none.
    pub(super) more: String,
    /// The target; empty if it has none.
    pub(super) target: String,
    /// The details, in words.
    pub(super) about: String,
    pub(super) target_href: String,
    /// How it stands, or ended: `done` only where something was done.
    pub(super) state: &'static str,
    /// The class and the icon of its state.
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    pub(super) done: String,
    pub(super) stayed: String,
    pub(super) begun: When,
    pub(super) updated: When,
    /// Who began or last continued it, and their role; empty for viewers who may not read the audit log.
    pub(super) actor: String,
    pub(super) role: String,
    pub(super) reason: String,
    /// Who agreed to it, where it takes a second person; empty for nobody, and for those viewers.
    pub(super) approval: String,
    /// Its entries in the audit log; empty for viewers who may not read it.
    pub(super) entries_href: String,
    /// The jobs that were done and skipped, as CSV and as JSON lines; empty for viewers who may not read the audit log.
    pub(super) csv_href: String,
    pub(super) jsonl_href: String,
    pub(super) words: String,
}

impl RunView {
    /// The run as `operator` may see it.
    pub(super) fn new(app: &App, operator: &Operator, run: &Run) -> Self {
        let links = app.links();
        let (state, colour, icon) = look(run);
        let told = |text: &str| match operator.may(Action::ReadAudit, &run.source) {
            true => text.to_owned(),
            false => String::new(),
        };
        let target = run.target.as_ref();
        let download = |format| {
            let query = [("id", run.id.as_str()), ("format", format)];
            links.to("/run/export", &query)
        };
        Self {
            id: run.id.as_str().to_owned(),
            href: links.to("/run", &[("id", run.id.as_str())]),
            verb: verb(run),
            source: run.source.name().to_owned(),
            source_href: links.queue(&run.source, &[]),
            more: match run.more.len() {
                0 => String::new(),
                1 => "1 more queue".to_owned(),
                more => format!("{} more queues", thousands(more as u64)),
            },
            target: target.map_or_else(String::new, |queue| queue.name().to_owned()),
            about: run.about.clone(),
            target_href: target.map_or_else(String::new, |queue| links.queue(queue, &[])),
            state,
            colour,
            icon,
            done: thousands(run.figures.done),
            stayed: thousands(run.figures.stayed_in_all()),
            begun: When::of(run.begun),
            updated: When::of(run.updated),
            actor: told(&run.actor.to_string()),
            role: told(&run.role),
            reason: told(&run.reason),
            approval: match &run.approval {
                RunApproval::NotAsked => String::new(),
                RunApproval::By(name) => told(&format!("by {name}")),
                RunApproval::Alone(name) => told(&format!("none: {name} began it alone")),
            },
            entries_href: told(&links.to("/audit", &[("run", run.id.as_str())])),
            csv_href: told(&download("csv")),
            jsonl_href: told(&download("jsonl")),
            words: run.words.clone(),
        }
    }
}

/// What a run does, in a word or two.
fn verb(run: &Run) -> &'static str {
    match run.kind {
        RunKind::Operate => {
            let spec = serde_json::from_str::<ManyJobsSpec>(&run.spec).ok();
            let operation = spec.and_then(|spec| spec.operation());
            operation.map_or("Operate", |one| one.spec().label)
        }
        kind => kind_words(kind),
    }
}

/// What a kind of run does, as its heading says it.
pub(super) fn kind_words(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Move => "Move",
        RunKind::Retire => "Retire",
        RunKind::Drain => QueueOperation::Drain.spec().label,
        RunKind::Clean => QueueOperation::Clean.spec().label,
        RunKind::Obliterate => QueueOperation::Obliterate.spec().label,
        RunKind::Repair => "Repair",
        RunKind::Undo => "Undo",
        RunKind::Operate => "Operate",
    }
}

/// A run's state in words, with its class and its icon. A move that came to its end is done only where it moved something, and
/// all is well only where nothing was skipped.
fn look(run: &Run) -> (&'static str, &'static str, &'static str) {
    let name = run.state.name();
    let (done, stayed) = (run.figures.done, run.figures.stayed_in_all());
    match (run.state, run.kind) {
        (RunState::Running, _) => (name, "active", "active"),
        (RunState::Stopping, _) => (name, "warn", "clock"),
        (RunState::Interrupted, _) => (name, "warn", "alert"),
        (RunState::Stopped, _) => (name, "none", "paused"),
        (RunState::Failed, _) => (name, "bad", "failed"),
        (RunState::Done, RunKind::Move) if done == 0 => ("nothing moved", "warn", "alert"),
        (RunState::Done, _) if stayed > 0 => (name, "warn", "alert"),
        (RunState::Done, _) => (name, "good", "check"),
    }
}

/// The part of a run's page that refreshes.
#[derive(Template, Debug)]
#[template(path = "runs/_figures.html")]
pub(super) struct RunFigures {
    base: String,
    run: RunView,
    /// Whether it is sent alone, into a page that has the buttons already.
    part: bool,
    /// The address from which this part reloads; empty once nothing will change.
    again: String,
    /// The value and the maximum of the progress bar; the maximum is never less than what is done.
    value: u64,
    max: u64,
    total: String,
    pace: Pace,
    /// How many jobs were skipped, by reason.
    reasons: Vec<(String, String)>,
    stayed: Vec<StayView>,
    /// Its queues and their pages, where there are several.
    queues: Vec<(String, String)>,
    /// The addresses of the buttons' forms; empty if there is nothing to stop or continue, or this person may not.
    stop_href: String,
    go_on_href: String,
    /// The page that undoes the run's edits; empty if there are none, or this person may not.
    undo_href: String,
}

impl askama::filters::HtmlSafe for RunFigures {}

/// The pace of a run up to now, or up to its end.
fn pace_of(run: &Run, looked_at: u64, total: u64) -> Pace {
    let at_work = run.state == RunState::Running;
    let until = if at_work { unix_millis() } else { run.updated };
    Pace::new(until.saturating_sub(run.begun), looked_at, total, at_work)
}

/// A skipped job.
#[derive(Debug)]
pub(super) struct StayView {
    /// Its queue; empty where the run has one alone.
    queue: String,
    /// Empty for a whole queue.
    id: String,
    href: String,
    why: String,
}

impl StayView {
    fn new(app: &App, run: &Run, stay: &Skipped) -> Self {
        let queue = run.sources().nth(stay.queue).unwrap_or(&run.source);
        let links = app.links();
        Self {
            queue: match run.is_of_several() {
                true => links.name(queue),
                false => String::new(),
            },
            href: match JobId::new(stay.job.as_str()) {
                Some(id) => links.job(queue, &id),
                None => links.queue(queue, &[]),
            },
            id: stay.job.clone(),
            why: stay.why.clone(),
        }
    }
}

impl RunFigures {
    fn new(app: &App, operator: &Operator, seen: &RunSeen, part: bool) -> Self {
        let RunSeen { run, stayed, .. } = seen;
        let figures = &run.figures;
        let links = app.links();
        let looked_at = figures.done + figures.stayed_in_all();
        let max = match run.state {
            RunState::Done => looked_at,
            _ => figures.total.max(looked_at),
        };
        let if_may = |offered: bool, path: &str| match offered && seen.may_act {
            true => links.to(path, &[]),
            false => String::new(),
        };
        Self {
            base: app.base_path.clone(),
            part,
            again: match run.state.is_under_way() {
                true => links.to("/run/figures", &[("id", run.id.as_str())]),
                false => String::new(),
            },
            value: if run.state == RunState::Done {
                max.max(1)
            } else {
                looked_at
            },
            max: max.max(1),
            total: thousands(max),
            pace: pace_of(run, looked_at, max),
            reasons: figures
                .stayed
                .iter()
                .map(|(why, count)| (why.clone(), thousands(*count)))
                .collect(),
            stayed: stayed
                .iter()
                .map(|stay| StayView::new(app, run, stay))
                .collect(),
            queues: match run.is_of_several() {
                true => run
                    .sources()
                    .map(|queue| (links.name(queue), links.queue(queue, &[])))
                    .collect(),
                false => Vec::new(),
            },
            stop_href: if_may(
                matches!(run.state, RunState::Running | RunState::Interrupted),
                "/run/stop",
            ),
            go_on_href: if_may(run.state.can_go_on(), "/run/go-on"),
            undo_href: match can_undo(run).is_ok() && seen.may_act {
                true => links.to(UNDO, &[("id", run.id.as_str())]),
                false => String::new(),
            },
            run: RunView::new(app, operator, run),
        }
    }
}

/// The page of a run.
#[derive(Template)]
#[template(path = "runs/run.html")]
pub(super) struct RunPage {
    frame: Frame,
    figures: RunFigures,
    runs_href: String,
}

pub(super) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RunAt>,
) -> Result<Page<RunPage>, PageError> {
    let seen = app.services.run(&operator, &at.run()?).await?;
    Ok(Page::ok(RunPage {
        frame: app.frame(&operator, "runs"),
        figures: RunFigures::new(&app, &operator, &seen, false),
        runs_href: app.links().to("/runs", &[]),
    }))
}

pub(super) async fn figures(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RunAt>,
) -> Result<Page<RunFigures>, PageError> {
    let seen = app.services.run(&operator, &at.run()?).await?;
    Ok(Page::ok(RunFigures::new(&app, &operator, &seen, true)))
}

pub(super) async fn stop(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RunAt>,
) -> Result<Response, PageError> {
    let id = at.run()?;
    // If the run ended meanwhile, its page says so.
    app.services.stop_run(&operator, &id).await?;
    Ok(to_run(&app, &id))
}

pub(super) async fn go_on(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RunAt>,
) -> Result<Response, PageError> {
    let id = at.run()?;
    match app.services.go_on(&operator, &id, "").await? {
        RunBegun::Yes(id) => Ok(to_run(&app, &id)),
        RunBegun::Over => Ok(to_run(&app, &id)),
        RunBegun::Busy(other) if other == id => Ok(to_run(&app, &id)),
        RunBegun::Busy(other) => Err(PageError::taken(format!(
            "Run {other} is using one of its queues. Continue this run after that one has ended."
        ))),
    }
}

/// Redirects to a run's page.
pub(super) fn to_run(app: &App, id: &RunId) -> Response {
    Redirect::to(&app.links().to("/run", &[("id", id.as_str())])).into_response()
}

/// The page of the newest runs.
#[derive(Template)]
#[template(path = "runs/list.html")]
pub(super) struct RunsPage {
    frame: Frame,
    runs: Vec<RunView>,
}

pub(super) async fn list(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Result<Page<RunsPage>, PageError> {
    let runs = app.services.runs(&operator).await?;
    Ok(Page::ok(RunsPage {
        frame: app.frame(&operator, "runs"),
        runs: runs
            .iter()
            .map(|run| RunView::new(&app, &operator, run))
            .collect(),
    }))
}
