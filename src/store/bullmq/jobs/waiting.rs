//! Whether a job waits. Only a search through its queue's lists tells; they may hold millions of ids, and Redis does
//! nothing else meanwhile.
//!
//! Each request searches both ends of a list. A whole list is searched for one job at a time, and only so often that Redis
//! keeps nearly all of its time, however many people look. Results are kept.

use std::time::Instant;

use redis::Value;

use super::searches::{COST_OF_ID, PATIENCE, REST};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The lists that hold waiting jobs.
const LISTS: [JobState; 2] = [JobState::Waiting, JobState::Paused];

/// How many ids from each end of a list every request searches; it takes a few microseconds.
const NEAR: u64 = 500;

/// The place of a job that is in no sorted set and has no worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaitingSearch {
    pub(crate) state: JobState,
    /// Whether it may be in a list that was not searched.
    pub(crate) unsearched: bool,
    /// Whether the key of one of the lists has another type.
    pub(crate) wrong_type: bool,
}

impl Store {
    /// The state of a job that is in no other state.
    pub(crate) async fn waiting_state(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<WaitingSearch, StoreError> {
        let mut pipeline = redis::pipe();
        for state in LISTS {
            let key = keys::of_state(queue, state);
            pipeline.cmd("LLEN").arg(&key);
            for rank in ["1", "-1"] {
                pipeline
                    .cmd("LPOS")
                    .arg(&key)
                    .arg(id.as_str())
                    .arg(&["RANK", rank])
                    .arg("MAXLEN")
                    .arg(NEAR);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut found = WaitingSearch {
            state: JobState::Unknown,
            unsearched: false,
            wrong_type: false,
        };
        let mut long = Vec::new();
        for state in LISTS {
            let length = answers.next().unwrap_or_default();
            found.wrong_type |= reply::is_wrong_type(&length);
            let length = reply::number(length).unwrap_or(0);
            let mut near = answers.by_ref().take(2);
            if near.any(|at| matches!(at, Value::Int(_))) {
                found.state = state;
                return Ok(found);
            }
            if length > 2 * NEAR {
                long.push((state, length));
            }
        }
        if long.is_empty() {
            return Ok(found);
        }
        match self.search_long(queue, id, &long).await? {
            Some(state) => found.state = state,
            None => found.unsearched = true,
        }
        Ok(found)
    }

    /// The state whose list holds the job; `None` if that is not known and may not be searched now.
    async fn search_long(
        &self,
        queue: &QueueId,
        id: &JobId,
        long: &[(JobState, u64)],
    ) -> Result<Option<JobState>, StoreError> {
        let key = (queue.clone(), id.clone());
        let possible = |state: &JobState| {
            *state == JobState::Unknown || long.iter().any(|(is, _)| is == state)
        };
        let kept = |fresh| self.searches.kept(&key, fresh).filter(possible);
        if let Some(state) = kept(true) {
            return Ok(Some(state));
        }
        let length: u64 = long.iter().map(|(_, length)| length).sum();
        let least = COST_OF_ID * u32::try_from(length).unwrap_or(u32::MAX);
        // Do not wait for a turn that can't come in time.
        if self.searches.next() > Instant::now() + PATIENCE {
            return Ok(kept(false));
        }
        let turn = async {
            let turn = self.searches.turn.lock().await;
            tokio::time::sleep_until(self.searches.next().into()).await;
            turn
        };
        let Ok(_turn) = tokio::time::timeout(PATIENCE, turn).await else {
            return Ok(kept(false));
        };
        // Another request for the same job may have searched first.
        if let Some(state) = kept(true) {
            return Ok(Some(state));
        }
        let began = Instant::now();
        // Counted in advance: a page that is given up meanwhile has cost Redis the same.
        self.searches.rest_until(began + least * (REST + 1));
        let mut pipeline = redis::pipe();
        for (state, _) in long {
            let list = keys::of_state(queue, *state);
            pipeline.cmd("LPOS").arg(list).arg(id.as_str());
        }
        let answers = self.redis.read(&mut pipeline).await?;
        // Time that a slow network adds is not Redis's time.
        let cost = began.elapsed().clamp(least, least * 5);
        self.searches.rest_until(began + cost * (REST + 1));
        let places = long.iter().zip(answers);
        let state = places
            .filter(|(_, at)| matches!(at, Value::Int(_)))
            .map(|((state, _), _)| *state)
            .next()
            .unwrap_or(JobState::Unknown);
        self.searches.keep(key.clone(), state);
        Ok(Some(state))
    }
}
