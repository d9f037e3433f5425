//! Walking through the jobs of a state, a bounded batch at a time, while jobs come and go: none that stays where it is is
//! missed, and none is met twice unless it came anew.
//!
//! Only plain reads are used, so that the walk works where Bullkeeper may only read. Each batch is one LRANGE or ZRANGE that
//! holds a job of the batch before together with what follows it: where that job is not found, the place is looked for again.

use redis::{Cmd, Pipeline};

use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::row::ListOrder;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::counts::is_marker;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How far past its place a job of a list is searched for: others may be put in front of it.
pub(crate) const FURTHER: u64 = 10_000;

/// How many places a job may have shifted to be found with the batch itself.
const NEAR: u64 = 100;

/// How often a batch is read again whose place shifted between two commands.
const TRIES: usize = 20;

/// How many jobs of one score are read at once where the last one of them went.
const SAME_SCORE: u64 = 1_000;

/// Data is fetched up to so many bytes at once.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// The longest reason of a failure that is read, in bytes.
const LONGEST_ERROR: u64 = 64 * 1024;

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

/// What is read of each job beside its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkFields {
    /// Its data, up to so many bytes each.
    pub data: Option<u64>,
    /// Why it failed.
    pub error: bool,
}

/// A job that is listed in a state.
#[derive(Debug, Clone)]
pub struct WalkedJob {
    /// Its id.
    pub id: JobId,
    /// Its name; empty where its hash is gone.
    pub name: String,
    /// Its data; empty where it was not asked for, is larger than was asked for, or is not there.
    pub data: Vec<u8>,
    /// How many bytes its data has, where data was asked for.
    pub size: u64,
    /// Whether its hash has data, where data was asked for.
    pub has_data: bool,
    /// Why it failed; empty where it was not asked for.
    pub error: String,
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
    /// Up to `count` jobs behind the cursor; fewer where their data is wanted and large.
    pub async fn walk_jobs(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
        fields: WalkFields,
    ) -> Result<WalkBatch, StoreError> {
        let count = count.max(1);
        let mut places = match keys::is_list(walk.state) {
            true => self.places_of_list(walk, cursor, count).await?,
            false => self.places_of_set(walk, cursor, count).await?,
        };
        if fields.data.is_some() {
            self.cut_to_size(walk.queue, &mut places).await?;
        }
        let jobs = self.walked_jobs(walk.queue, &places, fields).await?;
        Ok(WalkBatch { places, jobs })
    }

    /// Jobs by their ids, in that order, wherever they are.
    pub async fn selected_jobs(
        &self,
        queue: &QueueId,
        ids: &[String],
        fields: WalkFields,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let places = ids.iter().map(|id| PlacedJob {
            id: id.clone(),
            score: None,
        });
        let places: Vec<PlacedJob> = places.collect();
        self.walked_jobs(queue, &places, fields).await
    }

    async fn places_of_list(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let mut past = cursor.past();
        let mut is_guessed = cursor.last().next().is_none();
        for _ in 0..TRIES {
            let from = past.saturating_sub(NEAR);
            let to = past + NEAR + count;
            let mut ids = reply::texts(self.redis.command(&walk.lrange(from, to)).await?);
            if walk.ascends() {
                ids.reverse();
            }
            let found = cursor
                .last()
                .find_map(|job| ids.iter().position(|id| *id == job.id));
            let begin = match found {
                Some(at) => at + 1,
                None if is_guessed => usize::try_from(past - from).unwrap_or(usize::MAX),
                None => {
                    match self.place_in_list(walk, cursor, past).await? {
                        Some(place) => past = place,
                        // A job that is gone from the end that runs next ran, and all that were to run before it did so too.
                        None => {
                            is_guessed = true;
                            past = if walk.ascends() { 0 } else { past };
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
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        past: u64,
    ) -> Result<Option<u64>, StoreError> {
        let key = walk.key();
        let mut pipeline = redis::pipe();
        pipeline.cmd("LLEN").arg(&key);
        for job in cursor.last() {
            pipeline
                .cmd("LPOS")
                .arg(&key)
                .arg(&job.id)
                .arg("RANK")
                .arg(if walk.ascends() { -1 } else { 1 })
                .arg("MAXLEN")
                .arg(past + FURTHER);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let length = answers.next().and_then(reply::number).unwrap_or(0);
        let found = answers.find_map(reply::number);
        Ok(found.map(|at| match walk.ascends() {
            true => length.saturating_sub(at),
            false => at + 1,
        }))
    }

    async fn places_of_set(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let (rank, range) = match walk.ascends() {
            true => ("ZRANK", "ZRANGE"),
            false => ("ZREVRANK", "ZREVRANGE"),
        };
        let key = walk.key();
        for _ in 0..TRIES {
            let mut pipeline = redis::pipe();
            for job in cursor.last() {
                pipeline.cmd(rank).arg(&key).arg(&job.id);
            }
            let ranks = self.redis.read(&mut pipeline).await?.into_iter();
            let mut found = ranks.map(reply::number).zip(cursor.last());
            let from = found.find_map(|(rank, job)| Some((rank?, job)));
            let mut command = redis::cmd(range);
            let at = from.map_or(0, |(rank, _)| rank);
            command.arg(&key).arg(at).arg(at + count).arg("WITHSCORES");
            let answer = self.redis.command(&command).await?;
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
                _ => return self.places_by_score(walk, cursor, count).await,
            }
        }
        Err(shifted())
    }

    /// The places behind the last job of the cursor by its score alone, where that job went or was moved.
    async fn places_by_score(
        &self,
        walk: Walk<'_>,
        cursor: &JobCursor,
        count: u64,
    ) -> Result<Vec<PlacedJob>, StoreError> {
        let Some(last) = cursor.last().next() else {
            return Ok(Vec::new());
        };
        let score = last.score.unwrap_or(0.0);
        let is_behind = |place: &PlacedJob| match place.score == last.score {
            true if walk.ascends() => place.id > last.id,
            true => place.id < last.id,
            false => true,
        };
        let mut offset = 0;
        loop {
            let mut command = redis::cmd("ZRANGEBYSCORE");
            if !walk.ascends() {
                command = redis::cmd("ZREVRANGEBYSCORE");
            }
            let end = if walk.ascends() { "+inf" } else { "-inf" };
            command.arg(walk.key()).arg(score).arg(end);
            let most = count.max(SAME_SCORE);
            command.arg("WITHSCORES").arg("LIMIT").arg(offset).arg(most);
            let read = placed(self.redis.command(&command).await?);
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

    async fn cut_to_size(
        &self,
        queue: &QueueId,
        places: &mut Vec<PlacedJob>,
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for place in places.iter() {
            pipeline
                .cmd("HSTRLEN")
                .arg(keys::of_queue(queue, &place.id))
                .arg("data");
        }
        let sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let mut together = 0;
        let fitting = sizes
            .map(|size| reply::number(size).unwrap_or(0))
            .take_while(|size| {
                together += size;
                together <= BYTES_AT_ONCE
            })
            .count();
        places.truncate(fitting.max(1));
        Ok(())
    }

    async fn walked_jobs(
        &self,
        queue: &QueueId,
        places: &[PlacedJob],
        fields: WalkFields,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let ids: Vec<JobId> = places
            .iter()
            .filter(|place| !is_marker(&place.id))
            .filter_map(|place| JobId::new(place.id.as_str()))
            .collect();
        let sizes = self.sizes(queue, &ids, fields).await?;
        let mut pipeline = redis::pipe();
        for (id, size) in ids.iter().zip(&sizes) {
            ask_job(&mut pipeline, queue, id, *size, fields);
        }
        let answers = match fields.data.is_some() {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let jobs = ids.into_iter().zip(sizes).zip(answers);
        Ok(jobs
            .map(|((id, [size, _]), answer)| {
                let mut values = reply::items(answer).into_iter();
                let name = values.next().and_then(reply::text).unwrap_or_default();
                let error = values.next().and_then(reply::text).unwrap_or_default();
                let data = values.next().and_then(reply::bytes);
                WalkedJob {
                    id,
                    name,
                    has_data: data.is_some() || size > 0,
                    data: data.unwrap_or_default(),
                    size,
                    error,
                }
            })
            .collect())
    }

    /// How large the data of jobs and the reasons of their failures are, where they are asked for.
    async fn sizes(
        &self,
        queue: &QueueId,
        ids: &[JobId],
        fields: WalkFields,
    ) -> Result<Vec<[u64; 2]>, StoreError> {
        if fields == WalkFields::default() {
            return Ok(vec![[0; 2]; ids.len()]);
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            for field in ["data", "failedReason"] {
                pipeline
                    .cmd("HSTRLEN")
                    .arg(keys::of_job(queue, id))
                    .arg(field);
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        let mut sizes = answers
            .into_iter()
            .map(|size| reply::number(size).unwrap_or(0));
        Ok(ids
            .iter()
            .map(|_| [sizes.next().unwrap_or(0), sizes.next().unwrap_or(0)])
            .collect())
    }
}

/// Asks for the name, the error and the data of a job; a field of no name stands for one that is not to be read.
fn ask_job(
    pipeline: &mut Pipeline,
    queue: &QueueId,
    id: &JobId,
    [size, error]: [u64; 2],
    fields: WalkFields,
) {
    let wanted = [
        ("failedReason", fields.error && error <= LONGEST_ERROR),
        ("data", fields.data.is_some_and(|most| size <= most)),
    ];
    let wanted = wanted.map(|(field, wanted)| if wanted { field } else { "" });
    pipeline
        .cmd("HMGET")
        .arg(keys::of_job(queue, id))
        .arg("name")
        .arg(&wanted);
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

fn shifted() -> StoreError {
    StoreError::Unexpected("the jobs of a state shift faster than they can be read".to_owned())
}
