//! The jobs of a search's targets, read ahead, in order.
//!
//! Places are read one batch after the other, since each batch begins behind the one before. Their fields are read for a few
//! batches at once, as long as those are small; what is large is read by itself, within a memory budget. What nobody asks for
//! is not read.

use std::sync::Arc;

use futures::future::Either;
use futures::stream::{self, Stream, StreamExt};

use super::plan::SearchPlan;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::row::ListOrder;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::{ServiceError, StoreError};
use crate::service::jobs::operate_many::skip_reason::skipped_queue;
use crate::service::large_texts::memory_budget::{BudgetShare, PATIENTLY};
use crate::store::bullmq::jobs::walk::{FetchLimit, ReadBy, Walk, WalkOrder, WalkedJob};

/// How many jobs are read with one round trip.
const BATCH: u64 = 1_000;

/// The first batch of a target is smaller, so that what is found is soon seen.
const FIRST_BATCH: u64 = 200;

/// Of how many batches fields are read at once.
const READ_AHEAD: usize = 3;

/// How many bytes of large fields a batch that is read ahead has at most.
const BATCH_BYTES: u64 = 1024 * 1024;

/// Places whose jobs are to be read.
pub(super) struct Chunk {
    pub(super) target: usize,
    pub(super) before: JobCursor,
    pub(super) places: Arc<Vec<PlacedJob>>,
}

/// Some of them with their jobs: the places from `from` up to `to`.
pub(super) struct ReadJobs {
    pub(super) chunk: Chunk,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) jobs: Vec<WalkedJob>,
    pub(super) bytes: u64,
    pub(super) share: BudgetShare,
}

/// A piece of a search, or a queue whose rest is left out, and why.
pub(super) enum Part<T> {
    Jobs(T),
    Skipped(QueueId, &'static str),
}

pub(super) type Fallible<T> = Result<T, ServiceError>;

/// The jobs of all targets from a place on, in order.
pub(super) fn read_jobs(
    services: Arc<Services>,
    plan: Arc<SearchPlan>,
    start: (usize, JobCursor),
) -> impl Stream<Item = Fallible<Part<ReadJobs>>> + Send + 'static {
    let chunks = chunks(Arc::clone(&services), Arc::clone(&plan), start);
    let (reader, of_reader) = (Arc::clone(&services), Arc::clone(&plan));
    let read = chunks
        .map(move |chunk| read_ahead(Arc::clone(&reader), Arc::clone(&of_reader), chunk))
        .buffered(READ_AHEAD);
    read.flat_map(move |read| match read {
        Ok(Part::Jobs(read)) => {
            with_rest(Arc::clone(&services), Arc::clone(&plan), read).left_stream()
        }
        other => stream::iter([other]).right_stream(),
    })
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
