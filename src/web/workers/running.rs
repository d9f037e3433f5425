//! What a worker runs, in its row.

use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::worker::{ActiveJob, Doubt, Running, UnknownBecause};
use crate::service::workers::WorkerRow;
use crate::web::app::App;
use crate::web::html::format::{When, thousands};

/// How many of a worker's jobs its row names.
const JOBS_NAMED: usize = 5;

/// What a worker runs.
#[derive(Default)]
pub(super) struct RunningView {
    pub(super) jobs: Vec<JobView>,
    /// `nothing`, or `unknown`; empty if it runs jobs.
    pub(super) word: &'static str,
    /// Why it is unknown or uncertain; empty for nothing to add.
    pub(super) note: String,
    /// `3 active in its queue`, with their list.
    pub(super) active: Option<(String, String)>,
}

pub(super) struct JobView {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) since: Option<When>,
    pub(super) locked: bool,
}

/// What the worker of a row runs.
pub(super) fn running_view(app: &App, row: &WorkerRow) -> RunningView {
    let queue = &row.worker.queue;
    let active = row.active.filter(|active| *active > 0).map(|active| {
        let words = format!("{} active in its queue", thousands(active));
        (words, app.links().queue_state(queue, JobState::Active))
    });
    match &row.running {
        Running::Nothing => RunningView {
            word: "nothing",
            ..RunningView::default()
        },
        Running::Unknown(because) => RunningView {
            word: "unknown",
            note: unknown_words(*because).to_owned(),
            active,
            ..RunningView::default()
        },
        Running::Jobs { jobs, more, doubt } => {
            let named = jobs.iter().take(JOBS_NAMED);
            RunningView {
                jobs: named.map(|job| job_view(app, queue, job)).collect(),
                note: jobs_note(jobs.len().saturating_sub(JOBS_NAMED), *more, *doubt),
                ..RunningView::default()
            }
        }
    }
}

fn job_view(app: &App, queue: &QueueId, job: &ActiveJob) -> JobView {
    JobView {
        id: job.id.as_str().to_owned(),
        href: app.links().job(queue, &job.id),
        since: job.since.map(When::of),
        locked: job.locked,
    }
}

fn unknown_words(because: UnknownBecause) -> &'static str {
    match because {
        UnknownBecause::NoName => "it has no name",
        UnknownBecause::NamelessJobs => "active jobs name no worker",
        UnknownBecause::TooManyJobs => "too many active jobs to read",
        UnknownBecause::Unreadable => "the active jobs can't be read",
    }
}

/// What is to add to the jobs that are named.
fn jobs_note(left: usize, more: bool, doubt: Option<Doubt>) -> String {
    let left = match left {
        0 => None,
        left => Some(format!("and {} more", thousands(left as u64))),
    };
    let more = more.then(|| "maybe others, not all active jobs were read".to_owned());
    let doubt = doubt.map(|doubt| match doubt {
        Doubt::SameName(workers) => format!("{workers} workers have this name"),
        Doubt::Unnamed => "unless a worker without a name has taken it".to_owned(),
    });
    let parts: Vec<String> = [left, more, doubt].into_iter().flatten().collect();
    parts.join("; ")
}
