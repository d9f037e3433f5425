//! Finished jobs for a comparison of two versions: a bounded number of the newest, their small fields, and the texts that
//! are asked for.

use redis::Value;

use super::finished_times::JOBS_A_PIPELINE;
use crate::domain::job::{JobId, JobState, JobText};
use crate::domain::queue::QueueId;
use crate::domain::stats::finished_jobs::Finished;
use crate::domain::versions::compare::Ran;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// Attempts made: BullMQ 5 and 6 write `atm`, 4 writes `attemptsMade`.
const ATTEMPTS: [&str; 2] = ["atm", "attemptsMade"];

/// The longest error whose first line is read, in bytes.
const LONGEST_REASON: u64 = 4096;

/// How many characters of an error's first line are kept.
const REASON_SHOWN: usize = 200;

/// Finished jobs of one queue.
#[derive(Debug, Default)]
pub struct NewestRan {
    /// The newest jobs, newest first.
    pub jobs: Vec<Ran>,
    /// How many there are in all.
    pub total: u64,
}

/// A text of a job.
pub(crate) type TextOf = (QueueId, JobId, JobText);

impl Store {
    /// The newest `most` jobs of a queue that completed or failed.
    pub async fn newest_ran(&self, queue: &QueueId, most: usize) -> Result<NewestRan, StoreError> {
        let mut pipeline = redis::pipe();
        let states = [JobState::Completed, JobState::Failed];
        for state in states {
            let key = keys::of_state(queue, state);
            pipeline.cmd("ZCARD").arg(&key);
            pipeline
                .cmd("ZREVRANGE")
                .arg(&key)
                .arg(0)
                .arg(most.saturating_sub(1))
                .arg("WITHSCORES");
        }
        let mut answers = self.bulk().await.read(&mut pipeline).await?.into_iter();
        let (mut total, mut newest) = (0, Vec::new());
        for state in states {
            total += answers.next().and_then(reply::number).unwrap_or(0);
            let found = reply::scored(answers.next().unwrap_or_default());
            newest.extend(
                found
                    .into_iter()
                    .filter_map(|(id, finished)| Some((finished, JobId::new(id)?, state))),
            );
        }
        newest.sort_by(|x, y| y.0.total_cmp(&x.0));
        newest.truncate(most);
        let found = newest.into_iter().map(|(_, id, state)| (id, state));
        let jobs = self.ran(queue, found.collect()).await?;
        Ok(NewestRan { jobs, total })
    }

    /// The jobs among `ids` that exist, finished or not.
    pub async fn look_up(&self, queue: &QueueId, ids: Vec<JobId>) -> Result<Vec<Ran>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(JOBS_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for id in some {
                for state in [JobState::Completed, JobState::Failed] {
                    let key = keys::of_state(queue, state);
                    pipeline.cmd("ZSCORE").arg(key).arg(id.as_str());
                }
            }
            let mut answers = self.bulk().await.read(&mut pipeline).await?.into_iter();
            for id in some {
                let mut is_in = || {
                    answers
                        .next()
                        .is_some_and(|score| reply::is_something(&score))
                };
                let (completed, failed) = (is_in(), is_in());
                let state = match (completed, failed) {
                    (true, _) => JobState::Completed,
                    (_, true) => JobState::Failed,
                    _ => JobState::Unknown,
                };
                found.push((id.clone(), state));
            }
        }
        self.ran(queue, found).await
    }

    /// The texts that are asked for, in that order; `None` for one that does not exist. The caller bounds their sizes.
    pub async fn texts(&self, wanted: &[TextOf]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut pipeline = redis::pipe();
        for (queue, id, text) in wanted {
            let key = keys::of_job(queue, id);
            pipeline.cmd("HGET").arg(key).arg(text.field());
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        Ok(answers.into_iter().map(reply::bytes).collect())
    }

    /// Reads jobs, without those whose hash is gone.
    async fn ran(
        &self,
        queue: &QueueId,
        jobs: Vec<(JobId, JobState)>,
    ) -> Result<Vec<Ran>, StoreError> {
        let mut read = Vec::with_capacity(jobs.len());
        for some in jobs.chunks(JOBS_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for (id, state) in some {
                let key = keys::of_job(queue, id);
                pipeline.cmd("HMGET").arg(&key).arg(&ATTEMPTS);
                pipeline.cmd("HSTRLEN").arg(&key).arg("data");
                let result = result_text(*state).field();
                pipeline.cmd("HSTRLEN").arg(&key).arg(result);
            }
            let mut answers = self.bulk().await.read(&mut pipeline).await?.into_iter();
            let with_end: Vec<(JobId, bool)> = some
                .iter()
                .map(|(id, state)| (id.clone(), *state == JobState::Failed))
                .collect();
            let times = self.finished(queue, &with_end).await?;
            for ((id, state), times) in some.iter().zip(times) {
                read.extend(read_ran(id, *state, times, &mut answers));
            }
        }
        self.add_first_lines(queue, &mut read).await?;
        Ok(read)
    }

    async fn add_first_lines(&self, queue: &QueueId, jobs: &mut [Ran]) -> Result<(), StoreError> {
        let mut failed: Vec<&mut Ran> = jobs
            .iter_mut()
            .filter(|job| job.state == JobState::Failed && job.result_size <= LONGEST_REASON)
            .collect();
        for some in failed.chunks_mut(JOBS_A_PIPELINE) {
            let wanted = some
                .iter()
                .map(|job| (queue.clone(), job.id.clone(), JobText::FailedReason));
            let reasons = self.texts(&wanted.collect::<Vec<_>>()).await?;
            for (job, reason) in some.iter_mut().zip(reasons) {
                let reason = reply::lossy(reason.unwrap_or_default());
                let line = reason.lines().next().unwrap_or_default();
                job.reason = line.chars().take(REASON_SHOWN).collect();
            }
        }
        Ok(())
    }
}

/// The text that holds a job's result.
pub(crate) fn result_text(state: JobState) -> JobText {
    match state {
        JobState::Failed => JobText::FailedReason,
        _ => JobText::ReturnValue,
    }
}

fn read_ran(
    id: &JobId,
    state: JobState,
    times: Option<Finished>,
    answers: &mut impl Iterator<Item = Value>,
) -> Option<Ran> {
    let mut attempts = reply::items(answers.next().unwrap_or_default())
        .into_iter()
        .filter_map(reply::number);
    let attempts = attempts.next().unwrap_or(0);
    let mut size = || answers.next().and_then(reply::number).unwrap_or(0);
    let (data_size, result_size) = (size(), size());
    Some(Ran {
        id: id.clone(),
        state,
        times: times?,
        attempts,
        data_size,
        result_size,
        reason: String::new(),
    })
}
