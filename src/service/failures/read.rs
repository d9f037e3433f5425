//! Reads failed jobs, the newest of each queue first, up to a bound.

use std::sync::Arc;

use super::found::{FoundFailures, ReadQueue};
use super::which::FailureSpan;
use crate::clock::unix_millis;
use crate::domain::failures::groups::{Failure, Groups, Window};
use crate::domain::failures::{Fingerprint, LONGEST_REASON, LONGEST_STACK};
use crate::domain::job::JobState;
use crate::domain::job::cursor::JobCursor;
use crate::domain::job::field::JobField;
use crate::domain::job::row::ListOrder;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::{Sight, Sights};
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::{Walk, WalkFields, WalkOrder};

/// How many failed jobs are read at most, of all queues together: a second of work for one processor.
const MOST_JOBS: u64 = 20_000;

/// How many are read at once.
const BATCH: u64 = 500;

/// What is read of a failed job.
pub(super) fn failure_fields() -> WalkFields {
    WalkFields::name()
        .with(JobField::FailedReason, LONGEST_REASON)
        .with(JobField::Stacktrace, LONGEST_STACK)
}

impl Services {
    pub(super) async fn read_failures(
        &self,
        queues: Vec<QueueId>,
        span: FailureSpan,
        left_out: usize,
        sights: Sights,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        // The semaphore is never closed.
        let _turn = self.failures.turns.acquire().await.ok();
        let window = span.until(unix_millis());
        let finished = self.store.finished_since(&queues, window.from).await?;
        let counts: Vec<u64> = finished.iter().map(|one| one.failed).collect();
        let mut groups = Groups::new(window);
        let mut read = Vec::new();
        for (queue, (counted, most)) in queues
            .iter()
            .zip(finished.iter().zip(shares(&counts, MOST_JOBS)))
        {
            if counted.failed == 0 && counted.is_readable {
                continue;
            }
            let before = groups.counted();
            let sight = sights.of(queue);
            let read_queue = self.read_queue(queue, window, most, &mut groups, &sight);
            let is_readable = match read_queue.await {
                Ok(()) => counted.is_readable,
                Err(ServiceError::Store(error)) if error.is_of_keys() => {
                    tracing::warn!(%queue, %error, "failed jobs could not be read");
                    false
                }
                Err(error) => return Err(error),
            };
            read.push(ReadQueue {
                queue: queue.clone(),
                failed: counted.failed,
                // Jobs that failed meanwhile are read and were not counted.
                read: (groups.counted() - before).min(counted.failed),
                is_readable,
            });
        }
        let only_in = self.only_in(&groups, &queues, &finished, &read);
        Ok(Arc::new(FoundFailures {
            groups: Arc::new(groups),
            span,
            queues: read,
            left_out,
            only_in,
        }))
    }

    /// Reads up to `most` failed jobs of a queue.
    async fn read_queue(
        &self,
        queue: &QueueId,
        window: Window,
        most: u64,
        groups: &mut Groups,
        sight: &Sight,
    ) -> Result<(), ServiceError> {
        let fields = sight.fields(failure_fields());
        let walk = Walk {
            queue,
            state: JobState::Failed,
            order: WalkOrder::AsListed(ListOrder::Usual),
        };
        let mut cursor = JobCursor::default();
        let mut left = most;
        while left > 0 {
            let batch = self
                .store
                .walk_jobs(walk, &cursor, BATCH.min(left), fields)
                .await?;
            cursor.pass(&batch.places, |_| true);
            left = left.saturating_sub(batch.places.len() as u64);
            let passed_window = |score: f64| score < window.from as f64;
            let last = batch.places.last();
            let is_last = last.is_none_or(|last| last.score.is_some_and(passed_window));
            let (queue, sight) = (queue.clone(), sight.clone());
            let mut counting = std::mem::replace(groups, Groups::new(window));
            // Folding a batch takes some milliseconds.
            *groups = run_blocking(usize::MAX, move || {
                let mut places = batch.places.iter();
                for job in &batch.jobs {
                    let place = places.by_ref().find(|place| place.id == job.id.as_str());
                    let at = place
                        .and_then(|place| place.score)
                        .map_or(0, |score| score as u64);
                    if !window.holds(at) {
                        continue;
                    }
                    // Messages are grouped as they are shown: a group tells nothing of hidden values.
                    let job = &*sight.shown(job);
                    let reason = job.get(JobField::FailedReason);
                    let fingerprint = Fingerprint::of(reason, job.get(JobField::Stacktrace));
                    counting.add(&Failure {
                        queue: &queue,
                        id: &job.id,
                        name: &job.name(),
                        at,
                        fingerprint: &fingerprint,
                    });
                }
                counting
            })
            .await?;
            if is_last {
                break;
            }
        }
        Ok(())
    }
}

/// How many jobs of each queue are read: all of small queues, and what is left in equal parts of large ones.
fn shares(counts: &[u64], most: u64) -> Vec<u64> {
    let mut shares = vec![0; counts.len()];
    let mut smallest_first: Vec<usize> = (0..counts.len()).collect();
    smallest_first.sort_by_key(|at| counts[*at]);
    let mut left = most;
    for (done, at) in smallest_first.iter().enumerate() {
        let others = (counts.len() - done) as u64;
        shares[*at] = counts[*at].min(left / others);
        left -= shares[*at];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_queues_are_read_whole_and_large_ones_share_the_rest() {
        assert_eq!(
            shares(&[10, 1_000_000, 20, 1_000_000], MOST_JOBS),
            [10, 9_985, 20, 9_985]
        );
        assert_eq!(shares(&[1_000_000], MOST_JOBS), [MOST_JOBS]);
        assert_eq!(shares(&[], MOST_JOBS), Vec::<u64>::new());
        assert_eq!(shares(&[5, 5], MOST_JOBS), [5, 5]);
    }
}
