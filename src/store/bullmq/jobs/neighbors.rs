//! The failed jobs before and after one, in the order in which they are listed.

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The jobs beside one in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbors {
    /// The one listed before it: it failed later.
    pub before: Option<JobId>,
    /// The one listed after it: it failed earlier.
    pub after: Option<JobId>,
}

impl Store {
    /// The neighbors of a failed job; none if it is not failed, or that can't be read.
    pub async fn failed_neighbors(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Neighbors, StoreError> {
        let failed = keys::of_state(queue, JobState::Failed);
        let mut rank = redis::pipe();
        rank.cmd("ZREVRANK").arg(&failed).arg(id.as_str());
        let rank = self.redis.read(&mut rank).await?.into_iter().next();
        let Some(rank) = rank.and_then(reply::number) else {
            return Ok(Neighbors::default());
        };
        let from = rank.saturating_sub(1);
        let mut around = redis::pipe();
        around.cmd("ZREVRANGE").arg(&failed).arg(from).arg(rank + 1);
        let around = self.redis.read(&mut around).await?.into_iter().next();
        let ids = reply::texts(around.unwrap_or_default());
        // The list may have changed between the two readings.
        let Some(at) = ids.iter().position(|other| other == id.as_str()) else {
            return Ok(Neighbors::default());
        };
        let named = |at: Option<usize>| at.and_then(|at| JobId::new(ids.get(at)?.as_str()));
        Ok(Neighbors {
            before: named(at.checked_sub(1)),
            after: named(Some(at + 1)),
        })
    }
}
