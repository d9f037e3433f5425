//! The places of a sorted set behind a cursor.

use super::{TRIES, Walk, shifted};
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::store::Redis;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many jobs of one score are read at once where the last one of them went.
const SAME_SCORE: u64 = 1_000;

impl Walk<'_> {
    pub(super) async fn places_of_set(
        self,
        redis: &Redis,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let (rank, range) = match self.ascends() {
            true => ("ZRANK", "ZRANGE"),
            false => ("ZREVRANK", "ZREVRANGE"),
        };
        let key = self.key();
        for _ in 0..TRIES {
            let mut pipeline = redis::pipe();
            for job in cursor.last() {
                pipeline.cmd(rank).arg(&key).arg(&job.id);
            }
            let ranks = redis.read(&mut pipeline).await?.into_iter();
            let mut found = ranks.map(reply::number).zip(cursor.last());
            let from = found.find_map(|(rank, job)| Some((rank?, job)));
            let mut command = redis::cmd(range);
            let at = from.map_or(0, |(rank, _)| rank);
            command.arg(&key).arg(at).arg(at + count).arg("WITHSCORES");
            let answer = redis.command(&command).await?;
            let mut places: Vec<PlacedJob> = placed(answer);
            match (from, places.first()) {
                (None, _) if cursor.last().next().is_none() => {
                    places.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                    return Ok(places);
                }
                // It was not moved, and nothing shifted between the two commands.
                (Some((_, job)), Some(first)) if first == job => {
                    places.remove(0);
                    return Ok(places);
                }
                // Some shifted meanwhile.
                (Some((_, job)), Some(first)) if first.id != job.id => {}
                _ => return self.places_by_score(redis, cursor, count).await,
            }
        }
        Err(shifted())
    }

    /// The places behind the last job of the cursor by its score alone, where that job went or was moved.
    async fn places_by_score(
        self,
        redis: &Redis,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let Some(last) = cursor.last().next() else {
            return Ok(Vec::new());
        };
        let score = last.score.unwrap_or(0.0);
        let is_behind = |place: &PlacedJob| match place.score == last.score {
            true if self.ascends() => place.id > last.id,
            true => place.id < last.id,
            false => true,
        };
        let mut offset = 0;
        loop {
            let mut command = redis::cmd("ZRANGEBYSCORE");
            if !self.ascends() {
                command = redis::cmd("ZREVRANGEBYSCORE");
            }
            let end = if self.ascends() { "+inf" } else { "-inf" };
            command.arg(self.key()).arg(score).arg(end);
            let most = count.max(SAME_SCORE);
            command.arg("WITHSCORES").arg("LIMIT").arg(offset).arg(most);
            let read = placed(redis.command(&command).await?);
            let passed = read.iter().filter(|place| !is_behind(place)).count();
            if passed < read.len() {
                let places = read.into_iter().filter(is_behind);
                return Ok(places
                    .take(usize::try_from(count).unwrap_or(usize::MAX))
                    .collect());
            }
            if (read.len() as u64) < most {
                return Ok(Vec::new());
            }
            // Between two commands some of the same score may go: what is read twice is passed over again.
            offset += most / 2;
        }
    }
}

fn placed(answer: redis::Value) -> Vec<PlacedJob> {
    reply::scored(answer)
        .into_iter()
        .map(|(id, score)| PlacedJob {
            id,
            score: Some(score),
        })
        .collect()
}
