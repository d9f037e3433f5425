//! The part of a run's page that refreshes: how far it is, what it skipped, and its buttons.

use askama::Template;

use super::pace::Pace;
use super::view::RunView;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::run::{Run, RunState, Skipped};
use crate::service::runs::seen::RunSeen;
use crate::service::undo_run::can_undo;
use crate::web::app::App;
use crate::web::html::format::thousands;

/// The path of the page that undoes a run.
pub(crate) const UNDO: &str = "/run/undo";

/// The part of a run's page that refreshes.
#[derive(Template, Debug)]
#[template(path = "runs/_figures.html")]
pub(crate) struct RunFigures {
    base: String,
    pub(super) run: RunView,
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
pub(crate) struct StayView {
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
    pub(super) fn new(app: &App, operator: &Operator, seen: &RunSeen, part: bool) -> Self {
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
