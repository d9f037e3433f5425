//! The places of a list behind a cursor.

use super::{FURTHER, TRIES, Walk, shifted};
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::store::Redis;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many places a job may have shifted to be found with the batch itself.
const NEAR: u64 = 100;

impl Walk<'_> {
    pub(super) async fn places_of_list(
        self,
        redis: &Redis,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let mut past = cursor.past();
        let mut is_guessed = cursor.last().next().is_none();
        for _ in 0..TRIES {
            let from = past.saturating_sub(NEAR);
            let to = past + NEAR + count;
            let mut ids = reply::texts(redis.command(&self.lrange(from, to)).await?);
            if self.ascends() {
                ids.reverse();
            }
            let found = cursor
                .last()
                .find_map(|job| ids.iter().position(|id| *id == job.id));
            let begin = match found {
                Some(at) => at + 1,
                None if is_guessed => usize::try_from(past - from).unwrap_or(usize::MAX),
                None => {
                    match self.place_in_list(redis, cursor, past).await? {
                        Some(place) => past = place,
                        // A job that is gone from the end that runs next ran, and all that were to run before it did so too.
                        None => {
                            is_guessed = true;
                            past = if self.ascends() { 0 } else { past };
                        }
                    }
                    continue;
                }
            };
            if begin > 0 && begin == ids.len() && ids.len() as u64 == to - from {
                // The job shifted to the end of what was read, and there may be more behind it.
                past = from + begin as u64;
                continue;
            }
            let places = ids.into_iter().skip(begin);
            let places = places.map(|id| PlacedJob { id, score: None });
            return Ok(places
                .take(usize::try_from(count).unwrap_or(usize::MAX))
                .collect());
        }
        Err(shifted())
    }

    /// How many places of a list are passed, by where the last jobs are now; `None` where all of those are gone.
    async fn place_in_list(
        self,
        redis: &Redis,
        cursor: &JobCursor,
        past: u64,
    ) -> Result<Option<u64>, StoreError> {
        let key = self.key();
        let mut pipeline = redis::pipe();
        pipeline.cmd("LLEN").arg(&key);
        for job in cursor.last() {
            pipeline
                .cmd("LPOS")
                .arg(&key)
                .arg(&job.id)
                .arg("RANK")
                .arg(if self.ascends() { -1 } else { 1 })
                .arg("MAXLEN")
                .arg(past + FURTHER);
        }
        let mut answers = redis.read(&mut pipeline).await?.into_iter();
        let length = answers.next().and_then(reply::number).unwrap_or(0);
        let found = answers.find_map(reply::number);
        Ok(found.map(|at| match self.ascends() {
            true => length.saturating_sub(at),
            false => at + 1,
        }))
    }
}
