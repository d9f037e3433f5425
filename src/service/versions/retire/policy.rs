//! Retires drained versions by the `auto_retire` policies: the same checks and the same run as for a person, with the
//! policy as the actor.
//!
//! No state is kept: a version's own events and jobs say how long it was quiet.

use std::sync::Arc;
use std::time::Duration;

use super::facts::plan;
use super::worker::Retiring;
use crate::clock::unix_millis;
use crate::domain::access::{Operator, Policy};
use crate::domain::background::BackgroundTask;
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunKind, RunState};
use crate::domain::versions::lifecycle::Lifecycle;
use crate::domain::versions::retire::{Facts, obstacles, retires_after, words};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::RunBegun;

/// The shortest and the longest time between two searches for drained versions.
const EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

impl Services {
    /// How often to search for drained versions: once a minute, or as often as the shortest policy needs.
    pub fn looks_for_drained_every(&self) -> Duration {
        let policies = self.rules.auto_retire.iter();
        let shortest = policies.map(|policy| policy.after).min();
        shortest.unwrap_or(EVERY.1).clamp(EVERY.0, EVERY.1)
    }

    /// Begins to retire every drained version that a policy matches and that was quiet for long enough.
    pub async fn retire_by_policy(self: &Arc<Self>) {
        let policy = Operator::policy(Policy::AutoRetire, self.rules.read_only);
        let snapshot = self.overview.now();
        let mut failed = None;
        for version in snapshot.queues.iter() {
            // A version newer than the current one may have been made for a deploy that is yet to come.
            let standing = version.standing;
            let drained = standing.lifecycle == Lifecycle::Drained && !standing.is_newer;
            let after = retires_after(&self.rules.auto_retire, &version.lineage.family);
            let (true, Some(after)) = (drained, after) else {
                continue;
            };
            let queue = &version.figures.queue;
            if let Err(stop) = self.retire_if_quiet(&policy, queue, after).await {
                tracing::warn!(%queue, %stop, "a drained version could not be retired");
                if let ServiceError::Store(error) = stop {
                    failed = Some(error);
                }
            }
        }
        let turn = failed.as_ref().map_or(Ok(()), Err);
        self.tasks.note(BackgroundTask::RetireDrained, turn);
    }

    async fn retire_if_quiet(
        self: &Arc<Self>,
        policy: &Operator,
        queue: &QueueId,
        after: Duration,
    ) -> Result<(), ServiceError> {
        let needs = after.max(self.rules.retire_quiet);
        // Most drained versions only wait for this, and it is one cheap check; the rest costs more.
        let signs = self.store.signs(queue).await?;
        // If nothing ever happened in a version, nothing says how old it is.
        if signs.quiet.is_none_or(|quiet| quiet < needs) {
            return Ok(());
        }
        let (facts, _) = self.retire_facts(queue).await?;
        let found = obstacles(&facts, needs);
        if !found.is_empty() {
            tracing::debug!(%queue, ?found, "a drained version is not retired yet");
            return Ok(());
        }
        let runs = self.runs_of(policy, std::slice::from_ref(queue)).await?;
        let last = runs.into_iter().find(|run| run.kind == RunKind::Retire);
        let begun = match last {
            Some(run) if run.state == RunState::Interrupted && run.actor == *policy.actor() => {
                self.go_on(policy, &run.id, "").await?
            }
            Some(run) if is_settled(&run, &facts) => return Ok(()),
            _ => {
                let memory = self.store.memory(queue, &facts.counts).await?;
                let reason = format!("drained, and quiet for {}", words(needs));
                self.begin_run::<Retiring>(policy, plan(queue, &facts, memory, &reason))
                    .await?
            }
        };
        if let RunBegun::Yes(run) = begun {
            tracing::info!(%queue, %run, "a drained version is being retired");
        }
        Ok(())
    }
}

/// Whether an unfinished run still decides: a person who stopped it, or the error that made it fail, is not overruled
/// before something happens in the version again.
fn is_settled(run: &Run, facts: &Facts) -> bool {
    let ended_early = !matches!(run.state, RunState::Done);
    let last_sign = facts.quiet.map_or(0, |quiet| {
        let quiet = u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX);
        unix_millis().saturating_sub(quiet)
    });
    ended_early && last_sign <= run.updated
}
