//! Counts the delayed jobs that come due, as the plan says.

use std::collections::HashMap;
use std::sync::Arc;

use super::due::{DelayedDue, QueueDue, QueueLate, Rows};
use crate::domain::queue::QueueId;
use crate::domain::upcoming::plan::{Ask, DelayedQueue, How, LATE_AFTER, LISTED_UP_TO, Plan};
use crate::domain::upcoming::window::Buckets;
use crate::service::Services;
use crate::service::live::snapshot::VersionFigures;
use crate::store::bullmq::jobs::due::Span;
use crate::store::error::StoreError;

/// How many counts one round trip asks for.
const COUNTS_AT_ONCE: usize = 500;

/// How many queues are listed with one round trip: each answers with up to 60 jobs.
const LISTS_AT_ONCE: usize = 100;

impl Services {
    /// What comes due in these queues.
    pub(super) async fn delayed_due(
        &self,
        queues: &[Arc<VersionFigures>],
        buckets: &Buckets,
    ) -> Result<DelayedDue, StoreError> {
        let with_delayed = queues
            .iter()
            .filter(|version| version.figures.counts.delayed > 0);
        let delayed: Vec<DelayedQueue> = with_delayed
            .map(|version| DelayedQueue {
                queue: version.figures.queue.clone(),
                delayed: version.figures.counts.delayed,
                span: version.figures.delayed_span,
            })
            .collect();
        let all = delayed.iter().map(|one| one.delayed).sum();
        let plan = Plan::of(delayed, buckets);
        let late = self.late(queues, &plan.asks, buckets).await?;
        let late_jobs = late.iter().map(|one| one.jobs).sum();
        let mut due = self.count(&plan.asks, buckets).await?;
        due.extend(self.list(&plan.asks, buckets).await?);
        let mut parts = vec![0; buckets.count()];
        for (_, counts) in &due {
            for (part, count) in parts.iter_mut().zip(counts) {
                *part += count;
            }
        }
        let mut rows: Vec<QueueDue> = due.into_iter().filter_map(queue_due).collect();
        rows.sort_by(|one, other| {
            let most_first = other.jobs.cmp(&one.jobs);
            most_first.then_with(|| one.queue.cmp(&other.queue))
        });
        Ok(DelayedDue {
            parts,
            queues: Rows::first_of(rows),
            late: Rows::first_of(late),
            late_jobs,
            left_out: plan.left_out,
            all,
        })
    }

    async fn late(
        &self,
        queues: &[Arc<VersionFigures>],
        asks: &[Ask],
        buckets: &Buckets,
    ) -> Result<Vec<QueueLate>, StoreError> {
        let span = (0, overdue(buckets));
        let known: HashMap<&QueueId, &Arc<VersionFigures>> = (queues.iter())
            .map(|version| (&version.figures.queue, version))
            .collect();
        let asked: Vec<&QueueId> = asks
            .iter()
            .filter(|ask| ask.late)
            .map(|ask| &ask.queue)
            .collect();
        let mut late = Vec::new();
        for some in asked.chunks(COUNTS_AT_ONCE) {
            let of_some: Vec<(&QueueId, Span)> = some.iter().map(|queue| (*queue, span)).collect();
            let counts = self.store.due_counts(&of_some).await?;
            for (queue, jobs) in some.iter().zip(counts).filter(|(_, jobs)| *jobs > 0) {
                late.extend(known.get(queue).map(|version| QueueLate {
                    version: Arc::clone(version),
                    jobs,
                    since: version.figures.delayed_span.map(|span| span.next),
                }));
            }
        }
        late.sort_by_key(|one| std::cmp::Reverse(one.jobs));
        Ok(late)
    }

    /// The counts of each part for the queues that are counted.
    async fn count(
        &self,
        asks: &[Ask],
        buckets: &Buckets,
    ) -> Result<Vec<(QueueId, Vec<u64>)>, StoreError> {
        let spans: Vec<Span> = buckets.parts().collect();
        let mut due: Vec<(QueueId, Vec<u64>)> = Vec::new();
        let mut asked: Vec<(&QueueId, Span)> = Vec::new();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for ask in asks {
            let How::Count(first, last) = ask.how else {
                continue;
            };
            for (part, (from, to)) in spans.iter().enumerate().take(last).skip(first) {
                // What is due since a moment ago is due now.
                let from = if part == 0 { overdue(buckets) } else { *from };
                asked.push((&ask.queue, (from, *to)));
                places.push((due.len(), part));
            }
            due.push((ask.queue.clone(), vec![0; spans.len()]));
        }
        for (some, places) in asked
            .chunks(COUNTS_AT_ONCE)
            .zip(places.chunks(COUNTS_AT_ONCE))
        {
            let counts = self.store.due_counts(some).await?;
            for ((queue, part), count) in places.iter().zip(counts) {
                due[*queue].1[*part] = count;
            }
        }
        Ok(due)
    }

    /// The counts of each part for the queues that are listed.
    async fn list(
        &self,
        asks: &[Ask],
        buckets: &Buckets,
    ) -> Result<Vec<(QueueId, Vec<u64>)>, StoreError> {
        let span = (overdue(buckets), buckets.end());
        let listed: Vec<&QueueId> = asks
            .iter()
            .filter(|ask| ask.how == How::List)
            .map(|ask| &ask.queue)
            .collect();
        let mut due = Vec::with_capacity(listed.len());
        for some in listed.chunks(LISTS_AT_ONCE) {
            let times = self.store.due_times(some, span, LISTED_UP_TO).await?;
            for (queue, times) in some.iter().zip(times) {
                let mut counts = vec![0; buckets.count()];
                for part in times.into_iter().filter_map(|at| buckets.part_of(at)) {
                    counts[part] += 1;
                }
                due.push(((*queue).clone(), counts));
            }
        }
        Ok(due)
    }
}

/// What was due before this is late.
fn overdue(buckets: &Buckets) -> u64 {
    buckets.start().saturating_sub(LATE_AFTER)
}

/// The row of a queue; `None` if nothing is due there.
fn queue_due((queue, counts): (QueueId, Vec<u64>)) -> Option<QueueDue> {
    let first = counts.iter().position(|count| *count > 0)?;
    let most = counts.iter().copied().max().unwrap_or(0);
    Some(QueueDue {
        queue,
        jobs: counts.iter().sum(),
        first,
        busiest: counts
            .iter()
            .position(|count| *count == most)
            .unwrap_or(first),
        most,
    })
}
