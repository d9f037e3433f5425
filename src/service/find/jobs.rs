//! Looks a job's id up in every queue that a person may see.
//!
//! Queues that a person may not see are not asked for, so that neither the answer nor the time it takes tells of them. What
//! was found is kept for a moment by scope and text, and only so many searches run at once: however many type, Redis has
//! little work.

use std::sync::Arc;

use super::readings::{Effort, JobsFound};
use crate::domain::access::Operator;
use crate::domain::access::scope::Scope;
use crate::domain::find::wanted::{NamedJob, Wanted};
use crate::domain::job::job_ref::JobRef;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::live::snapshot::Snapshot;
use crate::store::error::StoreError;

/// How many commands one round trip has.
const AT_ONCE: usize = 500;

/// After so many jobs were found, no more are looked for: a number is the id of a job in most queues.
pub(crate) const MOST_FOUND: usize = 50;

/// How many queues are tried where only a part of the queue's name was given.
const MOST_NAMED: usize = 500;

impl Services {
    /// The jobs that a text may name, as they were found a moment ago.
    pub(super) async fn jobs_by_id(
        &self,
        operator: &Operator,
        typed: &str,
        wanted: &Wanted,
        effort: Effort,
    ) -> Result<Arc<JobsFound>, StoreError> {
        let scope = operator.scope();
        let key = (scope.clone(), typed.to_owned(), effort);
        let find = async {
            // Queues are known once they were counted for the first time.
            self.overview.ready().await;
            let _turn = self.finds.turns.turn().await;
            let found = self.look_for_jobs(scope, wanted, effort).await?;
            Ok(Arc::new(found))
        };
        self.finds.jobs.get(key, find).await
    }

    async fn look_for_jobs(
        &self,
        scope: &Scope,
        wanted: &Wanted,
        effort: Effort,
    ) -> Result<JobsFound, StoreError> {
        let snapshot = self.overview.now();
        let queues = likeliest_first(&snapshot, scope);
        let named = wanted.named.iter();
        let named: Vec<JobRef> = named
            .flat_map(|job| candidates(job, &queues, scope, self.store.prefixes()))
            .take(MOST_NAMED)
            .collect();
        let ids = &wanted.ids[..wanted.ids.len().min(effort.ids())];
        let room = effort.commands() / ids.len().max(1);
        let asked = &queues[..queues.len().min(room)];
        let mut all = JobsFound {
            looked_at: asked.len(),
            of: queues.len(),
            ..JobsFound::default()
        };
        self.add_those_there(named, &mut all).await?;
        for id in ids {
            for some in asked.chunks(AT_ONCE) {
                if all.has_enough {
                    return Ok(all);
                }
                let some: Vec<JobRef> = some.iter().map(|queue| JobRef::new(queue, id)).collect();
                self.add_those_there(some, &mut all).await?;
            }
        }
        Ok(all)
    }

    /// Adds those of `some` that exist, as far as there is room.
    async fn add_those_there(
        &self,
        some: Vec<JobRef>,
        all: &mut JobsFound,
    ) -> Result<(), StoreError> {
        let there = self.store.are_jobs(&some).await?;
        for (job, _) in some.into_iter().zip(there).filter(|(_, there)| *there) {
            if all.found.contains(&job) || self.is_of_another(&job).await? {
                continue;
            }
            all.has_enough = all.found.len() >= MOST_FOUND;
            if all.has_enough {
                break;
            }
            all.found.push(job);
        }
        Ok(())
    }

    /// Whether the key belongs to a queue whose prefix holds this queue's name.
    async fn is_of_another(&self, job: &JobRef) -> Result<bool, StoreError> {
        match job.id.as_str().contains(':') {
            true => self.store.is_another_queues(&job.queue, &job.id).await,
            false => Ok(false),
        }
    }
}

/// The queues of a scope, those with jobs first.
fn likeliest_first(snapshot: &Snapshot, scope: &Scope) -> Vec<QueueId> {
    let seen = snapshot.queues.iter().map(|version| &version.figures);
    let seen = seen.filter(|figures| scope.holds(&figures.queue));
    let (full, empty): (Vec<_>, Vec<_>) = seen.partition(|figures| {
        let counts = &figures.counts;
        counts.outstanding() + counts.completed + counts.failed > 0
    });
    let all = full.into_iter().chain(empty);
    all.map(|figures| figures.queue.clone()).collect()
}

/// The jobs that a text with a queue and an id may mean: of the queue with that name, or else of those whose names hold it.
fn candidates(
    job: &NamedJob,
    queues: &[QueueId],
    scope: &Scope,
    prefixes: &[String],
) -> Vec<JobRef> {
    let named: Vec<QueueId> = (prefixes.iter())
        .filter(|prefix| job.prefix.as_ref().is_none_or(|only| only == *prefix))
        .filter_map(|prefix| QueueId::new(prefix, &job.queue).ok())
        .filter(|queue| scope.holds(queue))
        .collect();
    // A key names one queue, which may be too new to be known.
    let is_known = |queue: &QueueId| job.prefix.is_some() || queues.contains(queue);
    let mut these: Vec<QueueId> = named.into_iter().filter(is_known).collect();
    if these.is_empty() {
        let part = job.queue.to_lowercase();
        let alike = queues
            .iter()
            .filter(|queue| queue.name().to_lowercase().contains(&part));
        these = alike.take(MOST_NAMED).cloned().collect();
    }
    these
        .iter()
        .map(|queue| JobRef::new(queue, &job.id))
        .collect()
}
