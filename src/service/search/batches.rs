//! The jobs of a search's targets, judged batch after batch, in order.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt};
use strum::VariantArray;
use tokio::sync::Semaphore;

use super::plan::SearchPlan;
use super::read_ahead::{Fallible, Part, ReadJobs, read_jobs};
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::queue::QueueId;
use crate::domain::search::Match;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sight;
use crate::service::large_texts::blocking::spawn_blocking;
use crate::store::bullmq::jobs::walk::WalkedJob;

/// How many batches of one search are judged at once.
const JUDGED_AHEAD: usize = 2;

/// How many batches of all searches are judged at once, each on a thread of its own.
static JUDGING: Semaphore = Semaphore::const_new(2);

/// Batches with fewer bytes than this are judged where they are: handing them over would take longer.
const SMALL: u64 = 16 * 1024;

/// What comes next of a search.
#[derive(Debug)]
pub(super) enum Looked {
    /// A batch of jobs.
    Jobs(JudgedJobs),
    /// The rest of a queue is left out.
    Skipped(QueueId, &'static str),
}

/// Jobs that were judged.
#[derive(Debug)]
pub(super) struct JudgedJobs {
    /// In which of the targets they are.
    pub(super) target: usize,
    /// The cursor before the first of the places.
    pub(super) before: JobCursor,
    /// The places of the whole batch, of which those up to `to` are looked at by now.
    pub(super) places: Arc<Vec<PlacedJob>>,
    pub(super) to: usize,
    /// How many jobs they are; some places hold none.
    pub(super) jobs: u64,
    /// Those that match, and those that could not be judged, in order.
    pub(super) hits: Vec<Hit>,
}

/// A job that is told of.
#[derive(Debug)]
pub(super) struct Hit {
    /// Its place.
    pub(super) place: usize,
    /// How many jobs of the batch were looked at up to it.
    pub(super) nth: u64,
    pub(super) verdict: Verdict,
}

/// What is told of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Matches,
    /// What the query asks about can't be read.
    Unreadable,
    /// What the query asks about is larger than searches read.
    TooLarge,
}

/// All batches from a place on.
pub(super) fn batches(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    start: (usize, JobCursor),
) -> BoxStream<'static, Fallible<Looked>> {
    read_jobs(services, Arc::clone(&plan), start)
        .map(move |read| judged(Arc::clone(&plan), read))
        .buffered(JUDGED_AHEAD)
        .boxed()
}

/// Judges jobs, off the async threads unless they are few.
async fn judged(plan: Arc<SearchPlan>, read: Fallible<Part<ReadJobs>>) -> Fallible<Looked> {
    let read = match read? {
        Part::Jobs(read) => read,
        Part::Skipped(queue, why) => return Ok(Looked::Skipped(queue, why)),
    };
    if read.bytes <= SMALL {
        return Ok(Looked::Jobs(judge(&plan, read)));
    }
    // The semaphore is never closed.
    let _turn = JUDGING.acquire().await;
    let judged = spawn_blocking(move || judge(&plan, read)).await;
    let judged = judged.map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(Looked::Jobs(judged))
}

fn judge(plan: &SearchPlan, read: ReadJobs) -> JudgedJobs {
    let mut places = read.from..read.to;
    let mut hits = Vec::new();
    let target = plan.targets.get(read.chunk.target);
    let sight = target.map_or_else(Sight::default, |target| plan.sight(&target.queue));
    for (nth, job) in (1..).zip(&read.jobs) {
        let id = job.id.as_str();
        let place = places.find(|place| read.chunk.places[*place].id == id);
        let (Some(place), Some(verdict)) = (place, verdict(plan, &sight.shown(job))) else {
            continue;
        };
        hits.push(Hit {
            place,
            nth,
            verdict,
        });
    }
    let judged = JudgedJobs {
        target: read.chunk.target,
        before: read.chunk.before,
        places: read.chunk.places,
        to: read.to,
        jobs: read.jobs.len() as u64,
        hits,
    };
    // The jobs go before their share of the budget does.
    drop((read.jobs, read.share));
    judged
}

/// What is to be told of a job, if anything.
fn verdict(plan: &SearchPlan, job: &WalkedJob) -> Option<Verdict> {
    let fields = job.fields();
    match plan.query.matches(&fields) {
        Match::Yes => Some(Verdict::Matches),
        Match::No => None,
        Match::Unreadable => {
            let is_large = |field: &JobField| matches!(fields.get(*field), FieldValue::TooLarge(_));
            let is_large = JobField::VARIANTS.iter().any(is_large);
            Some(match is_large {
                true => Verdict::TooLarge,
                false => Verdict::Unreadable,
            })
        }
    }
}
