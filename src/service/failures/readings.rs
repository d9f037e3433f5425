//! What was found of failed jobs last, shared by all who may see the same queues.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::found::{DiffersOf, FoundFailures, WhatDiffers};
use super::which::FailureSpan;
use crate::cache::Cache;
use crate::domain::queue::QueueId;
use crate::service::error::ServiceError;

/// How many answers are kept, and how many bytes of groups.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// How many readings go on at once.
const AT_ONCE: usize = 2;

/// What was found is good for so long at least.
const FRESH: Duration = Duration::from_secs(2);

/// And for so many times as long as it took: however many ask, reading takes a tenth of the time at most.
const WORTH: u32 = 10;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// The readings.
#[derive(Debug)]
pub(crate) struct FailureReadings {
    pub(super) groups: Cache<(Vec<QueueId>, FailureSpan, u64), Arc<FoundFailures>, ServiceError>,
    pub(super) differs: Cache<DiffersOf, Arc<WhatDiffers>, ServiceError>,
    pub(super) turns: Semaphore,
}

impl Default for FailureReadings {
    fn default() -> Self {
        let groups = Cache::new(KEPT, good_for);
        Self {
            groups: groups.at_most_bytes(KEPT_BYTES, |found| found.groups.bytes()),
            differs: Cache::new(KEPT, good_for),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

/// How long what took so long to find is good, from when it was asked for.
fn good_for(took: Duration) -> Duration {
    took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
}
