//! The rows of the tables of what is to come.

use crate::domain::job::JobState;
use crate::domain::queue::QueueFigures;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::upcoming::window::Buckets;
use crate::service::upcoming::due::{QueueDue, QueueLate, SchedulerDue, Upcoming};
use crate::web::app::App;
use crate::web::html::format::{When, minute, thousands};
use crate::web::schedulers::row::SchedulerRow;

/// A part of the window in which something is due.
pub(super) struct PartRow {
    /// `14:02–14:03 UTC`.
    pub(super) at: String,
    pub(super) jobs: String,
    pub(super) runs: String,
}

impl PartRow {
    pub(super) fn all(found: &Upcoming) -> Vec<Self> {
        let counts = found.delayed.parts.iter().zip(&found.runs.parts);
        let some = counts
            .enumerate()
            .filter(|(_, (jobs, runs))| **jobs + **runs > 0);
        some.map(|(part, (jobs, runs))| Self {
            at: span_words(&found.buckets, part),
            jobs: thousands(*jobs),
            runs: thousands(*runs),
        })
        .collect()
    }
}

/// A part of the window: `14:02–14:03 UTC`.
pub(super) fn span_words(buckets: &Buckets, part: usize) -> String {
    let now = buckets.start();
    let Some((from, to)) = buckets.parts().nth(part) else {
        return String::new();
    };
    let (from, to) = (minute(from, now), minute(to, now));
    format!("{}–{to}", from.trim_end_matches(" UTC"))
}

/// A queue with jobs that come due.
pub(super) struct QueueRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) jobs: String,
    pub(super) first: String,
    pub(super) busiest: String,
    pub(super) most: String,
}

impl QueueRow {
    pub(super) fn new(app: &App, due: &QueueDue, buckets: &Buckets) -> Self {
        let links = app.links();
        Self {
            name: links.name(&due.queue),
            href: links.queue_state(&due.queue, JobState::Delayed),
            jobs: thousands(due.jobs),
            first: span_words(buckets, due.first),
            busiest: span_words(buckets, due.busiest),
            most: thousands(due.most),
        }
    }
}

/// A queue with jobs that were due and not taken.
pub(super) struct LateRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) jobs: String,
    pub(super) since: Option<When>,
    pub(super) why: &'static str,
}

impl LateRow {
    pub(super) fn new(app: &App, late: &QueueLate) -> Self {
        let (links, figures) = (app.links(), &late.version.figures);
        Self {
            name: links.name(&figures.queue),
            href: links.queue_state(&figures.queue, JobState::Delayed),
            jobs: thousands(late.jobs),
            since: late.since.map(When::of),
            why: why(figures),
        }
    }
}

/// Why a queue's jobs are late, as far as its figures tell.
fn why(figures: &QueueFigures) -> &'static str {
    match (figures.paused, figures.workers) {
        (true, _) => "The queue is paused.",
        (false, Some(0)) => "No worker is connected.",
        (false, None) => "It is not known whether workers are connected.",
        (false, Some(_)) => {
            "Workers are connected. They may be busy, stuck, or about to take these jobs."
        }
    }
}

/// A scheduler whose next run is past.
pub(super) struct LateSchedulerRow {
    pub(super) row: SchedulerRow,
}

impl LateSchedulerRow {
    pub(super) fn new(app: &App, scheduler: &Scheduler) -> Self {
        Self {
            row: SchedulerRow::new(app, scheduler, None),
        }
    }
}

/// A scheduler that runs in the window.
pub(super) struct RunRow {
    pub(super) row: SchedulerRow,
    /// How many runs; `5 or more` if not all were counted.
    pub(super) runs: String,
}

impl RunRow {
    pub(super) fn new(app: &App, due: &SchedulerDue) -> Self {
        let runs = thousands(due.runs);
        Self {
            row: SchedulerRow::new(app, &due.scheduler, None),
            runs: match due.or_more {
                true => format!("{runs} or more"),
                false => runs,
            },
        }
    }
}
