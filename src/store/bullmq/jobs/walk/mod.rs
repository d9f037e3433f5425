//! Walking through the jobs of a state, a bounded batch at a time, while jobs come and go: none that stays where it is is
//! missed, and none is met twice unless it came anew.
//!
//! Only plain reads are used, so that the walk works where Bullkeeper may only read. Each batch is one LRANGE or ZRANGE that
//! holds a job of the batch before together with what follows it: where that job is not found, the place is looked for again.

mod fields;
mod list;
mod read;
mod selected;
mod sorted_set;

pub(crate) use fields::{WalkFields, WalkedJob};
pub(crate) use read::{FetchLimit, ReadBy};
use redis::Cmd;

use crate::domain::job::JobState;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::row::ListOrder;
use crate::domain::queue::QueueId;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::{Redis, Store};

/// How far past its place a job of a list is searched for: others may be put in front of it.
pub(crate) const FURTHER: u64 = 10_000;

/// How often a batch is read again whose place shifted between two commands.
const TRIES: usize = 20;

/// In which order a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkOrder {
    /// What runs next, or ended first, comes first.
    NextFirst,
    /// As pages list the state.
    AsListed(ListOrder),
}

/// Where a walk goes: through which state of which queue.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// The queue.
    pub queue: &'a QueueId,
    /// The state, as the queue keeps it.
    pub state: JobState,
    /// In which order.
    pub order: WalkOrder,
}

/// The next jobs of a walk.
#[derive(Debug, Default)]
pub struct WalkBatch {
    /// Every place of the state that was read, markers of BullMQ 4 included; none only at its end.
    pub places: Vec<PlacedJob>,
    /// The jobs in them.
    pub jobs: Vec<WalkedJob>,
}

impl Walk<'_> {
    /// Whether a list is read from its end, or a sorted set from its least score.
    fn ascends(self) -> bool {
        match self.order {
            WalkOrder::NextFirst => true,
            WalkOrder::AsListed(order) => {
                let rises = matches!(self.state, JobState::Delayed | JobState::Prioritized);
                rises == (order == ListOrder::Usual)
            }
        }
    }

    /// The places behind the cursor: up to `count`, and none only at the end of the state.
    async fn places(
        self,
        redis: &Redis,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let count = count.max(1);
        match keys::is_list(self.state) {
            true => self.places_of_list(redis, cursor, count).await,
            false => self.places_of_set(redis, cursor, count).await,
        }
    }

    fn key(self) -> String {
        keys::of_state(self.queue, self.state)
    }

    /// Reads places `from` up to `to` of a list, which count from where the walk begins.
    fn lrange(self, from: u64, to: u64) -> Cmd {
        let mut command = redis::cmd("LRANGE");
        command.arg(self.key());
        match self.ascends() {
            true => command.arg(format!("-{to}")).arg(format!("-{}", from + 1)),
            false => command.arg(from).arg(to - 1),
        };
        command
    }
}

impl Store {
    /// Up to `count` jobs behind the cursor; fewer where what is asked for of them is large.
    pub async fn walk_jobs(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
        fields: WalkFields,
    ) -> Result<WalkBatch, StoreError> {
        let mut places = walk.places(&self.redis, cursor, count).await?;
        let jobs = self
            .walked_jobs(walk.queue, walk.state, &mut places, &fields)
            .await?;
        Ok(WalkBatch { places, jobs })
    }

    /// The places behind the cursor of a search, markers of BullMQ 4 included: up to `count`, and none only at the end of the
    /// state.
    pub(crate) async fn places_to_search(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        walk.places(self.searching().redis, cursor, count).await
    }
}

fn shifted() -> StoreError {
    StoreError::Busy("the jobs of a state shift faster than they can be read".to_owned())
}
