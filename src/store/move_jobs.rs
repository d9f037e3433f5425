//! Moving jobs from one queue to another, and looking whether they could: one script decides both.
//!
//! BullMQ has no operation for it. The script beside this file leaves in both queues what BullMQ's own remove and add
//! would (5.81 and 6.7), but keeps the job's own key with all it holds, in one step with the job's audit entry.

use std::sync::LazyLock;

use redis::{Script, ScriptInvocation, Value};
use sha1::{Digest, Sha1};

use super::queues::is_marker;
use super::runs::{LEASE, millis};
use super::{Store, StoreError, keys, reply};
use crate::domain::access::Permit;
use crate::domain::audit::Entry;
use crate::domain::bull_version::BullVersion;
use crate::domain::job::{JobId, JobState, hex};
use crate::domain::moving::Hindrance;
use crate::domain::queue::QueueId;
use crate::domain::run::Lease;

static LOOK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("move_check.lua"),
        include_str!("move_look.lua")
    ))
});
static MOVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("run_step.lua"),
        include_str!("bull_rules.lua"),
        include_str!("move_check.lua"),
        include_str!("move_jobs.lua")
    ))
});

/// So much further than where a job was listed it is searched for in its list, whose jobs may be put in front of it.
const FURTHER: u64 = 10_000;

/// Data is fetched up to so many bytes at once, and always that of one job.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// From which queue to which, out of which state, and how many of its jobs were passed over before these.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The queue the jobs are in.
    pub source: &'a QueueId,
    /// The queue they are to go to.
    pub target: &'a QueueId,
    /// The state, as a queue keeps it.
    pub state: JobState,
    /// How many jobs of the state are closer to running.
    pub past: u64,
}

/// A job that is listed in a state.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its id.
    pub id: JobId,
    /// Its name; empty where its hash is gone.
    pub name: String,
    /// Its data; empty where it was not asked for.
    pub data: Vec<u8>,
}

/// A job to be moved.
#[derive(Debug)]
pub struct JobMove {
    /// The job.
    pub id: JobId,
    /// The bytes its data must still be; `None` where any will do.
    pub seen: Option<Vec<u8>>,
    /// The data to store with it, where it changes.
    pub after: Option<String>,
    /// What to remember of it; its id in the target is added.
    pub entry: Entry,
}

/// What became of a job, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is in the target, or could be.
    Moves,
    /// It left its state meanwhile.
    Gone,
    /// It stays.
    Stays(Hindrance),
}

/// What became of a batch.
#[derive(Debug)]
pub enum Went {
    /// The run is not this process's, or was told to stop: nothing was done.
    Halted,
    /// What became of each, up to where Redis refused something, which was taken back; empty where it did not.
    Went {
        /// In the order of the batch.
        fates: Vec<Fate>,
        /// What Redis said.
        refused: String,
    },
}

impl Store {
    /// Up to `count` jobs of a state from the one that is `past` jobs from the first to run, that one first; fewer where
    /// their data is wanted and large. Beside them how many places of the state they are, markers of BullMQ 4 included:
    /// none only at its end.
    pub async fn candidates(
        &self,
        way: Way<'_>,
        count: u64,
        with_data: bool,
    ) -> Result<(u64, Vec<Candidate>), StoreError> {
        let mut ids = self.ids_to_run(way, count).await?;
        if with_data {
            self.cut_to_size(way.source, &mut ids).await?;
        }
        let places = ids.len() as u64;
        ids.retain(|id| !is_marker(id));
        let mut pipeline = redis::pipe();
        for id in &ids {
            let fields: &[&str] = if with_data {
                &["name", "data"]
            } else {
                &["name"]
            };
            pipeline
                .cmd("HMGET")
                .arg(keys::of_queue(way.source, id))
                .arg(fields);
        }
        let answers = match with_data {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let jobs = ids.into_iter().zip(answers).filter_map(|(id, answer)| {
            let mut fields = reply::items(answer).into_iter();
            Some(Candidate {
                id: JobId::new(id)?,
                name: fields.next().and_then(reply::text).unwrap_or_default(),
                data: fields.next().and_then(reply::bytes).unwrap_or_default(),
            })
        });
        Ok((places, jobs.collect()))
    }

    async fn cut_to_size(&self, queue: &QueueId, ids: &mut Vec<String>) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for id in ids.iter() {
            pipeline
                .cmd("HSTRLEN")
                .arg(keys::of_queue(queue, id))
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
        ids.truncate(fitting.max(1));
        Ok(())
    }

    async fn ids_to_run(&self, way: Way<'_>, count: u64) -> Result<Vec<String>, StoreError> {
        let key = keys::of_state(way.source, way.state);
        let mut pipeline = redis::pipe();
        let last = way.past + count.max(1);
        match keys::is_list(way.state) {
            // Workers take from the end.
            true => pipeline
                .cmd("LRANGE")
                .arg(key)
                .arg(format!("-{last}"))
                .arg(format!("-{}", way.past + 1)),
            false => pipeline.cmd("ZRANGE").arg(key).arg(way.past).arg(last - 1),
        };
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut ids = reply::texts(answers.next().unwrap_or_default());
        if keys::is_list(way.state) {
            ids.reverse();
        }
        Ok(ids)
    }

    /// Whether each of some jobs could move. Nothing is changed.
    pub async fn could_move(&self, way: Way<'_>, jobs: &[JobId]) -> Result<Vec<Fate>, StoreError> {
        let mut invocation = LOOK.prepare_invoke();
        // The key names the slot; the script makes the others from what they begin with.
        invocation.key(keys::of_queue(way.source, "meta"));
        add_way(&mut invocation, way);
        for id in jobs {
            invocation.arg(id.as_str());
        }
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        fates(&answer)
    }

    /// Moves jobs as a piece of a run, each with its audit entry. Takes the permits for both queues.
    pub async fn move_jobs(
        &self,
        permits: (&Permit, &Permit),
        lease: &Lease,
        way: Way<'_>,
        now: u64,
        jobs: &[JobMove],
    ) -> Result<Went, StoreError> {
        debug_assert_eq!(permits.0.queue(), Some(way.source));
        debug_assert_eq!(permits.1.queue(), Some(way.target));
        debug_assert!(
            jobs.iter()
                .all(|job| job.entry.actor == permits.0.by().name())
        );
        let mut invocation = MOVE.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()))
            .key(self.own.audit())
            .key(keys::of_queue(way.source, "meta"))
            .key(keys::of_queue(way.target, "meta"));
        add_way(&mut invocation, way);
        invocation
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(self.audit_list_kept())
            .arg(self.own.audit_of_jobs(way.source))
            .arg(self.own.audit_of_jobs(way.target))
            .arg(self.own.audit_change(""));
        for job in jobs {
            add_job(&mut invocation, job);
        }
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        match answer.split_first() {
            Some((first, _)) if first == "halted" => Ok(Went::Halted),
            Some((first, rest)) if first == "went" => match rest.split_first() {
                Some((refused, codes)) => Ok(Went::Went {
                    fates: fates(codes)?,
                    refused: refused.clone(),
                }),
                None => Err(StoreError::Unexpected("moving answered too little".into())),
            },
            _ => Err(StoreError::Unexpected(format!(
                "moving answered {answer:?}"
            ))),
        }
    }

    /// Which BullMQ keeps a queue; `None` where there is no such queue.
    pub async fn bull_version(&self, queue: &QueueId) -> Result<Option<BullVersion>, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["version", "library", "opts.maxLenEvents"]);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let fields = answers.next().map_or_else(Vec::new, reply::items);
        let mut fields = fields.into_iter().map(|field: Value| reply::text(field));
        let mut next = || fields.next().flatten();
        let (version, library, most_events) = (next(), next(), next());
        let exists = version.is_some() || most_events.is_some();
        Ok(exists.then(|| BullVersion::parse(version.as_deref(), library.as_deref())))
    }
}

fn add_way(invocation: &mut ScriptInvocation<'_>, way: Way<'_>) {
    let suffix = match way.state {
        JobState::Waiting => "wait",
        other => other.name(),
    };
    invocation
        .arg(keys::of_queue(way.source, ""))
        .arg(keys::of_queue(way.target, ""))
        .arg(suffix)
        .arg(way.past + FURTHER);
}

fn add_job(invocation: &mut ScriptInvocation<'_>, job: &JobMove) {
    let (entry, apart) = job.entry.split();
    // Redis's Lua has no other digest (7.0).
    let seen = job.seen.as_deref().map(|data| hex(&Sha1::digest(data)));
    invocation
        .arg(job.id.as_str())
        .arg(seen.unwrap_or_default())
        .arg(if job.after.is_some() { "1" } else { "0" })
        .arg(job.after.as_deref().unwrap_or_default())
        .arg(&job.entry.event);
    let fields = entry.fields();
    invocation.arg(fields.len() * 2);
    for (name, value) in fields {
        invocation.arg(name).arg(value);
    }
    invocation.arg(apart.as_ref().map_or(0, |fields| fields.len() * 2));
    for (name, value) in apart.iter().flatten() {
        invocation.arg(*name).arg(value);
    }
}

fn fates(codes: &[String]) -> Result<Vec<Fate>, StoreError> {
    let fate = |code: &String| match code.as_str() {
        "moved" | "fits" => Ok(Fate::Moves),
        "gone" => Ok(Fate::Gone),
        other => other
            .parse()
            .map(Fate::Stays)
            .map_err(StoreError::Unexpected),
    };
    codes.iter().map(fate).collect()
}
