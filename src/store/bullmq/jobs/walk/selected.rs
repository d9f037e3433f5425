//! Jobs that are named by their ids, with the state that each is in.

use redis::Value;

use super::{WalkFields, WalkedJob};
use crate::domain::access::permission::Permission;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::records::runs::held::HeldRun;

/// How many of a job's newest entries are searched for one of a run; `operation.lua` searches as many.
const LOOKED_BACK: u64 = 100;

/// Some jobs of a selection.
#[derive(Debug, Default)]
pub struct SelectedJobs {
    /// How many ids they are for; less than asked for where what is asked for of them is large.
    pub read: usize,
    /// The jobs that are in one of the states asked for.
    pub jobs: Vec<WalkedJob>,
    /// The ids of those that are in none of them.
    pub astray: Vec<JobId>,
}

impl Store {
    /// The first of these jobs, in order, and which of `states` each is in.
    pub async fn selected_jobs(
        &self,
        queue: &QueueId,
        states: &[JobState],
        ids: &[String],
        fields: WalkFields,
    ) -> Result<SelectedJobs, StoreError> {
        let places = ids.iter().map(|id| PlacedJob {
            id: id.clone(),
            score: None,
        });
        let mut places: Vec<PlacedJob> = places.collect();
        // Which state each is in is asked for afterwards.
        let any = states.first().copied().unwrap_or(JobState::Waiting);
        let jobs = self.walked_jobs(queue, any, &mut places, &fields).await?;
        let mut pipeline = redis::pipe();
        for job in &jobs {
            for state in states {
                let look = if keys::is_list(*state) {
                    "LPOS"
                } else {
                    "ZSCORE"
                };
                pipeline
                    .cmd(look)
                    .arg(keys::of_state(queue, *state))
                    .arg(job.id.as_str());
            }
        }
        let mut found = self.redis.read(&mut pipeline).await?.into_iter();
        let mut selected = SelectedJobs {
            read: places.len(),
            ..SelectedJobs::default()
        };
        for mut job in jobs {
            // Each of the answers is taken, whichever of them names the state.
            let is_in: Vec<bool> = found
                .by_ref()
                .take(states.len())
                .map(|place| !matches!(place, Value::Nil | Value::ServerError(_)))
                .collect();
            match states.iter().zip(is_in).find(|(_, is_in)| *is_in) {
                Some((state, _)) => {
                    job.state = *state;
                    selected.jobs.push(job);
                }
                None => selected.astray.push(job.id),
            }
        }
        Ok(selected)
    }

    /// Whether a run has done its piece to a job before.
    pub async fn was_done_by_run<A: Permission<Target = QueueId>>(
        &self,
        held: &HeldRun<A>,
        id: &JobId,
    ) -> Result<bool, StoreError> {
        let run = held.run();
        let newest = self.audit_of_job(&run.source, id, 0, LOOKED_BACK).await?;
        Ok(newest.iter().any(|recorded| {
            recorded.entry.run == run.id && recorded.entry.outcome == AuditOutcome::Applied
        }))
    }
}
