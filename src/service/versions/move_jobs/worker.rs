//! The work of a move: batch after batch of each state's jobs, the next to run first, in passes until one moves nothing.
//!
//! A pass continues after the last job that it skipped, wherever that is by now, since workers and producers shift
//! positions meanwhile. The figures of skipped jobs come from the last pass, in which nothing moved.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::check_data::DataVerdict;
use crate::clock::unix_millis;
use crate::domain::access::permission::MoveJobs;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Run, RunKind, Skipped};
use crate::domain::versions::move_jobs::{MoveSpec, SkipReason};
use crate::service::Services;
use crate::service::blocking::run_blocking;
use crate::service::edit::recorded_change::keep;
use crate::service::error::ServiceError;
use crate::service::runs::worker::{RunProgress, Work};
use crate::store::bullmq::move_jobs::candidates::Candidate;
use crate::store::bullmq::move_jobs::{BatchOutcome, JobMove, MoveCursor, MoveOutcome};
use crate::store::error::StoreError;
use crate::store::records::runs::held::HeldRun;
use crate::store::schema_folder::InForce;

/// How many jobs a script moves. It takes some milliseconds, in which Redis does nothing else.
pub(crate) const BATCH: u64 = 100;

/// How many of the skipped jobs are listed.
const LISTED: usize = 200;

/// A running move.
#[derive(Debug)]
pub(crate) struct Moving {
    spec: MoveSpec,
    reshape: Option<DataPatch>,
    target: QueueId,
    states: Vec<JobState>,
    /// The index of the current state, and how many of its jobs this pass has skipped.
    at: usize,
    past: u64,
    /// The last of those.
    after: Option<JobId>,
    moved_in_pass: u64,
    stayed: BTreeMap<SkipReason, u64>,
    listed: Vec<Skipped>,
    /// The jobs that the current batch skips.
    left: HashSet<JobId>,
}

impl Moving {
    fn stays(&mut self, id: &JobId, why: SkipReason) {
        self.left.insert(id.clone());
        *self.stayed.entry(why).or_default() += 1;
        if self.listed.len() < LISTED {
            self.listed.push(Skipped {
                job: id.as_str().to_owned(),
                why: why.words().to_owned(),
            });
        }
    }

    /// Continues after the jobs of a batch, in its order, that are skipped.
    fn pass_over(&mut self, ids: Vec<JobId>) {
        self.past += self.left.len() as u64;
        let last = ids.into_iter().rfind(|id| self.left.contains(id));
        self.after = last.or(self.after.take());
        self.left.clear();
    }

    /// Writes down what was skipped. Then the move is done if nothing moved, or a new pass begins.
    async fn end_pass(
        &mut self,
        services: &Services,
        held: &HeldRun<MoveJobs>,
    ) -> Result<RunProgress, ServiceError> {
        let reasons = self.stayed.iter();
        let figures = Figures {
            stayed: reasons
                .map(|(why, count)| (why.words().to_owned(), *count))
                .collect(),
            ..Figures::default()
        };
        let noted = services
            .store
            .note_stayed(held, unix_millis(), &figures, &self.listed)
            .await?;
        if !noted {
            return Ok(RunProgress::Halted);
        }
        if self.moved_in_pass == 0 {
            return Ok(RunProgress::Done(String::new()));
        }
        (self.at, self.past, self.after, self.moved_in_pass) = (0, 0, None, 0);
        self.stayed.clear();
        self.listed.clear();
        Ok(RunProgress::More)
    }

    /// Checks the jobs that match; returns those to move.
    async fn weighed(
        &mut self,
        services: &Services,
        held: &HeldRun<MoveJobs>,
        state: JobState,
        jobs: Vec<Candidate>,
    ) -> Result<Vec<JobMove>, ServiceError> {
        let mut schemas: HashMap<String, InForce> = HashMap::new();
        let mut moves = Vec::with_capacity(jobs.len());
        for job in jobs {
            if !self.spec.wants(job.id.as_str(), &job.name) {
                self.left.insert(job.id.clone());
                continue;
            }
            let schema = match schemas.get(&job.name) {
                Some(schema) => schema.clone(),
                None => {
                    let schema = services.schema_for(&self.target, &job.name).await;
                    schemas.insert(job.name.clone(), schema.clone());
                    schema
                }
            };
            let reshape = self.reshape.as_ref();
            let (verdict, job) = services.judged(job, reshape, schema.clone()).await?;
            match verdict {
                DataVerdict::Stays(why, _) => self.stays(&job.id, why),
                DataVerdict::Goes(after) => {
                    let entry = services.entry_of_move(held, state, &job, &schema, &after);
                    let entry = entry.await?;
                    let looked_at = self.reshape.is_some() || !matches!(schema, InForce::Nothing);
                    moves.push(JobMove {
                        id: job.id,
                        seen: looked_at.then_some(job.data),
                        after,
                        entry,
                    });
                }
            }
        }
        Ok(moves)
    }
}

impl Work for Moving {
    type Permission = MoveJobs;

    const KIND: RunKind = RunKind::Move;

    const ACT: Act<MoveJobs> = Act::MOVE;

    fn of(run: &Run) -> Result<Self, ServiceError> {
        let broken = |what: String| ServiceError::Broken(format!("the run {}: {what}", run.id));
        let spec: MoveSpec =
            serde_json::from_str(&run.spec).map_err(|error| broken(error.to_string()))?;
        let target = run.target.clone();
        Ok(Self {
            reshape: DataPatch::parse(&spec.patch).map_err(broken)?,
            target: target.ok_or_else(|| broken("it has no target".to_owned()))?,
            states: spec.kept_states(),
            spec,
            at: 0,
            past: 0,
            after: None,
            moved_in_pass: 0,
            stayed: BTreeMap::new(),
            listed: Vec::new(),
            left: HashSet::new(),
        })
    }

    async fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<MoveJobs>,
    ) -> Result<RunProgress, ServiceError> {
        let Some(state) = self.states.get(self.at).copied() else {
            return self.end_pass(services, held).await;
        };
        let (target, after) = (self.target.clone(), self.after.clone());
        let way = MoveCursor {
            source: &held.run().source,
            target: &target,
            state,
            past: self.past,
            after: after.as_ref(),
        };
        let with_data = self.reshape.is_some() || !services.schemas.is_empty();
        let (places, jobs) = services.store.candidates(way, BATCH, with_data).await?;
        if places == 0 {
            (self.at, self.past, self.after) = (self.at + 1, 0, None);
            return Ok(RunProgress::More);
        }
        if jobs.is_empty() {
            // These ids can't be a job's, so nothing can be found after them by name.
            (self.past, self.after) = (self.past + places, None);
            return Ok(RunProgress::More);
        }
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id.clone()).collect();
        let moves = self.weighed(services, held, state, jobs).await?;
        if moves.is_empty() {
            self.pass_over(ids);
            return Ok(RunProgress::More);
        }
        let went = services
            .store
            .move_jobs(held, way, unix_millis(), &moves)
            .await?;
        let BatchOutcome::Processed { fates, refused } = went else {
            return Ok(RunProgress::Halted);
        };
        for (job, fate) in moves.iter().zip(fates) {
            match fate {
                MoveOutcome::Moves => self.moved_in_pass += 1,
                MoveOutcome::Gone => {}
                MoveOutcome::Stays(why) => self.stays(&job.id, why),
            }
        }
        self.pass_over(ids);
        match refused.is_empty() {
            true => Ok(RunProgress::More),
            false => Err(ServiceError::Store(StoreError::Refused(refused))),
        }
    }
}

impl Services {
    /// The audit entry of one job's move; of changed data it keeps what an edit's entry keeps.
    async fn entry_of_move(
        &self,
        held: &HeldRun<MoveJobs>,
        state: JobState,
        job: &Candidate,
        schema: &InForce,
        after: &Option<String>,
    ) -> Result<UnrecordedEntry<MoveJobs>, ServiceError> {
        let mut entry = held.entry_of_job(Act::MOVE_JOB, &job.id, state);
        if let InForce::Schema(schema) = schema {
            entry = entry.under_schema(schema.name(), schema.hash());
        }
        let why = &held.run().reason;
        if let Some(after) = after {
            let redactor = self.redactor().await?.clone();
            let entry = entry
                .data_before(redactor.seal(Revision::of(&job.data).as_str()))
                .data_after(redactor.seal(Revision::of(after.as_bytes()).as_str()));
            let (before, after, why) = (job.data.clone(), after.clone(), why.clone());
            let size = before.len() + after.len();
            let kept = run_blocking(size, move || keep(&before, &after, &why, &redactor)).await?;
            let (kept, reason) = kept.map_err(ServiceError::Broken)?;
            Ok(kept.put_in(entry).reason(&reason))
        } else {
            let reason = self.kept_reason(why, || vec![job.data.clone()]).await?;
            Ok(entry.reason(&reason))
        }
    }
}
