//! What was found of failed jobs last, shared by all who may see the same queues.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::found::{DiffersOf, FoundFailures, WhatDiffers};
use super::which::FailureSpan;
use crate::cache::{Cache, as_it_cost};
use crate::domain::queue::QueueId;
use crate::service::error::ServiceError;
use crate::service::hidden_values::sight::HiddenFrom;

/// How many answers are kept, and how many bytes of groups.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// How many readings go on at once.
const AT_ONCE: usize = 2;

/// Of which failed jobs there are groups: of these queues over this time, and what of them is hidden from whoever asks.
pub(super) type GroupsOf = (Vec<QueueId>, FailureSpan, HiddenFrom);

/// The readings.
#[derive(Debug)]
pub(crate) struct FailureReadings {
    pub(super) groups: Cache<GroupsOf, Arc<FoundFailures>, ServiceError>,
    pub(super) differs: Cache<(DiffersOf, HiddenFrom), Arc<WhatDiffers>, ServiceError>,
    pub(super) turns: Semaphore,
}

impl Default for FailureReadings {
    fn default() -> Self {
        let groups = Cache::new(KEPT, as_it_cost);
        Self {
            groups: groups.at_most_bytes(KEPT_BYTES, |found| found.groups.bytes()),
            differs: Cache::new(KEPT, as_it_cost),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}
