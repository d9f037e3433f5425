//! A queue's schedulers and repeatable jobs: the sorted set `repeat`, whose scores are the times of the next jobs, and a hash
//! `repeat:<id>` for each. BullMQ 4 has no hashes: there, the id itself says everything.

pub(crate) mod changes;
pub(crate) mod runs;
pub(crate) mod set;

use redis::{Pipeline, Value};

use super::jobs::location::{JobLocation, ask_standing};
use crate::clock::unix_millis;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::job_ids::{self, LegacyKey};
use crate::domain::schedulers::scheduler::{
    PendingJob, Schedule, Scheduler, SchedulerId, SchedulerKind,
};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues are asked with one round trip whether they have schedulers.
const QUEUES_AT_ONCE: usize = 500;

/// How many schedulers are read with one round trip.
const AT_ONCE: usize = 200;

/// A name, pattern or time zone larger than this, in bytes, is not read.
pub(crate) const LONGEST_TEXT: u64 = 2 * 1024;

/// The fields that are read in any case: numbers.
const NUMBERS: [&str; 6] = ["endDate", "every", "offset", "startDate", "limit", "ic"];

/// The fields that are measured; the first three are read if they are small.
const MEASURED: [&str; 5] = ["name", "tz", "pattern", "data", "opts"];

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
            let key = hash(queue, id);
            pipeline.cmd("HMGET").arg(&key).arg(&NUMBERS);
            for field in MEASURED {
                pipeline.cmd("HSTRLEN").arg(&key).arg(field);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut stored = Vec::with_capacity(listed.len());
        let mut pipeline = redis::pipe();
        for (id, _) in listed {
            let numbers = reply::items(answers.next().unwrap_or_default());
            let sizes = MEASURED.map(|_| answers.next().and_then(reply::number).unwrap_or(0));
            // A field without a name stands for one that is not read.
            let small = MEASURED.iter().zip(sizes).take(3);
            let fields = small.map(|(field, size)| if size <= LONGEST_TEXT { *field } else { "" });
            pipeline
                .cmd("HMGET")
                .arg(hash(queue, id))
                .arg(fields.collect::<Vec<_>>());
            stored.push((numbers, sizes));
        }
        let texts = self.redis.read(&mut pipeline).await?.into_iter();
        let read = listed.iter().zip(stored).zip(texts);
        let mut found: Vec<Scheduler> = read
            .map(|(((id, next), (numbers, sizes)), texts)| {
                let stored = Stored::read(numbers, sizes, texts);
                stored.scheduler(queue, dialect, id.clone(), *next)
            })
            .collect();
        self.look_up_pending(&mut found, closely).await?;
        Ok(found)
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

/// The fields of a scheduler's hash.
struct Stored {
    name: Option<String>,
    zone: Option<String>,
    pattern: Option<String>,
    end: Option<u64>,
    every: Option<u64>,
    offset: Option<u64>,
    start: Option<u64>,
    limit: Option<u64>,
    made: Option<u64>,
    sizes: [u64; MEASURED.len()],
}

impl Stored {
    fn read(numbers: Vec<Value>, sizes: [u64; MEASURED.len()], texts: Value) -> Self {
        let mut numbers = numbers.into_iter().map(reply::number);
        let mut number = || numbers.next().flatten();
        let (end, every, offset) = (number(), number(), number());
        let (start, limit, made) = (number(), number(), number());
        let mut texts = reply::items(texts).into_iter().map(reply::text);
        let mut text = || texts.next().flatten();
        let (name, zone, pattern) = (text(), text(), text());
        Self {
            name,
            zone,
            pattern,
            end,
            every,
            offset,
            start,
            limit,
            made,
            sizes,
        }
    }

    /// Only schedulers count what they made, and have a template (5.81). Without a hash, the id may be a repeatable job's key.
    fn kind(&self, key: Option<&LegacyKey>) -> SchedulerKind {
        let [name, _, pattern, data, options] = self.sizes;
        match name > 0 || pattern > 0 || self.every.is_some() {
            true if self.made.is_some() || data > 0 || options > 0 => SchedulerKind::Scheduler,
            true => SchedulerKind::Legacy,
            false if key.is_some() => SchedulerKind::Legacy,
            false => SchedulerKind::Unknown,
        }
    }

    fn scheduler(self, queue: &QueueId, dialect: Dialect, id: SchedulerId, next: u64) -> Scheduler {
        let key = LegacyKey::parse(id.as_str());
        let kind = self.kind(key.as_ref());
        let [name_size, zone_size, pattern_size, data, options] = self.sizes;
        let has_hash = name_size > 0 || pattern_size > 0 || self.every.is_some();
        let too_large = |size: u64, what: &str| format!("(a {what} of {size} bytes)");
        let text = |read: Option<String>, size: u64, what: &str| match size > LONGEST_TEXT {
            true => Some(too_large(size, what)),
            false => read.filter(|text| !text.is_empty()),
        };
        let (name, schedule, end) = match key.filter(|_| !has_hash) {
            Some(key) => {
                let schedule = match key.rule.parse() {
                    Ok(every) => Schedule::Every(every),
                    Err(_) => Schedule::Pattern {
                        pattern: key.rule,
                        zone: key.zone,
                    },
                };
                (key.name, schedule, key.end)
            }
            None => {
                let zone = text(self.zone, zone_size, "time zone");
                let schedule = match (text(self.pattern, pattern_size, "pattern"), self.every) {
                    (Some(pattern), _) => Schedule::Pattern { pattern, zone },
                    (None, Some(every)) => Schedule::Every(every),
                    (None, None) => Schedule::Unknown,
                };
                let name = text(self.name, name_size, "name").unwrap_or_default();
                (name, schedule, self.end)
            }
        };
        Scheduler {
            queue: queue.clone(),
            id,
            kind,
            dialect,
            name,
            schedule,
            offset: self.offset.unwrap_or(0),
            next,
            start: self.start,
            end,
            limit: self.limit,
            made: self.made,
            template_sizes: [data, options],
            pending: None,
        }
    }
}
