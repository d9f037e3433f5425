//! Which waiting and failed jobs would break a draft of a schema.

use crate::domain::queue::QueueId;
use crate::service::schemas::check_draft::{BreakingJob, DraftCheck};
use crate::web::app::App;
use crate::web::html::format::thousands;
use crate::web::job::edit::problems::place_of;

/// How many kinds of problems are listed.
const KINDS: usize = 10;

/// The verdict on the jobs.
#[derive(Debug)]
pub(super) struct JobsTriedView {
    /// Which jobs were checked: `40 of 1,200 waiting`.
    pub(super) states: Vec<String>,
    pub(super) checked: u64,
    pub(super) breaks: u64,
    /// What else there was: `2 are not JSON`.
    pub(super) others: Vec<String>,
    /// The commonest problems: how many jobs have them, where, and what is wrong.
    pub(super) kinds: Vec<(String, String, String)>,
    pub(super) jobs: Vec<BreakingView>,
    /// How many more break it than are listed.
    pub(super) more: u64,
}

/// A job that would break the draft.
#[derive(Debug)]
pub(super) struct BreakingView {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) state: &'static str,
    pub(super) place: String,
    pub(super) message: String,
    /// How many more problems it has.
    pub(super) more: usize,
}

impl JobsTriedView {
    pub(super) fn new(app: &App, queue: &QueueId, check: DraftCheck) -> Self {
        let tally = &check.tally;
        let states = check
            .states
            .iter()
            .map(|(state, checked, all)| match checked < all {
                true => format!(
                    "{} of {} {}",
                    thousands(*checked),
                    thousands(*all),
                    state.name()
                ),
                false => format!("{} {}", thousands(*checked), state.name()),
            });
        let others = [
            (tally.not_json, "with data that is not JSON"),
            (tally.too_large, "with data too large to be checked"),
        ];
        let kinds = tally.commonest(KINDS).into_iter();
        Self {
            states: states.collect(),
            checked: tally.jobs,
            breaks: tally.breaks,
            others: others
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, why)| format!("{} {why}", thousands(count)))
                .collect(),
            kinds: kinds
                .map(|(kind, jobs)| {
                    (
                        thousands(jobs),
                        place_of(&kind.pointer),
                        kind.message.clone(),
                    )
                })
                .collect(),
            more: tally.breaks - check.breaking.len() as u64,
            jobs: check
                .breaking
                .into_iter()
                .map(|job| breaking(app, queue, job))
                .collect(),
        }
    }
}

fn breaking(app: &App, queue: &QueueId, job: BreakingJob) -> BreakingView {
    BreakingView {
        href: app.links().job(queue, &job.id),
        id: job.id.as_str().to_owned(),
        name: job.name,
        state: job.state.name(),
        place: place_of(&job.first.pointer),
        message: job.first.message,
        more: job.more,
    }
}
