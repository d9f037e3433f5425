//! A scheduler as a row of a list, and as the head of its page.

use super::of_scheduler;
use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::schedulers::scheduler::{PastRun, Scheduler, SchedulerKind, Standing};
use crate::domain::schedulers::upcoming::ScheduleWords;
use crate::web::app::App;
use crate::web::html::format::{When, duration, thousands};

/// A scheduler.
#[derive(Debug)]
pub(crate) struct SchedulerRow {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) queue: String,
    pub(crate) queue_href: String,
    /// The name of its jobs.
    pub(crate) name: String,
    pub(crate) schedule: ScheduleWords,
    /// Whether it is a repeatable job of BullMQ 4 or 5.
    pub(crate) legacy: bool,
    pub(crate) standing: StandingView,
    pub(crate) next: When,
    pub(crate) last: Option<PastRunView>,
    /// `3 of 10`; empty without a limit.
    pub(crate) limit: String,
    pub(crate) end: Option<When>,
}

/// How a scheduler stands, with its class and icon.
#[derive(Debug)]
pub(crate) struct StandingView {
    pub(crate) name: &'static str,
    pub(crate) colour: &'static str,
    pub(crate) icon: &'static str,
    /// What that means, and what to do; empty if all is well.
    pub(crate) words: String,
}

impl StandingView {
    pub(crate) fn new(scheduler: &Scheduler) -> Self {
        let standing = scheduler.standing(unix_millis());
        let (colour, icon) = match standing {
            Standing::Scheduled => ("delayed", "clock"),
            Standing::Running => ("active", "active"),
            Standing::Late(_) => ("warn", "alert"),
            Standing::Ended => ("none", "check"),
            Standing::Stuck => ("bad", "failed"),
        };
        let words = match standing {
            Standing::Scheduled | Standing::Running => String::new(),
            Standing::Late(late) => {
                format!("Its job was due {} ago, and no worker took it.", duration(late))
            }
            Standing::Ended => "Its limit is reached or its end has come.".to_owned(),
            Standing::Stuck => {
                "Its next job is gone, so it does not run again until the application sets it up again.".to_owned()
            }
        };
        Self {
            name: standing.name(),
            colour,
            icon,
            words,
        }
    }
}

/// A job that the scheduler made earlier.
#[derive(Debug)]
pub(crate) struct PastRunView {
    pub(crate) id: String,
    pub(crate) href: String,
    /// `completed`, `failed` or `active`, which is also its class and icon.
    pub(crate) state: &'static str,
    pub(crate) due: When,
    /// When it finished, or else when it was taken.
    pub(crate) at: When,
    /// How long it took; empty if it has not finished.
    pub(crate) took: String,
}

impl PastRunView {
    pub(crate) fn new(app: &App, scheduler: &Scheduler, run: &PastRun) -> Self {
        let took = run.started.zip(run.finished);
        Self {
            id: run.id.as_str().to_owned(),
            href: app.links().job(&scheduler.queue, &run.id),
            state: run.state.name(),
            due: When::of(run.due),
            at: When::of(run.finished.or(run.started).unwrap_or(run.due)),
            took: match (took, run.state) {
                (_, JobState::Active) | (None, _) => String::new(),
                (Some((started, finished)), _) => duration(finished.saturating_sub(started)),
            },
        }
    }
}

impl SchedulerRow {
    pub(crate) fn new(app: &App, scheduler: &Scheduler, last: Option<&PastRun>) -> Self {
        let links = app.links();
        Self {
            id: scheduler.id.as_str().to_owned(),
            href: of_scheduler(links, "/scheduler", &scheduler.queue, &scheduler.id, &[]),
            queue: scheduler.queue.name().to_owned(),
            queue_href: links.queue(&scheduler.queue, &[]),
            name: scheduler.name.clone(),
            schedule: scheduler.words(),
            legacy: scheduler.kind == SchedulerKind::Legacy,
            standing: StandingView::new(scheduler),
            next: When::of(scheduler.next),
            last: last.map(|run| PastRunView::new(app, scheduler, run)),
            limit: limit(scheduler),
            end: scheduler.end.map(When::of),
        }
    }
}

/// `3 of 10`; empty without a limit.
fn limit(scheduler: &Scheduler) -> String {
    match (scheduler.limit, scheduler.made_of_limit()) {
        (Some(limit), Some(made)) => format!("{} of {}", thousands(made), thousands(limit)),
        (Some(limit), None) => thousands(limit),
        (None, _) => String::new(),
    }
}
