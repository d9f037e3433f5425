//! The request for a comparison, and its result.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::cache::Cache;
use crate::domain::edit::diff::Diff;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{NoKey, PairBy, PairVerdict, Ran, Summary};
use crate::service::error::ServiceError;
use crate::service::hidden_values::sight::HiddenFrom;
use crate::service::jobs::FOLD_ABOVE;

/// How many of each version's newest finished jobs are compared.
pub(crate) const MOST_JOBS: usize = 2_000;

/// The largest value, in bytes, that is compared as JSON and searched for a key. A larger value is only compared, byte by
/// byte, with one of the same size.
pub(crate) const LARGEST_VALUE: u64 = FOLD_ABOVE;

/// How many bytes of data, and how many of values, one comparison reads; what finished last goes first.
pub(crate) const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How long a comparison is shown for current once it is made.
const FRESH: Duration = Duration::from_secs(10);

/// So many comparisons are kept.
const MOST_KEPT: usize = 8;

/// So many bytes of comparisons are kept.
const MOST_BYTES_KEPT: usize = 16 * 1024 * 1024;

/// Which versions are compared, and how their jobs find each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comparing {
    /// The first version.
    pub a: QueueId,
    /// The second version.
    pub b: QueueId,
    /// How jobs are paired.
    pub by: PairBy,
}

/// Two versions compared.
#[derive(Debug)]
pub struct Comparison {
    /// When it was made, in Unix milliseconds.
    pub at: u64,
    /// What was read of the first version.
    pub a: ComparedSample,
    /// What was read of the second version.
    pub b: ComparedSample,
    /// Every pair with its verdict; what finished last comes first.
    pub rows: Vec<(Pair, PairVerdict)>,
    /// The summary of all pairs.
    pub summary: Summary,
}

impl Comparison {
    /// About how many bytes of memory it takes.
    fn bytes(&self) -> usize {
        let texts = |ran: &Ran| ran.id.as_str().len() + ran.reason.len();
        let row = |(pair, _): &(Pair, PairVerdict)| {
            let jobs = pair.a.iter().chain(&pair.b);
            size_of::<(Pair, PairVerdict)>() + pair.label.len() + jobs.map(texts).sum::<usize>()
        };
        self.rows.iter().map(row).sum()
    }
}

/// What was read of one version.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ComparedSample {
    /// How many finished jobs it keeps.
    pub total: u64,
    /// How many of them, the newest, were read.
    pub read: usize,
    /// Jobs that were left out for a newer one with the same key.
    pub doubled: usize,
    /// Jobs whose id BullMQ counted up.
    pub counted_ids: usize,
    /// Jobs whose data has no value at the pointer.
    pub missing: usize,
    /// Jobs whose data is not JSON.
    pub not_json: usize,
    /// Jobs whose data is too large to be searched.
    pub too_large: usize,
}

impl ComparedSample {
    pub(crate) fn leave_out(&mut self, why: NoKey) {
        match why {
            NoKey::CountedId => self.counted_ids += 1,
            NoKey::Missing => self.missing += 1,
            NoKey::NotJson => self.not_json += 1,
            NoKey::TooLarge => self.too_large += 1,
        }
    }
}

/// The results of two jobs, side by side.
#[derive(Debug)]
pub struct ResultDiff {
    /// The state of the first version's job.
    pub a: JobState,
    /// The state of the second version's job.
    pub b: JobState,
    /// The difference; `None` if one result is too large to be drawn.
    pub diff: Option<Diff>,
}

/// Comparisons of the last seconds.
#[derive(Debug)]
pub(crate) struct Comparisons {
    pub(crate) kept: Cache<(Comparing, HiddenFrom), Arc<Comparison>, ServiceError>,
    /// Held while one is made: there is one at a time.
    pub(crate) turn: Mutex<()>,
}

impl Default for Comparisons {
    fn default() -> Self {
        let kept = Cache::new(MOST_KEPT, |took| took.saturating_add(FRESH));
        Self {
            kept: kept.at_most_bytes(MOST_BYTES_KEPT, |made| made.bytes()),
            turn: Mutex::default(),
        }
    }
}
