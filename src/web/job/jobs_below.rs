//! What the page that asks before a removal says of the jobs below: that they go with the job, or that they stay.

use crate::domain::access::Operator;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::service::jobs::remove_with_children::JobBelow;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// The jobs below one that would be removed.
pub(crate) struct JobsBelow {
    /// What becomes of them; empty for nothing to say.
    pub(crate) words: String,
    /// Each of them, where they can be listed.
    pub(crate) jobs: Vec<BelowView>,
    /// Why they can't be removed with the job.
    pub(crate) kept: Option<&'static str>,
}

/// A job below it.
pub(crate) struct BelowView {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) queue: String,
    pub(crate) name: String,
    pub(crate) state: &'static str,
}

impl JobsBelow {
    /// Those below a job; `None` where the operation does not remove it.
    pub(crate) async fn of(
        app: &App,
        operator: &Operator,
        operation: Operation,
        (queue, id): (&QueueId, &JobId),
    ) -> Result<Option<Self>, PageError> {
        if !operation.spec().on.removes {
            return Ok(None);
        }
        let goes = operation == Operation::RemoveWithChildren;
        let found = app.services.jobs_below(operator, queue, id).await?;
        let kept = found.as_ref().err().copied().filter(|_| goes);
        let words = match (&found, goes) {
            (Ok(below), _) if below.is_empty() => String::new(),
            (Ok(below), true) => match below.len() {
                1 => "1 job goes with it".to_owned(),
                jobs => format!("{jobs} jobs go with it"),
            },
            (Ok(below), false) => match below.len() {
                1 => "1 job below it stays".to_owned(),
                jobs => format!("{jobs} jobs below it stay"),
            },
            (Err(_), true) => String::new(),
            (Err(_), false) => "Jobs below it stay; they can’t be listed here".to_owned(),
        };
        let found = found.unwrap_or_default();
        let jobs = found.iter().map(|one| view(app, one)).collect();
        Ok(Some(Self { words, jobs, kept }))
    }
}

fn view(app: &App, one: &JobBelow) -> BelowView {
    BelowView {
        id: one.job.id.as_str().to_owned(),
        href: app.links().job(&one.job.queue, &one.job.id),
        queue: one.job.queue.name().to_owned(),
        name: one.name.clone(),
        state: match (one.locked, one.state) {
            (true, _) => "held by a worker",
            (_, JobState::Unknown) => "waiting",
            (_, state) => state.name(),
        },
    }
}
