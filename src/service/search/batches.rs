//! The jobs of a search's targets, read ahead and judged, in order.
//!
//! Places are read one batch after the other, since each batch begins behind the one before. Their fields are read for a few
//! batches at once, as long as those are small; what is large is read by itself, within a memory budget. What nobody asks for
//! is not read.

use std::sync::Arc;

use futures::future::Either;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use tokio::sync::Semaphore;

use super::plan::SearchPlan;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::job::row::ListOrder;
use crate::domain::queue::QueueId;
use crate::domain::search::Match;
use crate::service::Services;
use crate::service::error::{ServiceError, StoreError};
use crate::service::hidden_values::Sight;
use crate::service::jobs::operate_many::skip_reason::skipped_queue;
use crate::service::large_texts::blocking::spawn_blocking;
use crate::service::large_texts::memory_budget::{BudgetShare, PATIENTLY};
use crate::store::bullmq::jobs::walk::{FetchLimit, ReadBy, Walk, WalkOrder, WalkedJob};
use strum::VariantArray;

/// How many jobs are read with one round trip.
const BATCH: u64 = 1_000;

/// The first batch of a target is smaller, so that what is found is soon seen.
const FIRST_BATCH: u64 = 200;

/// Of how many batches fields are read at once.
const READ_AHEAD: usize = 3;

/// How many bytes of large fields a batch that is read ahead has at most.
const BATCH_BYTES: u64 = 1024 * 1024;

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

/// Places whose jobs are to be read.
struct Chunk {
    target: usize,
    before: JobCursor,
    places: Arc<Vec<PlacedJob>>,
}

/// Some of them with their jobs.
struct ReadJobs {
    chunk: Chunk,
    from: usize,
    to: usize,
    jobs: Vec<WalkedJob>,
    bytes: u64,
    share: BudgetShare,
}

enum Part<T> {
    Jobs(T),
    Skipped(QueueId, &'static str),
}

type Fallible<T> = Result<T, ServiceError>;

/// All batches from a place on.
pub(super) fn batches(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    start: (usize, JobCursor),
) -> BoxStream<'static, Fallible<Looked>> {
    let chunks = chunks(Arc::clone(&services), Arc::clone(&plan), start);
    let (reader, of_reader) = (Arc::clone(&services), Arc::clone(&plan));
    let read = chunks
        .map(move |chunk| read_ahead(Arc::clone(&reader), Arc::clone(&of_reader), chunk))
        .buffered(READ_AHEAD);
    let of_rest = Arc::clone(&plan);
    read.flat_map(move |read| match read {
        Ok(Part::Jobs(read)) => {
            with_rest(Arc::clone(&services), Arc::clone(&of_rest), read).left_stream()
        }
        other => stream::iter([other]).right_stream(),
    })
    .map(move |read| judged(Arc::clone(&plan), read))
    .buffered(JUDGED_AHEAD)
    .boxed()
}

/// The places of all targets, in order; ends behind the first error that is not about one queue.
fn chunks(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    (target, cursor): (usize, JobCursor),
) -> impl Stream<Item = Fallible<Part<Chunk>>> + Send {
    let walked = (services, plan);
    stream::unfold(
        (walked, Some((target, cursor, FIRST_BATCH))),
        |(walked, at)| async move {
            let (mut target, mut cursor, mut count) = at?;
            let (services, plan) = &walked;
            loop {
                let to_walk = plan.targets.get(target)?;
                let walk = Walk {
                    queue: &to_walk.queue,
                    state: to_walk.state,
                    order: WalkOrder::AsListed(ListOrder::Usual),
                };
                let places = services.store.places_to_search(walk, &cursor, count);
                match places.await {
                    Ok(places) if places.is_empty() => {
                        (target, cursor, count) = (target + 1, JobCursor::default(), FIRST_BATCH);
                    }
                    Ok(places) => {
                        let before = cursor.clone();
                        cursor.pass(&places, |_| true);
                        let chunk = Chunk {
                            target,
                            before,
                            places: Arc::new(places),
                        };
                        let next = Some((target, cursor, BATCH));
                        return Some((Ok(Part::Jobs(chunk)), (walked, next)));
                    }
                    Err(error) => {
                        let queue = to_walk.queue.clone();
                        let Some(why) = skipped_queue(&error) else {
                            return Some((Err(error.into()), (walked, None)));
                        };
                        let mut others = plan.targets.iter().skip(target);
                        let more = others.position(|other| other.queue != queue);
                        let next =
                            more.map(|more| (target + more, JobCursor::default(), FIRST_BATCH));
                        return Some((Ok(Part::Skipped(queue, why)), (walked, next)));
                    }
                }
            }
        },
    )
}

/// The first jobs of a chunk that are small enough to be read ahead.
async fn read_ahead(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    chunk: Fallible<Part<Chunk>>,
) -> Fallible<Part<ReadJobs>> {
    let chunk = match chunk? {
        Part::Jobs(chunk) => chunk,
        Part::Skipped(queue, why) => return Ok(Part::Skipped(queue, why)),
    };
    read(&services, &plan, chunk, 0, false).await
}

async fn read(
    services: &Services,
    plan: &SearchPlan,
    chunk: Chunk,
    from: usize,
    is_alone: bool,
) -> Fallible<Part<ReadJobs>> {
    let Some(target) = plan.targets.get(chunk.target) else {
        return Err(ServiceError::Broken("a search left its targets".to_owned()));
    };
    let limit = FetchLimit {
        bytes: BATCH_BYTES,
        at_least_one: is_alone,
    };
    let of = (&target.queue, target.state);
    let fields = plan.sight(&target.queue).fields(plan.fields);
    let places = chunk.places.get(from..).unwrap_or_default();
    let found = async {
        let measured = services
            .store
            .measure_jobs(of, places, &fields, limit, ReadBy::Search);
        let measured = measured.await?;
        let (to, bytes) = (from + measured.places, measured.bytes);
        // What is read ahead takes no share: it waits for its turn to be judged, and a share might then wait for itself.
        let share = match is_alone {
            true => services.search_room.take(bytes, PATIENTLY).await?,
            false => BudgetShare::default(),
        };
        let jobs = services.store.fetch_jobs(measured).await?;
        Ok::<_, ServiceError>((to, bytes, share, jobs))
    };
    match found.await {
        Ok((to, bytes, share, jobs)) => Ok(Part::Jobs(ReadJobs {
            chunk,
            from,
            to,
            jobs,
            bytes,
            share,
        })),
        Err(ServiceError::Store(error)) => skipped(&target.queue, error),
        Err(error) => Err(error),
    }
}

fn skipped<T>(queue: &QueueId, error: StoreError) -> Fallible<Part<T>> {
    match skipped_queue(&error) {
        Some(why) => Ok(Part::Skipped(queue.clone(), why)),
        None => Err(error.into()),
    }
}

/// These jobs, and those of their chunk that were too large to be read ahead.
fn with_rest(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    first: ReadJobs,
) -> impl Stream<Item = Fallible<Part<ReadJobs>>> + Send {
    let chunk = &first.chunk;
    let is_whole = first.to == chunk.places.len();
    let rest = (!is_whole).then(|| (chunk.again(), first.to));
    let first = stream::iter([Ok(Part::Jobs(first))]);
    if rest.is_none() {
        return Either::Left(first);
    }
    let of = (services, plan);
    Either::Right(
        first.chain(stream::unfold((of, rest), |(of, rest)| async move {
            let (chunk, from) = rest?;
            let next = read(&of.0, &of.1, chunk, from, true).await;
            let rest = match &next {
                Ok(Part::Jobs(read)) if read.to < read.chunk.places.len() => {
                    Some((read.chunk.again(), read.to))
                }
                _ => None,
            };
            Some((next, (of, rest)))
        })),
    )
}

impl Chunk {
    fn again(&self) -> Self {
        Self {
            target: self.target,
            before: self.before.clone(),
            places: Arc::clone(&self.places),
        }
    }
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
