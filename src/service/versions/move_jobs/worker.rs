//! The work of a move: batch after batch of each state's jobs, the next to run first, in passes until one moves nothing.
//!
//! A pass continues after the last job that it skipped, wherever that is by now, since workers and producers shift
//! positions meanwhile. The figures of skipped jobs come from the last pass, in which nothing moved.

use std::collections::{HashMap, HashSet};

use crate::clock::unix_millis;
use crate::domain::access::permission::MoveJobs;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::data_policy::DataPolicy;
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::field::JobField;
use crate::domain::job::{JobState, Revision};
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunKind};
use crate::domain::schema::in_force::InForce;
use crate::domain::search::Match;
use crate::domain::versions::move_jobs::{MoveSpec, SkipReason};
use crate::domain::versions::moved_data::DataVerdict;
use crate::service::Services;
use crate::service::edit::recorded_change::keep;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered::ReadyFilter;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::runs::skipped_jobs::SkippedJobs;
use crate::service::runs::worker::{RunProgress, Work, broken, spec_of};
use crate::store::bullmq::jobs::walk::{Walk, WalkBatch, WalkFields, WalkOrder, WalkedJob};
use crate::store::bullmq::move_jobs::{BatchOutcome, JobMove, MoveOutcome, MoveWay};
use crate::store::error::StoreError;
use crate::store::records::runs::held::HeldRun;

/// How many jobs a script moves. It takes some milliseconds, in which Redis does nothing else.
pub(crate) const BATCH: u64 = 100;

/// What a move reads of each job: its name, and its data where that is looked at.
pub(super) fn fields_of_move(filter: &ReadyFilter, with_data: bool) -> WalkFields {
    let fields = filter.fields().with(JobField::Name, u64::MAX);
    match with_data {
        true => fields.with(JobField::Data, u64::MAX),
        false => fields,
    }
}

/// A running move.
#[derive(Debug)]
pub(crate) struct Moving {
    filter: ReadyFilter,
    reshape: Option<DataPatch>,
    target: QueueId,
    states: Vec<JobState>,
    /// Which of the states is at hand, and how far this pass is in it.
    at: usize,
    cursor: JobCursor,
    moved_in_pass: u64,
    skipped: SkippedJobs,
    /// What of the batch at hand goes, or went.
    gone: HashSet<String>,
}

impl Moving {
    /// Goes on behind those of a batch that are left where they are.
    fn pass_over(&mut self, places: &[PlacedJob]) {
        self.cursor.pass(places, |id| !self.gone.contains(id));
        self.gone.clear();
    }

    /// Writes down what was skipped. Then the move is done if nothing moved, or a new pass begins.
    async fn end_pass(
        &mut self,
        services: &Services,
        held: &HeldRun<MoveJobs>,
    ) -> Result<RunProgress, ServiceError> {
        if !self.skipped.write(services, held).await? {
            return Ok(RunProgress::Halted);
        }
        if self.moved_in_pass == 0 {
            return Ok(RunProgress::Done(String::new()));
        }
        (self.at, self.cursor, self.moved_in_pass) = (0, JobCursor::default(), 0);
        self.skipped = SkippedJobs::default();
        Ok(RunProgress::More)
    }

    /// Checks the jobs that match; returns those to move.
    async fn weighed(
        &mut self,
        services: &Services,
        held: &HeldRun<MoveJobs>,
        state: JobState,
        jobs: Vec<WalkedJob>,
    ) -> Result<Vec<JobMove>, ServiceError> {
        let sight = services.sight(held.by(), &held.run().source).await;
        let mut policies: HashMap<String, DataPolicy> = HashMap::new();
        let mut moves = Vec::with_capacity(jobs.len());
        for job in jobs {
            match self.filter.judge(&job, &sight) {
                Match::Yes => {}
                Match::No => continue,
                Match::Unreadable => {
                    self.skipped.add(&job.id, SkipReason::Unread.words());
                    continue;
                }
            }
            let name = job.name();
            let policy = match policies.get(name.as_ref()) {
                Some(policy) => policy.clone(),
                None => {
                    let (by, source) = (held.by(), &held.run().source);
                    let policy = services.policy_of_move(by, source, &self.target, &name);
                    let policy = policy.await;
                    policies.insert(name.into_owned(), policy.clone());
                    policy
                }
            };
            let reshape = self.reshape.as_ref();
            let (verdict, mut job) = services
                .judged((job, state), reshape, policy.clone())
                .await?;
            match verdict {
                DataVerdict::Stays(why, _) => self.skipped.add(&job.id, why.words()),
                DataVerdict::Goes(Some(_))
                    if services.has_no_ticket(&policy, &held.run().reason) =>
                {
                    self.skipped.add(&job.id, SkipReason::NoTicket.words());
                }
                DataVerdict::Goes(after) => {
                    let entry = services.entry_of_move(held, state, &job, &policy.schema, &after);
                    let mut entry = entry.await?;
                    if let (Some(_), Some(policy)) = (&after, policy.repair.first()) {
                        entry = entry.under_policy(policy);
                    }
                    let looked_at = self.reshape.is_some() || policy.concerns_unchanged();
                    let data = job.take_data().unwrap_or_default();
                    moves.push(JobMove {
                        id: job.id,
                        seen: looked_at.then_some(data),
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
        let spec: MoveSpec = spec_of(run)?;
        let target = run.target.clone();
        Ok(Self {
            reshape: DataPatch::parse(&spec.patch).map_err(|why| broken(run, why))?,
            target: target.ok_or_else(|| broken(run, "it has no target"))?,
            filter: ReadyFilter::new(&spec.filter).map_err(|why| broken(run, why))?,
            states: spec.filter.kept_states(),
            at: 0,
            cursor: JobCursor::default(),
            moved_in_pass: 0,
            skipped: SkippedJobs::default(),
            gone: HashSet::new(),
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
        let (target, source) = (self.target.clone(), &held.run().source);
        let way = MoveWay {
            source,
            target: &target,
            state,
            past: self.cursor.past(),
        };
        let walk = Walk {
            queue: source,
            state,
            order: WalkOrder::NextFirst,
        };
        let with_data = self.reshape.is_some() || !services.schemas.is_empty();
        let sight = services.sight(held.by(), source).await;
        let fields = sight.fields(fields_of_move(&self.filter, with_data));
        let batch = services.store.walk_jobs(walk, &self.cursor, BATCH, fields);
        let WalkBatch { places, jobs } = batch.await?;
        if places.is_empty() {
            (self.at, self.cursor) = (self.at + 1, JobCursor::default());
            return Ok(RunProgress::More);
        }
        let moves = self.weighed(services, held, state, jobs).await?;
        if moves.is_empty() {
            self.pass_over(&places);
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
                MoveOutcome::Moves => {
                    self.moved_in_pass += 1;
                    self.gone.insert(job.id.as_str().to_owned());
                }
                MoveOutcome::Gone => {
                    self.gone.insert(job.id.as_str().to_owned());
                }
                MoveOutcome::Stays(why) => self.skipped.add(&job.id, why.words()),
            }
        }
        self.pass_over(&places);
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
        job: &WalkedJob,
        schema: &InForce,
        after: &Option<String>,
    ) -> Result<UnrecordedEntry<MoveJobs>, ServiceError> {
        let mut entry = held.entry_of_job(Act::MOVE_JOB, &job.id, state);
        if let InForce::Schema(schema) = schema {
            entry = entry.under_schema(schema.name(), schema.hash());
        }
        let why = &held.run().reason;
        if let Some(after) = after {
            let run = held.run();
            let mut redactor = self.redactor_for(&run.source, Some(&job.name())).await?;
            if let Some(target) = &run.target {
                let there = self.redactor_for(target, Some(&job.name())).await?;
                redactor = redactor.and(&there);
            }
            let entry = entry
                .data_before(redactor.seal(Revision::of(job.data()).as_str()))
                .data_after(redactor.seal(Revision::of(after.as_bytes()).as_str()));
            let (before, after, why) = (job.data().to_vec(), after.clone(), why.clone());
            let size = before.len() + after.len();
            let kept = run_blocking(size, move || keep(&before, &after, &why, &redactor)).await?;
            let (kept, reason) = kept.map_err(ServiceError::Broken)?;
            Ok(kept.put_in(entry).reason(&reason))
        } else {
            let reason = self
                .kept_reason_in(&held.run().source, why, || vec![job.data().to_vec()])
                .await?;
            Ok(entry.reason(&reason))
        }
    }
}
