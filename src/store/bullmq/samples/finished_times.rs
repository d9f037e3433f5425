//! The times and outcomes of a queue's newest finished jobs. Only small fields are read.

use redis::Value;

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::stats::finished_jobs::Finished;
use crate::domain::stats::retention_hint::{removes, removing_option};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many jobs one pipeline asks about, so that its reply stays small beside what others wait for.
pub(crate) const JOBS_A_PIPELINE: usize = 100;

/// The largest options that are read, in bytes.
const LARGEST_OPTIONS: u64 = 16 * 1024;

/// At least this many jobs of a state are sampled, however old they are, if it holds as many.
const FEWEST_A_STATE: usize = 25;

/// The fields with a finished job's times. BullMQ 4 counts a job's starts in `attemptsMade`, later versions in `ats`.
const TIMES: [&str; 5] = [
    "timestamp",
    "processedOn",
    "finishedOn",
    "ats",
    "attemptsMade",
];

impl Store {
    /// The newest finished jobs, completed and failed together, newest first, at most `most`; after them some older ones of
    /// a state that has few or none among these. Also returns how many are the newest.
    pub async fn newest_finished(
        &self,
        queue: &QueueId,
        most: usize,
    ) -> Result<(Vec<Finished>, usize), StoreError> {
        let newest = self.newest_ids(queue, most).await?;
        let (newest, older) = newest.split_at(most.min(newest.len()));
        let mut jobs = Vec::with_capacity(newest.len());
        for some in newest.chunks(JOBS_A_PIPELINE) {
            jobs.extend(self.finished(queue, some).await?.into_iter().flatten());
        }
        let found = jobs.len();
        jobs.extend(self.finished(queue, older).await?.into_iter().flatten());
        Ok((jobs, found))
    }

    async fn newest_ids(
        &self,
        queue: &QueueId,
        most: usize,
    ) -> Result<Vec<(JobId, bool)>, StoreError> {
        let mut pipeline = redis::pipe();
        for state in [JobState::Completed, JobState::Failed] {
            pipeline
                .cmd("ZREVRANGE")
                .arg(keys::of_state(queue, state))
                .arg(0)
                .arg(most.saturating_sub(1))
                .arg("WITHSCORES");
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        let mut newest: Vec<(f64, JobId, bool)> = Vec::with_capacity(2 * most);
        for (answer, failed) in answers.into_iter().zip([false, true]) {
            newest.extend(
                reply::scored(answer)
                    .into_iter()
                    .filter_map(|(id, score)| Some((JobId::new(id)?, score)))
                    .map(|(id, score)| (score, id, failed)),
            );
        }
        // The score of both states is the time at which a job finished (BullMQ 4.18, 5.81, 6.7).
        newest.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        let mut of_state = [0, 0];
        newest.retain({
            let mut place = 0;
            move |(_, _, failed)| {
                let seen = &mut of_state[usize::from(*failed)];
                *seen += 1;
                place += 1;
                place <= most || *seen <= FEWEST_A_STATE
            }
        });
        Ok(newest
            .into_iter()
            .map(|(_, id, failed)| (id, failed))
            .collect())
    }

    /// What the hashes of `jobs` say, each with whether it failed; `None` for a job that is gone.
    pub(crate) async fn finished(
        &self,
        queue: &QueueId,
        jobs: &[(JobId, bool)],
    ) -> Result<Vec<Option<Finished>>, StoreError> {
        let mut pipeline = redis::pipe();
        for (id, _) in jobs {
            let key = keys::of_job(queue, id);
            pipeline.cmd("HMGET").arg(&key).arg(&TIMES);
            pipeline.cmd("HSTRLEN").arg(&key).arg("opts");
        }
        let mut answers = self.bulk().await.read(&mut pipeline).await?.into_iter();
        let mut found = Vec::with_capacity(jobs.len());
        let mut with_options = Vec::with_capacity(jobs.len());
        for (id, failed) in jobs {
            let times = reply::items(answers.next().unwrap_or_default());
            let options = answers.next().and_then(reply::number).unwrap_or(0);
            let job = times_of(times, *failed);
            if job.is_some() && (1..=LARGEST_OPTIONS).contains(&options) {
                with_options.push((found.len(), id));
            }
            found.push(job);
        }
        self.add_options(queue, &mut found, &with_options).await?;
        Ok(found)
    }

    async fn add_options(
        &self,
        queue: &QueueId,
        found: &mut [Option<Finished>],
        with_options: &[(usize, &JobId)],
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for (_, id) in with_options {
            pipeline
                .cmd("HGET")
                .arg(keys::of_job(queue, id))
                .arg("opts");
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        for ((at, _), answer) in with_options.iter().zip(answers) {
            let job = found.get_mut(*at).and_then(Option::as_mut);
            if let (Some(job), Some(options)) = (job, reply::bytes(answer)) {
                read_options(job, &options);
            }
        }
        Ok(())
    }
}

/// Reads [`TIMES`]; `None` if the job's hash is gone.
fn times_of(fields: Vec<Value>, failed: bool) -> Option<Finished> {
    let mut fields = fields.into_iter().map(reply::number);
    let mut next = || fields.next().flatten();
    let (added, started, finished) = (next(), next(), next());
    let starts = next().or_else(&mut next);
    added.or(finished)?;
    Some(Finished {
        failed,
        added,
        started,
        finished,
        starts: starts.unwrap_or(0),
        ..Finished::default()
    })
}

/// Adds what a job's options say. Options that are not JSON say nothing.
fn read_options(job: &mut Finished, options: &[u8]) {
    let Ok(options) = serde_json::from_slice::<serde_json::Value>(options) else {
        return;
    };
    let delay = options.get("delay").and_then(serde_json::Value::as_f64);
    job.delay = delay.unwrap_or(0.0) as i64;
    let state = match job.failed {
        true => JobState::Failed,
        false => JobState::Completed,
    };
    job.is_removed = removes(options.get(removing_option(state)));
}
