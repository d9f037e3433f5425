//! Queues as BullMQ 6 leaves them: versions of many families, most of them quiet, with the past that Bullkeeper would have kept.

use std::time::{SystemTime, UNIX_EPOCH};

use redis::Pipeline;
use redis::aio::MultiplexedConnection;

use crate::lab::Result;

/// How many versions each family has.
pub(crate) const VERSIONS: usize = 5;

/// One quiet queue in so many has jobs that wait, and no worker.
const STRANDED_EVERY: usize = 100;

/// How many completed jobs each queue keeps.
const COMPLETED: usize = 5;

/// How many queues are written in one pipeline.
const A_PIPELINE: usize = 50;

/// The queues: which there are, and which of them are busy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queues {
    pub(crate) all: usize,
    /// How many are busy: the newest version of some families, evenly spread.
    pub(crate) busy: usize,
}

impl Queues {
    /// The name of the queue of this number, from 0.
    pub(crate) fn name(queue: usize) -> String {
        format!("family-{:04}/v{}", queue / VERSIONS, queue % VERSIONS + 1)
    }

    /// Whether the queue of this number is busy.
    pub(crate) fn is_busy(self, queue: usize) -> bool {
        let every = (self.all / VERSIONS / self.busy.max(1)).max(1);
        let (family, version) = (queue / VERSIONS, queue % VERSIONS);
        version + 1 == VERSIONS && family.is_multiple_of(every) && family / every < self.busy
    }

    /// The names of the busy ones.
    pub(crate) fn busy_names(self) -> Vec<String> {
        let busy = (0..self.all).filter(|queue| self.is_busy(*queue));
        busy.map(Self::name).collect()
    }

    /// Writes them.
    pub(crate) async fn seed(self, redis: &mut MultiplexedConnection) -> Result<()> {
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let queues: Vec<usize> = (0..self.all).collect();
        for some in queues.chunks(A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                let is_stranded = !self.is_busy(*queue) && queue % STRANDED_EVERY == 7;
                add_queue(&mut pipeline, &Self::name(*queue), is_stranded, now);
            }
            pipeline.query_async::<()>(redis).await?;
        }
        Ok(())
    }
}

fn add_queue(pipeline: &mut Pipeline, name: &str, is_stranded: bool, now: u64) {
    let base = format!("bull:{name}");
    let meta = ["opts.maxLenEvents", "10000", "version", "bullmq:6.7.0"];
    pipeline
        .cmd("HSET")
        .arg(format!("{base}:meta"))
        .arg(&meta)
        .ignore();
    let jobs = COMPLETED + usize::from(is_stranded);
    for id in 1..=COMPLETED {
        let at = now - 60_000 * id as u64;
        add_job(pipeline, &base, id, at);
        finish_job(pipeline, &base, id, at + 20);
        for event in ["added", "waiting", "active", "completed"] {
            add_event(pipeline, &base, event, id);
        }
    }
    if is_stranded {
        add_job(pipeline, &base, jobs, now);
        pipeline.lpush(format!("{base}:wait"), jobs);
        add_event(pipeline, &base, "added", jobs);
        add_event(pipeline, &base, "waiting", jobs);
    }
    pipeline.set(format!("{base}:id"), jobs).ignore();
}

/// The hash of a job that waits.
pub(crate) fn add_job(pipeline: &mut Pipeline, base: &str, id: usize, at: u64) {
    let fields = [
        "name",
        "job",
        "data",
        r#"{"user":7}"#,
        "opts",
        r#"{"attempts":3}"#,
    ];
    let mut set = redis::cmd("HSET");
    set.arg(format!("{base}:{id}")).arg(&fields);
    set.arg(&["delay", "0", "priority", "0"]);
    set.arg("timestamp").arg(at);
    pipeline.add_command(set).ignore();
}

/// What a worker writes at the end of a job.
pub(crate) fn finish_job(pipeline: &mut Pipeline, base: &str, id: usize, at: u64) {
    let mut set = redis::cmd("HSET");
    set.arg(format!("{base}:{id}"));
    set.arg(&["returnvalue", r#"{"ok":true}"#, "atm", "1"]);
    set.arg("processedOn")
        .arg(at - 20)
        .arg("finishedOn")
        .arg(at);
    pipeline.add_command(set).ignore();
    pipeline.zadd(format!("{base}:completed"), id, at).ignore();
}

/// An event as BullMQ adds it.
pub(crate) fn add_event(pipeline: &mut Pipeline, base: &str, event: &str, id: usize) {
    let mut add = redis::cmd("XADD");
    add.arg(format!("{base}:events"))
        .arg(&["MAXLEN", "~", "10000", "*", "event", event])
        .arg("jobId")
        .arg(id);
    match event {
        "added" => add.arg(&["name", "job"]),
        "active" => add.arg(&["prev", "waiting"]),
        "completed" => add.arg(&["returnvalue", r#"{"ok":true}"#, "prev", "active"]),
        _ => &mut add,
    };
    pipeline.add_command(add).ignore();
}
