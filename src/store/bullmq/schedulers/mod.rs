//! A queue's schedulers and repeatable jobs: the sorted set `repeat`, whose scores are the times of the next jobs, and a hash
//! `repeat:<id>` for each. BullMQ 4 has no hashes: there, the id itself says everything.

pub(crate) mod changes;
pub(crate) mod runs;
pub(crate) mod set;
mod stored;

use redis::{Pipeline, Value};
use serde::Deserialize;

use super::jobs::location::{JobLocation, ask_standing};
use crate::clock::unix_millis;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::job_ids;
use crate::domain::schedulers::scheduler::{PendingJob, Scheduler, SchedulerId};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;
pub(crate) use stored::LONGEST_TEXT;
use stored::{Sizes, Stored};

/// How many queues are asked with one round trip whether they have schedulers.
const QUEUES_AT_ONCE: usize = 500;

/// How many schedulers are read with one round trip.
const AT_ONCE: usize = 200;

/// Options of a job larger than this, in bytes, are not read to look for its count.
const LARGEST_OPTIONS: u64 = 16 * 1024;

/// A scheduler among a queue's, with the time of its next job.
type Listed = (SchedulerId, u64);

impl Store {
    /// How many schedulers each of these queues has.
    pub async fn scheduler_counts(&self, queues: &[QueueId]) -> Result<Vec<u64>, StoreError> {
        let mut counts = Vec::with_capacity(queues.len());
        for queues in queues.chunks(QUEUES_AT_ONCE) {
            let mut pipeline = redis::pipe();
            for queue in queues {
                pipeline.cmd("ZCARD").arg(repeat(queue));
            }
            let answers = self.redis.read(&mut pipeline).await?;
            let counted = answers
                .into_iter()
                .map(|answer| reply::number(answer).unwrap_or(0));
            counts.extend(counted);
        }
        Ok(counts)
    }

    /// A queue's schedulers by the time of their next job, the soonest first.
    pub async fn schedulers(
        &self,
        queue: &QueueId,
        dialect: Dialect,
        from: u64,
        size: u64,
    ) -> Result<Vec<Scheduler>, StoreError> {
        // Redis counts with signed numbers; nothing is that far down.
        if size == 0 || from > u64::from(u32::MAX) {
            return Ok(Vec::new());
        }
        let mut range = redis::cmd("ZRANGE");
        range.arg(repeat(queue)).arg(from).arg(from + size - 1);
        range.arg("WITHSCORES");
        let listed = reply::scored(self.ask_one(range).await?).into_iter();
        let listed: Vec<Listed> = listed
            .filter_map(|(id, score)| Some((SchedulerId::new(id)?, score.max(0.0) as u64)))
            .collect();
        let mut found = Vec::with_capacity(listed.len());
        for listed in listed.chunks(AT_ONCE) {
            found.extend(self.read_schedulers(queue, dialect, listed, false).await?);
        }
        Ok(found)
    }

    /// One scheduler, if the queue has it.
    pub async fn scheduler(
        &self,
        queue: &QueueId,
        dialect: Dialect,
        id: &SchedulerId,
    ) -> Result<Option<Scheduler>, StoreError> {
        let mut score = redis::cmd("ZSCORE");
        score.arg(repeat(queue)).arg(id.as_str());
        let Some(next) = reply::score(self.ask_one(score).await?) else {
            return Ok(None);
        };
        let listed = [(id.clone(), next.max(0.0) as u64)];
        let found = self.read_schedulers(queue, dialect, &listed, true).await?;
        Ok(found.into_iter().next())
    }

    /// The size of the data (`data`) or options (`opts`) of a scheduler's template, in bytes.
    pub async fn template_size(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
        field: &str,
    ) -> Result<u64, StoreError> {
        let mut command = redis::cmd("HSTRLEN");
        command.arg(hash(queue, id)).arg(field);
        Ok(reply::number(self.redis.command(&command).await?).unwrap_or(0))
    }

    /// The data or options of a scheduler's template, as they are stored.
    pub async fn template_text(
        &self,
        queue: &QueueId,
        id: &SchedulerId,
        field: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("HGET");
        command.arg(hash(queue, id)).arg(field);
        Ok(reply::bytes(self.bulk().await.command(&command).await?))
    }

    /// The answer to one command; absent if a key has another type than BullMQ gives it.
    async fn ask_one(&self, command: redis::Cmd) -> Result<Value, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline.add_command(command);
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Reads schedulers. Unless `closely`, the states of their next jobs are looked up only where these are due.
    async fn read_schedulers(
        &self,
        queue: &QueueId,
        dialect: Dialect,
        listed: &[Listed],
        closely: bool,
    ) -> Result<Vec<Scheduler>, StoreError> {
        let mut pipeline = redis::pipe();
        for (id, _) in listed {
            Stored::measure(&mut pipeline, &hash(queue, id));
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut pipeline = redis::pipe();
        let sizes: Vec<Sizes> = listed
            .iter()
            .map(|(id, _)| {
                let sizes = Sizes::of(&mut answers);
                Stored::ask(&mut pipeline, &hash(queue, id), &sizes);
                sizes
            })
            .collect();
        let read = self.redis.read(&mut pipeline).await?.into_iter();
        let mut found: Vec<Scheduler> = listed
            .iter()
            .zip(sizes.into_iter().zip(read))
            .map(|((id, next), (sizes, fields))| {
                Stored::read(sizes, fields).scheduler(queue, dialect, id.clone(), *next)
            })
            .collect();
        self.look_up_pending(&mut found, closely).await?;
        self.count_towards_limits(&mut found).await?;
        Ok(found)
    }

    /// Looks up how many jobs count towards the limit of each scheduler that has one.
    async fn count_towards_limits(&self, schedulers: &mut [Scheduler]) -> Result<(), StoreError> {
        let mut limited: Vec<(&mut Scheduler, String)> = schedulers
            .iter_mut()
            .filter(|one| one.limit.is_some())
            .filter_map(|one| {
                let job = keys::of_job(&one.queue, &one.pending.as_ref()?.id);
                Some((one, job))
            })
            .collect();
        if limited.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        for (_, job) in &limited {
            pipeline.cmd("HSTRLEN").arg(job).arg("opts");
        }
        let sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let sizes: Vec<u64> = sizes.map(|size| reply::number(size).unwrap_or(0)).collect();
        let mut pipeline = redis::pipe();
        for ((_, job), size) in limited.iter().zip(sizes) {
            // A field without a name stands for one that is not read.
            let field = if size <= LARGEST_OPTIONS { "opts" } else { "" };
            pipeline.cmd("HGET").arg(job).arg(field);
        }
        let options = self.redis.read(&mut pipeline).await?.into_iter();
        for ((one, _), options) in limited.iter_mut().zip(options) {
            one.counted = reply::bytes(options).and_then(|options| repeat_count(&options));
        }
        Ok(())
    }

    /// Looks up the next job of each scheduler.
    async fn look_up_pending(
        &self,
        schedulers: &mut [Scheduler],
        closely: bool,
    ) -> Result<(), StoreError> {
        let now = unix_millis();
        let mut pipeline = redis::pipe();
        let asked: Vec<Option<JobId>> = schedulers
            .iter()
            .map(|one| {
                let job = job_ids::job_at(&one.id, one.is_legacy(), one.next)?;
                ask_pending(&mut pipeline, one, &job, closely || one.next <= now);
                Some(job)
            })
            .collect();
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        for (one, job) in schedulers.iter_mut().zip(asked) {
            let Some(id) = job else { continue };
            let exists = answers
                .next()
                .is_some_and(|answer| reply::is_something(&answer));
            let is_due = closely || one.next <= now;
            let state = match is_due {
                true => match JobLocation::read(&mut answers).state {
                    // In one of the lists of waiting jobs, which take long to search.
                    JobState::Unknown => JobState::Waiting,
                    state => state,
                },
                false => JobState::Delayed,
            };
            // A worker that took the job in the meantime made the next one, which comes.
            let next = answers
                .next()
                .and_then(reply::score)
                .map_or(0, |next| next.max(0.0) as u64);
            let went_on = !exists && next > one.next;
            if went_on {
                one.next = next;
            }
            let id = match went_on {
                true => job_ids::job_at(&one.id, one.is_legacy(), next).unwrap_or(id),
                false => id,
            };
            let state = match (exists, went_on) {
                (true, _) => Some(state),
                (false, true) => Some(JobState::Delayed),
                (false, false) => None,
            };
            one.pending = Some(PendingJob { id, state });
        }
        Ok(())
    }
}

/// The number of a job among those of its scheduler, as its options have it.
fn repeat_count(options: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Options {
        repeat: Repeat,
    }
    #[derive(Deserialize)]
    struct Repeat {
        count: u64,
    }
    let options: Option<Options> = serde_json::from_slice(options).ok();
    options.map(|options| options.repeat.count)
}

fn ask_pending(pipeline: &mut Pipeline, one: &Scheduler, job: &JobId, is_due: bool) {
    pipeline.cmd("EXISTS").arg(keys::of_job(&one.queue, job));
    if is_due {
        ask_standing(pipeline, &one.queue, job);
    }
    // After the look at the job: whoever takes it puts the time of the next one here first.
    pipeline
        .cmd("ZSCORE")
        .arg(repeat(&one.queue))
        .arg(one.id.as_str());
}

/// The key of a queue's sorted set of schedulers.
pub(crate) fn repeat(queue: &QueueId) -> String {
    keys::of_queue(queue, "repeat")
}

/// The key of a scheduler's hash.
pub(crate) fn hash(queue: &QueueId, id: &SchedulerId) -> String {
    keys::of_queue(queue, &format!("repeat:{}", id.as_str()))
}
