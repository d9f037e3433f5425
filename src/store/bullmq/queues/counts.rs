//! Counts the jobs of queues.

use redis::Value;

use crate::domain::job::JobState;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::domain::queue::{Counts, DelayedSpan, QueueFigures, QueueId};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues one pipeline counts, so that a thousand queues do not make one huge reply.
const QUEUES_A_PIPELINE: usize = 200;

/// How many commands one queue takes; see [`Store::figures`].
const COMMANDS_A_QUEUE: usize = 12;

/// How many ids at the end of a list are searched for BullMQ 4's markers. It adds one if at most one job waits, so later
/// jobs are in front of it, except those that are to run first (4.18).
const MARKERS_WITHIN: isize = 50;

/// The result of counting one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedQueue {
    /// Its figures, without workers: one CLIENT LIST serves all queues.
    pub figures: QueueFigures,
    /// Whether a worker was at work within the last half minute, named or not. Each worker looks for stalled jobs that
    /// often and leaves the key `stalled-check`, which holds the time and expires after as long (BullMQ 4.18, 5.81, 6.7, by
    /// default).
    pub worker_was_there: bool,
    /// The time in that key, in Unix milliseconds of the worker's clock.
    pub worker_seen: Option<u64>,
}

impl Store {
    /// Counts `queues`, without those that are gone.
    pub async fn figures(&self, queues: &[QueueId]) -> Result<Vec<CountedQueue>, StoreError> {
        let mut all = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                ask_for_figures(&mut pipeline, queue);
            }
            let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
            let mut counted = Vec::with_capacity(some.len());
            for queue in some {
                let of_queue: Vec<Value> = answers.by_ref().take(COMMANDS_A_QUEUE).collect();
                counted.extend(read_figures(queue, of_queue));
            }
            self.take_out_markers(&mut counted).await?;
            self.add_oldest(&mut counted).await?;
            self.add_delayed_spans(&mut counted).await?;
            all.extend(counted.into_iter().map(|(looked, _)| looked));
        }
        Ok(all)
    }

    /// Subtracts BullMQ 4's markers from the counts, and skips them when looking for the job that has waited longest.
    async fn take_out_markers(&self, counted: &mut [JobCounts]) -> Result<(), StoreError> {
        let mut marked: Vec<&mut JobCounts> = counted
            .iter_mut()
            .filter(|(looked, oldest)| {
                oldest.is_some() && looked.figures.bull_version.keeps_markers()
            })
            .collect();
        let mut pipeline = redis::pipe();
        for (CountedQueue { figures, .. }, _) in &marked {
            for state in [JobState::Waiting, JobState::Paused] {
                pipeline
                    .cmd("LRANGE")
                    .arg(keys::of_state(&figures.queue, state))
                    .arg(-MARKERS_WITHIN)
                    .arg(-1);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        for (CountedQueue { figures, .. }, oldest) in &mut marked {
            let mut last = || answers.next().map(reply::texts).unwrap_or_default();
            let (waiting, paused) = (last(), last());
            let markers = |ids: &[String]| ids.iter().filter(|id| is_marker(id)).count() as u64;
            let counts = &mut figures.counts;
            counts.waiting = counts.waiting.saturating_sub(markers(&waiting));
            counts.paused = counts.paused.saturating_sub(markers(&paused));
            *oldest = [waiting, paused]
                .concat()
                .into_iter()
                .rfind(|id| !is_marker(id));
        }
        Ok(())
    }

    async fn add_oldest(&self, counted: &mut [JobCounts]) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        let mut asked = Vec::new();
        for (CountedQueue { figures, .. }, oldest) in counted.iter_mut() {
            if let Some(id) = oldest.as_deref() {
                pipeline
                    .cmd("HGET")
                    .arg(keys::of_queue(&figures.queue, id))
                    .arg("timestamp");
                asked.push(figures);
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        for (figures, answer) in asked.into_iter().zip(answers) {
            figures.oldest_waiting = reply::number(answer);
        }
        Ok(())
    }

    /// Adds when the first and the last delayed job are due: two commands for each queue with delayed jobs.
    async fn add_delayed_spans(&self, counted: &mut [JobCounts]) -> Result<(), StoreError> {
        let figures = counted.iter_mut().map(|(looked, _)| &mut looked.figures);
        let asked: Vec<&mut QueueFigures> = figures
            .filter(|figures| figures.counts.delayed > 0)
            .collect();
        let mut pipeline = redis::pipe();
        for figures in &asked {
            for place in [0, -1] {
                pipeline
                    .cmd("ZRANGE")
                    .arg(keys::of_state(&figures.queue, JobState::Delayed))
                    .arg(place)
                    .arg(place)
                    .arg("WITHSCORES");
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        for figures in asked {
            let mut due = || due_at(answers.next()?);
            figures.delayed_span = due()
                .zip(due())
                .map(|(next, last)| DelayedSpan { next, last });
        }
        Ok(())
    }
}

fn ask_for_figures(pipeline: &mut redis::Pipeline, queue: &QueueId) {
    for state in JobState::KEPT {
        let count = if keys::is_list(state) {
            "LLEN"
        } else {
            "ZCARD"
        };
        pipeline.cmd(count).arg(keys::of_state(queue, state));
    }
    pipeline
        .cmd("HMGET")
        .arg(keys::of_queue(queue, "meta"))
        .arg(&["paused", "version", "library", "opts.maxLenEvents"]);
    // The job that has waited longest is at the tail: BullMQ adds at the head.
    for state in [JobState::Waiting, JobState::Paused] {
        pipeline
            .cmd("LINDEX")
            .arg(keys::of_state(queue, state))
            .arg(-1);
    }
    pipeline
        .cmd("GET")
        .arg(keys::of_queue(queue, "stalled-check"));
}

/// When the job of a `member score` answer is due. The score is the time multiplied by 4096, to number the jobs of one
/// millisecond (4.18, 5.81, 6.7).
fn due_at(answer: Value) -> Option<u64> {
    Some(reply::number(reply::items(answer).pop()?)? / 4096)
}

type JobCounts = (CountedQueue, Option<String>);

/// One queue's figures, and the id of the job that has waited longest; `None` if the queue is gone.
fn read_figures(queue: &QueueId, answers: Vec<Value>) -> Option<JobCounts> {
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or(Value::Nil);
    let mut count = || reply::number(next()).unwrap_or(0);
    // In the order of JobState::KEPT.
    let counts = Counts {
        waiting: count(),
        active: count(),
        delayed: count(),
        prioritized: count(),
        paused: count(),
        waiting_children: count(),
        completed: count(),
        failed: count(),
    };
    let mut meta = reply::items(next()).into_iter();
    let paused = meta.next().is_some_and(|value| reply::is_something(&value));
    let version = meta.next().and_then(reply::text);
    let library = meta.next().and_then(reply::text);
    let max_events = meta.next().and_then(reply::text);
    if version.is_none() && max_events.is_none() {
        return None;
    }
    let (waiting, paused_job) = (reply::text(next()), reply::text(next()));
    let oldest = paused_job.or(waiting);
    let figures = QueueFigures {
        queue: queue.clone(),
        counts,
        paused,
        workers: None,
        unnamed_workers: false,
        worker_seen: None,
        oldest_waiting: None,
        delayed_span: None,
        bull_version: BullmqVersion::parse(version.as_deref(), library.as_deref()),
        keeps_events: max_events.as_deref() != Some("0"),
    };
    let trace = next();
    let looked = CountedQueue {
        figures,
        worker_was_there: reply::is_something(&trace),
        worker_seen: reply::number(trace),
    };
    Some((looked, oldest))
}

/// BullMQ 4 keeps entries `0:<time>` among the waiting ids to wake its workers. They are not jobs, and no job's id may
/// begin like that (4.18, 5.81, 6.7).
pub(crate) fn is_marker(id: &str) -> bool {
    id.starts_with("0:")
}
