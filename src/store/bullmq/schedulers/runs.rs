//! The jobs that schedulers made earlier, as far as they are kept. No key lists them: they are looked for among the newest
//! finished jobs, and under the ids that they have if they ran when they were due.

use std::collections::{BTreeMap, HashMap};

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::PastRun;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// Which scheduler's jobs are looked for.
#[derive(Debug)]
pub struct PastAsk<'a> {
    /// The scheduler's queue.
    pub queue: &'a QueueId,
    /// What the ids of its jobs begin with.
    pub prefix: String,
    /// When jobs were probably due, in Unix milliseconds.
    pub due: Vec<u64>,
    /// The time of the job that comes next, which is none of them.
    pub next: Option<u64>,
}

const FINISHED: [JobState; 2] = [JobState::Completed, JobState::Failed];

impl Store {
    /// The newest `most` jobs of each, the newest first, found among the newest `look` completed and failed jobs of the
    /// queue and at the times named.
    pub async fn past_runs(
        &self,
        asks: &[PastAsk<'_>],
        look: u64,
        most: usize,
    ) -> Result<Vec<Vec<PastRun>>, StoreError> {
        let newest = self.newest_finished_ids(asks, look).await?;
        let mut pipeline = redis::pipe();
        let mut asked = Vec::with_capacity(asks.len());
        for ask in asks {
            let due = candidates(ask, newest.get(ask.queue).map_or(&[], Vec::as_slice), most);
            for (_, id) in &due {
                for state in FINISHED {
                    let key = keys::of_state(ask.queue, state);
                    pipeline.cmd("ZSCORE").arg(key).arg(id.as_str());
                }
                let key = keys::of_job(ask.queue, id);
                pipeline
                    .cmd("HMGET")
                    .arg(key)
                    .arg(&["processedOn", "finishedOn"]);
            }
            asked.push(due);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let found = asked.into_iter().map(|due| {
            let runs = due.into_iter().filter_map(|(due, id)| {
                let states = FINISHED.map(|state| {
                    let score = answers.next().and_then(reply::score);
                    score.map(|_| state)
                });
                let mut times = reply::items(answers.next().unwrap_or_default()).into_iter();
                let mut time = || times.next().and_then(reply::number);
                let (started, finished) = (time(), time());
                let [completed, failed] = states;
                let active = started.map(|_| JobState::Active);
                let state = completed
                    .or(failed)
                    .or(active.filter(|_| finished.is_none()))?;
                Some(PastRun {
                    id,
                    state,
                    due,
                    started,
                    finished,
                })
            });
            // All answers are taken, also those of runs that are too many.
            let mut runs: Vec<PastRun> = runs.collect();
            runs.truncate(most);
            runs
        });
        Ok(found.collect())
    }

    async fn newest_finished_ids<'a>(
        &self,
        asks: &[PastAsk<'a>],
        look: u64,
    ) -> Result<HashMap<&'a QueueId, Vec<String>>, StoreError> {
        let mut queues: Vec<&QueueId> = asks.iter().map(|ask| ask.queue).collect();
        queues.sort_unstable();
        queues.dedup();
        let mut pipeline = redis::pipe();
        for queue in &queues {
            for state in FINISHED {
                let mut range = redis::cmd("ZREVRANGE");
                range
                    .arg(keys::of_state(queue, state))
                    .arg(0)
                    .arg(look.saturating_sub(1));
                pipeline.add_command(range);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let ids = queues.into_iter().map(|queue| {
            let lists = FINISHED.map(|_| reply::texts(answers.next().unwrap_or_default()));
            (queue, lists.concat())
        });
        Ok(ids.collect())
    }
}

/// The ids to look at, the newest first: at most twice as many as are wanted, since those of the times may not exist.
fn candidates(ask: &PastAsk<'_>, newest: &[String], most: usize) -> Vec<(u64, JobId)> {
    let of_newest = newest.iter().filter_map(|id| {
        let due: u64 = id.strip_prefix(&ask.prefix)?.parse().ok()?;
        Some(due)
    });
    let times = of_newest.chain(ask.due.iter().copied());
    let by_time: BTreeMap<u64, JobId> = times
        .filter(|due| Some(*due) != ask.next)
        .filter_map(|due| Some((due, JobId::new(format!("{}{due}", ask.prefix))?)))
        .collect();
    by_time.into_iter().rev().take(2 * most).collect()
}
