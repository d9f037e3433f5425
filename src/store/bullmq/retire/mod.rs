//! Retiring a version: the checks that it is no longer in use, and the step that removes some of its keys. `step.lua` says
//! why BullMQ's own obliterate is not used.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{Script, Value};

use super::keys;
use crate::domain::access::permission::RetireVersion;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::versions::retire::LiveRelative;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;
use crate::store::records::runs::LEASE;
use crate::store::records::runs::held::HeldRun;

static STEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../records/runs/step.lua"),
        include_str!("live_flow.lua"),
        include_str!("step.lua")
    ))
});

static LOOK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("live_flow.lua"),
        include_str!("signs_of_use.lua")
    ))
});

/// How many finished jobs one step removes or checks: about 5 ms of Redis's time (26 µs a job, Redis 7.0).
pub(crate) const JOBS_A_STEP: u64 = 200;

/// The signs that a queue is in use, apart from jobs and workers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignsOfUse {
    /// How many schedulers it has.
    pub schedulers: u64,
    /// The newest event's id in its stream.
    pub newest_event: Option<String>,
    /// How long nothing has happened, by Redis's clock; `None` if there is no sign that anything ever did.
    pub quiet: Option<Duration>,
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetireStep {
    /// This many jobs were removed.
    Removed(u64),
    /// The last keys of the version were removed.
    Gone,
    /// This process no longer holds the run, or the run was told to stop.
    Halted,
    /// The queue is in use again; the words say by what. Nothing was changed.
    InUse(String),
}

impl Store {
    /// The signs that a queue is in use, apart from its jobs and workers.
    pub async fn signs(&self, queue: &QueueId) -> Result<SignsOfUse, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME");
        pipeline.cmd("ZCARD").arg(keys::of_queue(queue, "repeat"));
        pipeline
            .cmd("XREVRANGE")
            .arg(keys::of_queue(queue, "events"))
            .arg(&["+", "-", "COUNT", "1"]);
        for state in [JobState::Completed, JobState::Failed] {
            pipeline
                .cmd("ZREVRANGE")
                .arg(keys::of_state(queue, state))
                .arg(0)
                .arg(0)
                .arg("WITHSCORES");
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let now = reply::items(next()).into_iter().next();
        let now = now.and_then(reply::number).unwrap_or(0) * 1000;
        let schedulers = reply::number(next()).unwrap_or(0);
        let newest_event = newest_id(next());
        let event_at = newest_event
            .as_deref()
            .and_then(|id| id.split('-').next()?.parse().ok());
        let last = [event_at, newest_score(next()), newest_score(next())];
        let quiet = last.into_iter().flatten().max();
        Ok(SignsOfUse {
            schedulers,
            newest_event,
            quiet: quiet.map(|last: u64| Duration::from_millis(now.saturating_sub(last))),
        })
    }

    /// Searches finished jobs of `state`, from position `from` on, for one that a live flow still needs. Also returns how
    /// many were checked; 0 at the end.
    pub async fn live_relative(
        &self,
        queue: &QueueId,
        state: JobState,
        from: u64,
    ) -> Result<(u64, Option<LiveRelative>), StoreError> {
        let mut invocation = LOOK.prepare_invoke();
        invocation
            .key(keys::of_state(queue, state))
            .arg(keys::of_queue(queue, ""))
            .arg(from)
            .arg(from + JOBS_A_STEP - 1);
        let answer: Value = self.redis.script(&invocation).await?;
        let mut items = reply::items(answer).into_iter();
        let seen = items.next().and_then(reply::number).unwrap_or(0);
        Ok((seen, relative(items)))
    }

    /// Removes the next finished jobs of the run's queue, or its other keys once there are none, as one piece of a run.
    /// Changes nothing if a job is outstanding or anything happened after `newest_event`.
    pub async fn retire_some(
        &self,
        held: &HeldRun<RetireVersion>,
        now: u64,
        newest_event: Option<&str>,
    ) -> Result<RetireStep, StoreError> {
        let (queue, lease) = (&held.run().source, held.lease());
        let mut invocation = STEP.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()));
        for suffix in [
            "completed",
            "failed",
            "repeat",
            "events",
            "wait",
            "paused",
            "active",
            "delayed",
            "prioritized",
            "waiting-children",
        ] {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(keys::of_queue(queue, ""))
            .arg(JOBS_A_STEP)
            .arg(newest_event.unwrap_or("-"));
        let answer: Value = self.redis.script(&invocation).await?;
        step(answer)
    }
}

fn step(answer: Value) -> Result<RetireStep, StoreError> {
    let told = format!("{answer:?}");
    let mut items = reply::items(answer).into_iter();
    let word = items.next().and_then(reply::text).unwrap_or_default();
    let mut text = || items.next().and_then(reply::text).unwrap_or_default();
    Ok(match word.as_str() {
        "removed" => RetireStep::Removed(text().parse().unwrap_or(0)),
        "gone" => RetireStep::Gone,
        "halted" => RetireStep::Halted,
        "jobs" => {
            let (state, count) = (text(), text());
            RetireStep::InUse(format!("jobs are {state}: {count}"))
        }
        "schedulers" => RetireStep::InUse(format!("schedulers are there: {}", text())),
        "worker" => RetireStep::InUse("a worker was there within the last half minute".to_owned()),
        "event" => RetireStep::InUse(format!("something happened in it: {}", text())),
        "flow" => match relative(items) {
            Some(relative) => RetireStep::InUse(relative.to_string()),
            None => return Err(StoreError::Unexpected(told)),
        },
        _ => return Err(StoreError::Unexpected(format!("retiring answered {told}"))),
    })
}

fn relative(mut items: impl Iterator<Item = Value>) -> Option<LiveRelative> {
    Some(LiveRelative {
        job: JobId::new(items.next().and_then(reply::text)?)?,
        is_parent: items.next().and_then(reply::text)? == "parent",
    })
}

/// The id of the first entry in a stream's range.
fn newest_id(answer: Value) -> Option<String> {
    let entry = reply::items(answer).into_iter().next()?;
    reply::items(entry).into_iter().next().and_then(reply::text)
}

/// The score in a range of one member, in either protocol.
fn newest_score(answer: Value) -> Option<u64> {
    // Saturating is right for a time.
    reply::scored(answer).pop().map(|(_, score)| score as u64)
}
