//! The pieces of a run that deletes jobs of a queue: some jobs of one state, or what an obliterated queue has besides jobs. Each
//! asks in its script whether the run is still this process's, and counts what it deleted.

use std::sync::LazyLock;

use redis::{Script, Value};

use crate::domain::access::permission::{DeletesJobs, ObliterateQueue};
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::on_queue::emptying::{Emptying, Needs};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;
use crate::store::records::runs::LEASE;
use crate::store::records::runs::held::HeldRun;

static DELETE_JOBS: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../records/runs/step.lua"),
        include_str!("../operations/scripts/parts/enqueue.lua"),
        include_str!("../operations/scripts/parts/all_or_nothing.lua"),
        include_str!("../operations/scripts/parts/release.lua"),
        include_str!("../operations/scripts/parts/ownership.lua"),
        include_str!("delete_jobs.lua")
    ))
});

static DELETE_REST: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../records/runs/step.lua"),
        include_str!("delete_rest.lua")
    ))
});

/// How many schedulers one script deletes.
const SCHEDULERS: u64 = 1_000;

/// How many parents in the queue a run puts in line at most, because their last child was deleted: it keeps their ids.
const MOST_FREED: u64 = 10_000;

/// What became of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It was deleted.
    Deleted,
    /// It is not in the state any more.
    NotThere,
    /// It is too young.
    Young,
    /// A worker holds it.
    Locked,
    /// It is the next job of a scheduler.
    Scheduled,
    /// It is part of a flow.
    OfFlow,
    /// Redis refused to delete it, or to put its parent in line.
    Refused,
    /// The run put it in line, because its last child was deleted.
    Freed,
}

/// What came of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// What became of each job.
    Jobs(Vec<Deletion>),
    /// The run is another process's, or was told to stop.
    Halted,
    /// The queue is not paused, and nothing was changed.
    NotPaused,
    /// The queue has active jobs, and nothing was changed.
    HasActive,
}

/// What came of deleting the rest of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestDeleted {
    /// Nothing is left.
    Gone,
    /// There may be more.
    More,
    /// There are jobs again.
    Jobs,
    /// The run is another process's, or was told to stop.
    Halted,
    /// The queue is not paused, and nothing was changed.
    NotPaused,
}

impl Store {
    /// Deletes those of some jobs of `state` that `emptying` means, as one piece of a run.
    pub async fn delete_jobs<A: DeletesJobs>(
        &self,
        held: &HeldRun<A>,
        now: u64,
        emptying: &Emptying,
        state: JobState,
        jobs: &[JobId],
    ) -> Result<Deleted, StoreError> {
        let (queue, lease) = (&held.run().source, held.lease());
        let mut invocation = DELETE_JOBS.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()));
        for suffix in ["meta", "events", "repeat", "active"] {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .key(keys::of_state(queue, state))
            .key(keys::of_queue(queue, ""))
            .key(self.own.run_freed(lease.run.as_str()));
        let latest = emptying.latest.map(|latest| latest.to_string());
        invocation
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(state.name())
            .arg(latest.unwrap_or_default())
            .arg(u8::from(emptying.keeps_flows))
            .arg(u8::from(emptying.keeps_held))
            .arg(u8::from(emptying.tells))
            .arg(match emptying.needs {
                Needs::Nothing => "",
                Needs::PausedAndIdle => "paused",
                Needs::Paused => "forced",
            })
            .arg(match emptying.deletes_queue {
                true => String::new(),
                false => MOST_FREED.to_string(),
            });
        for job in jobs {
            invocation.arg(job.as_str());
        }
        let answer: Value = self.redis.script(&invocation).await?;
        deleted(answer, jobs.len())
    }

    /// Deletes some of what the run's queue has besides jobs.
    pub async fn delete_rest(
        &self,
        held: &HeldRun<ObliterateQueue>,
        now: u64,
    ) -> Result<RestDeleted, StoreError> {
        let (queue, lease) = (&held.run().source, held.lease());
        let mut invocation = DELETE_REST.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()));
        for suffix in ["meta", "repeat", "active", ""] {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(SCHEDULERS);
        match self.redis.script::<i64>(&invocation).await? {
            1 => Ok(RestDeleted::Gone),
            2 => Ok(RestDeleted::More),
            -10 => Ok(RestDeleted::Halted),
            -20 => Ok(RestDeleted::NotPaused),
            -22 => Ok(RestDeleted::Jobs),
            code => Err(StoreError::Unexpected(format!(
                "deleting the rest of a queue answered {code}"
            ))),
        }
    }

    /// How many schedulers and events a queue has.
    pub async fn besides_jobs(&self, queue: &QueueId) -> Result<(u64, u64), StoreError> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("ZCARD").arg(keys::of_queue(queue, "repeat"));
        pipeline.cmd("XLEN").arg(keys::of_queue(queue, "events"));
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut next = || answers.next().and_then(reply::number).unwrap_or(0);
        Ok((next(), next()))
    }

    /// Of some jobs: how many a parent waits for, and how many have children.
    pub async fn of_flows(
        &self,
        queue: &QueueId,
        jobs: &[JobId],
    ) -> Result<(u64, u64), StoreError> {
        let mut pipeline = redis::pipe();
        for id in jobs {
            pipeline
                .cmd("HGET")
                .arg(keys::of_job(queue, id))
                .arg("parentKey");
            pipeline.cmd("EXISTS").arg(
                &["dependencies", "processed", "failed", "unsuccessful"]
                    .map(|suffix| keys::beside_job(queue, id, suffix)),
            );
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let (mut pipeline, mut parents) = (redis::pipe(), 0);
        for id in jobs {
            let mut next = || answers.next().unwrap_or_default();
            if let Some(parent) = reply::text(next()).filter(|parent| !parent.is_empty()) {
                pipeline
                    .cmd("SISMEMBER")
                    .arg(format!("{parent}:dependencies"))
                    .arg(keys::of_job(queue, id));
            }
            parents += u64::from(reply::is_something(&next()));
        }
        let waited_for = self.redis.read(&mut pipeline).await?;
        let children = waited_for.iter().filter(|it| reply::is_something(it));
        Ok((children.count() as u64, parents))
    }
}

fn deleted(answer: Value, jobs: usize) -> Result<Deleted, StoreError> {
    let told = format!("{answer:?}");
    let mut items = reply::items(answer).into_iter();
    match items.next() {
        Some(Value::Int(1)) => {
            let each = items.by_ref().take(jobs).map(|code| match code {
                Value::Int(code) => deletion(code),
                _ => None,
            });
            let each: Option<Vec<Deletion>> = each.collect();
            let each = each.filter(|each| each.len() == jobs);
            each.map(Deleted::Jobs)
        }
        Some(Value::Int(-10)) => Some(Deleted::Halted),
        Some(Value::Int(-20)) => Some(Deleted::NotPaused),
        Some(Value::Int(-21)) => Some(Deleted::HasActive),
        _ => None,
    }
    .ok_or_else(|| StoreError::Unexpected(format!("deleting jobs answered {told}")))
}

fn deletion(code: i64) -> Option<Deletion> {
    Some(match code {
        1 => Deletion::Deleted,
        0 => Deletion::NotThere,
        2 => Deletion::Young,
        3 => Deletion::Locked,
        4 => Deletion::Scheduled,
        5 => Deletion::OfFlow,
        6 => Deletion::Refused,
        7 => Deletion::Freed,
        _ => return None,
    })
}
