//! A run as a row of a list, and as the head of its page.

use crate::domain::access::{Action, Operator};
use crate::domain::operations::many::ManyJobsSpec;
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::run::{Run, RunApproval, RunKind, RunState};
use crate::web::app::App;
use crate::web::html::format::{When, thousands};

/// What is told of a run wherever it is shown.
#[derive(Debug)]
pub(crate) struct RunView {
    pub(crate) id: String,
    pub(crate) href: String,
    /// `Move`, `Retire`, or the operation that it does.
    pub(crate) verb: &'static str,
    pub(crate) source: String,
    pub(crate) source_href: String,
    /// How many more queues it works on; empty for none.
    pub(crate) more: String,
    /// The target; empty if it has none.
    pub(crate) target: String,
    /// The details, in words.
    pub(crate) about: String,
    pub(crate) target_href: String,
    /// How it stands, or ended: `done` only where something was done.
    pub(crate) state: &'static str,
    /// The class and the icon of its state.
    pub(crate) colour: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) done: String,
    pub(crate) stayed: String,
    pub(crate) begun: When,
    pub(crate) updated: When,
    /// Who began or last continued it, and their role; empty for viewers who may not read the audit log.
    pub(crate) actor: String,
    pub(crate) role: String,
    pub(crate) reason: String,
    /// Who agreed to it, where it takes a second person; empty for nobody, and for those viewers.
    pub(crate) approval: String,
    /// Its entries in the audit log; empty for viewers who may not read it.
    pub(crate) entries_href: String,
    /// The jobs that were done and skipped, as CSV and as JSON lines; empty for viewers who may not read the audit log.
    pub(crate) csv_href: String,
    pub(crate) jsonl_href: String,
    pub(crate) words: String,
}

impl RunView {
    /// The run as `operator` may see it.
    pub(crate) fn new(app: &App, operator: &Operator, run: &Run) -> Self {
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
pub(crate) fn kind_words(kind: RunKind) -> &'static str {
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
