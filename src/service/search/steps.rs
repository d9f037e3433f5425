//! A search under way, step by step.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::batches::{JudgedJobs, Looked, Verdict, batches};
use super::cursor::SearchCursor;
use super::plan::SearchPlan;
use super::progress::{Found, SearchEnd, SearchProgress, SearchStep};
use super::request::SearchLimits;
use super::targets::rank;
use super::turns::SearchTurn;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

/// So often a step is told; the first job that is found is told at once.
const EVERY: Duration = Duration::from_millis(150);

/// A step tells of so many jobs at most, but for those of its last batch.
const MOST_A_STEP: usize = 200;

/// So many of the queues that are left out are named.
const MOST_SKIPPED: usize = 20;

/// A search under way. It does nothing between two steps, and ends when it is dropped.
pub struct Search {
    plan: Arc<SearchPlan>,
    looked: BoxStream<'static, Result<Looked, ServiceError>>,
    limits: SearchLimits,
    began: Instant,
    progress: SearchProgress,
    /// Where it is: a target and how far it is there.
    at: (usize, Behind),
    /// What was found and not told yet.
    pending: Vec<Found>,
    /// Hashes of the jobs found: one that moves on to a later state is met again.
    seen: HashSet<u64>,
    hasher: RandomState,
    told: Option<Instant>,
    end: Option<SearchEnd>,
    is_over: bool,
    _turn: SearchTurn,
}

/// How far a search is in a target: behind the first `passed` of these places.
struct Behind {
    before: JobCursor,
    places: Arc<Vec<PlacedJob>>,
    passed: usize,
}

impl Behind {
    fn at(before: JobCursor) -> Self {
        Self {
            before,
            places: Arc::default(),
            passed: 0,
        }
    }

    fn cursor(&self) -> JobCursor {
        let mut cursor = self.before.clone();
        let passed = self.places.get(..self.passed).unwrap_or_default();
        cursor.pass(passed, |_| true);
        cursor
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl Search {
    pub(super) fn new(
        services: Arc<Services>,
        plan: Arc<SearchPlan>,
        from: Option<&SearchCursor>,
        limits: SearchLimits,
        turn: SearchTurn,
    ) -> Self {
        let start = start(&plan, from);
        let mut queues: Vec<&QueueId> = plan.targets.iter().map(|one| &one.queue).collect();
        queues.dedup();
        let before = from.map_or(0, |from| from.looked_at);
        let progress = SearchProgress {
            total: plan.targets.iter().map(|one| one.jobs).sum(),
            queues: queues.len(),
            looked_at: before,
            before,
            ..SearchProgress::default()
        };
        Self {
            looked: batches(services, Arc::clone(&plan), start.clone()),
            plan,
            limits,
            began: Instant::now(),
            progress,
            at: (start.0, Behind::at(start.1)),
            pending: Vec::new(),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            told: None,
            end: None,
            is_over: false,
            _turn: turn,
        }
    }

    /// Whether the query may hold a value that a policy hides.
    pub(super) fn asks_for_hidden(&self) -> bool {
        self.plan.asks_for_hidden
    }

    /// The next step; `None` behind the last one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<SearchStep> {
        if self.is_over {
            return None;
        }
        let deadline = self.began + self.limits.within;
        while !self.is_due() {
            let due = self.told.unwrap_or(self.began) + EVERY;
            match timeout_at(due.min(deadline), self.looked.next()).await {
                Ok(Some(Ok(Looked::Jobs(jobs)))) => self.add(jobs),
                Ok(Some(Ok(Looked::Skipped(queue, why)))) => self.skip(queue, why),
                Ok(Some(Err(error))) => {
                    let cursor = self.cursor();
                    self.end = Some(SearchEnd::Failed(error, cursor));
                }
                Ok(None) => self.end = Some(SearchEnd::Whole),
                Err(_) => {}
            }
            if Instant::now() >= deadline && self.end.is_none() {
                self.end = self.cursor().map(SearchEnd::Time);
            }
        }
        Some(self.step())
    }

    fn is_due(&self) -> bool {
        let waited = self.told.unwrap_or(self.began).elapsed();
        self.end.is_some()
            || self.pending.len() >= MOST_A_STEP
            || waited >= EVERY
            || self.told.is_none() && !self.pending.is_empty()
    }

    fn step(&mut self) -> SearchStep {
        self.told = Some(Instant::now());
        self.is_over = self.end.is_some();
        self.progress.took = self.began.elapsed();
        let target = self.plan.targets.get(self.at.0);
        self.progress.at = target.map(|target| (target.queue.clone(), target.state));
        SearchStep {
            found: std::mem::take(&mut self.pending),
            progress: self.progress.clone(),
            cursor: match self.end {
                Some(SearchEnd::Whole) => None,
                _ => self.cursor(),
            },
            end: self.end.clone(),
        }
    }

    /// Where the search goes on if it ends here.
    fn cursor(&self) -> Option<SearchCursor> {
        let (target, behind) = &self.at;
        let target = self.plan.targets.get(*target)?;
        Some(SearchCursor {
            queue: target.queue.clone(),
            state: target.state,
            jobs: behind.cursor(),
            looked_at: self.progress.looked_at,
        })
    }

    fn skip(&mut self, queue: QueueId, why: &'static str) {
        let skipped = &mut self.progress.skipped;
        if skipped.last().is_some_and(|(last, _)| *last == queue) {
            return;
        }
        tracing::warn!(%queue, why, "a search skips a queue");
        self.progress.skipped_queues += 1;
        if skipped.len() < MOST_SKIPPED {
            skipped.push((queue, why));
        }
    }

    fn add(&mut self, jobs: JudgedJobs) {
        let (mut to, mut looked_at) = (jobs.to, jobs.jobs);
        for hit in &jobs.hits {
            match hit.verdict {
                Verdict::Unreadable => self.progress.unreadable += 1,
                Verdict::TooLarge => self.progress.too_large += 1,
                Verdict::Matches => {
                    self.find(jobs.target, &jobs.places[hit.place]);
                    if self.progress.found >= self.limits.found {
                        (to, looked_at) = (hit.place + 1, hit.nth);
                        break;
                    }
                }
            }
        }
        self.progress.looked_at += looked_at;
        let behind = Behind {
            before: jobs.before,
            places: jobs.places,
            passed: to,
        };
        self.at = (jobs.target, behind);
        let here = self.progress.looked_at - self.progress.before;
        if self.progress.found >= self.limits.found {
            self.end = self.cursor().map(SearchEnd::Found);
        } else if here >= self.limits.looked_at {
            self.end = self.cursor().map(SearchEnd::LookedAt);
        }
    }

    fn find(&mut self, target: usize, place: &PlacedJob) {
        let Some(target) = self.plan.targets.get(target) else {
            return;
        };
        if !self
            .seen
            .insert(self.hasher.hash_one((&target.queue, &place.id)))
        {
            return;
        }
        self.progress.found += 1;
        self.pending.push(Found {
            queue: target.queue.clone(),
            state: target.state,
            place: place.clone(),
        });
    }
}

/// The target that a search begins with, and where there.
fn start(plan: &SearchPlan, from: Option<&SearchCursor>) -> (usize, JobCursor) {
    let Some(from) = from else {
        return (0, JobCursor::default());
    };
    let wanted = rank(&from.queue, from.state);
    let at = plan.targets.iter().position(|one| one.rank() >= wanted);
    match at.and_then(|at| Some((at, plan.targets.get(at)?))) {
        Some((at, target)) if target.rank() == wanted => (at, from.jobs.clone()),
        Some((at, _)) => (at, JobCursor::default()),
        None => (plan.targets.len(), JobCursor::default()),
    }
}
