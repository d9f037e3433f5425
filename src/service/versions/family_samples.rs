//! Samples of the jobs of a family's versions, read for each version separately and cached.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::domain::job::JobState;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::schema::compatibility::Tally;
use crate::domain::stats::finished_jobs::FinishedSample;
use crate::domain::stats::memory::Memory;
use crate::domain::stats::retention_hint::RetentionHint;
use crate::store::Store;
use crate::store::error::StoreError;

/// How many of the newest finished jobs of a version are sampled.
pub(crate) const FINISHED_SAMPLE: usize = 500;

/// How many versions are sampled at once.
pub(crate) const AT_ONCE: usize = 4;

/// For how many versions, and pairs of versions, results are cached.
const KEPT: usize = 512;

/// What was found is good for so long at least.
const FRESH: Duration = Duration::from_secs(5);

/// And for so many times as long as it took: however many ask, finding it takes a tenth of the time at most.
const WORTH: u32 = 10;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// What samples of a version's jobs say.
#[derive(Debug, Clone, Default)]
pub struct VersionSample {
    /// Its newest finished jobs; `None` if they could not be read.
    pub finished: Option<FinishedSample>,
    /// Its memory in Redis; `None` if Redis did not say.
    pub memory: Option<Memory>,
    /// Finished jobs that no option removes.
    pub piles: Vec<RetentionHint>,
}

/// The cached results for family pages.
#[derive(Debug)]
pub(crate) struct FamilySamples {
    pub(crate) samples: Cache<QueueId, Arc<VersionSample>>,
    pub(crate) fits: Cache<(QueueId, Vec<QueueId>), FamilyCompatibility>,
}

impl Default for FamilySamples {
    fn default() -> Self {
        Self {
            samples: Cache::new(KEPT, good_for),
            fits: Cache::new(KEPT, good_for),
        }
    }
}

/// How long what took so long to find is good, from when it was asked for.
fn good_for(took: Duration) -> Duration {
    took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
}

pub(crate) async fn sample(store: &Store, queue: &QueueId, counts: Counts) -> VersionSample {
    let (finished, memory) = tokio::join!(
        store.newest_finished(queue, FINISHED_SAMPLE),
        store.memory(queue, &counts),
    );
    let finished = known(queue, finished).map(|(jobs, newest)| FinishedSample::of(&jobs, newest));
    let memory = known(queue, memory).flatten();
    let piles = finished.map_or_else(Vec::new, |finished| {
        let bytes = |state| memory.as_ref().map(|memory| memory.of(state));
        let piles = [JobState::Completed, JobState::Failed]
            .into_iter()
            .zip(finished.removal)
            .filter_map(|(state, of)| RetentionHint::of(state, counts.of(state), bytes(state), of));
        piles.collect()
    });
    VersionSample {
        finished,
        memory,
        piles,
    }
}

/// The result of a read. If it failed, the page says so and shows everything else.
pub(crate) fn known<T>(queue: &QueueId, read: Result<T, StoreError>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%queue, %error, "a sample could not be read"))
        .ok()
}

/// Whether the outstanding jobs of one version pass the schemas of others.
#[derive(Debug, Clone)]
pub struct FamilyCompatibility {
    /// The version whose jobs are checked.
    pub from: QueueId,
    /// How many jobs are outstanding.
    pub outstanding: u64,
    /// Whether only a sample of them was checked.
    pub is_sampled: bool,
    /// The other versions, each with the verdict of its schema on the checked jobs; `None` if they could not be read.
    pub under: Vec<(QueueId, Option<Tally>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_is_kept_longer() {
        let seconds = Duration::from_secs;
        for (took, good_after) in [(0, 5), (1, 10), (3, 30), (60, 60)] {
            assert_eq!(good_for(seconds(took)), seconds(took + good_after));
        }
    }
}
