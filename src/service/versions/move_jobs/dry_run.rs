//! The dry run of a move: the same script and rules as the move itself, without changing anything.

use std::collections::BTreeMap;

use super::request::MoveRequest;
use super::worker::{BATCH, fields_of_move};
use crate::domain::access::Operator;
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobId;
use crate::domain::job::cursor::JobCursor;
use crate::domain::json::pretty_or_raw;
use crate::domain::policy::mask::Hiding;
use crate::domain::policy::mask::sign::BY_HIDDEN_VALUES;
use crate::domain::schema::compatibility::{IncompatibilityKind, KindTally};
use crate::domain::search::Match;
use crate::domain::versions::move_jobs::SkipReason;
use crate::domain::versions::moved_data::DataVerdict;
use crate::service::Services;
use crate::service::edit::assess::CONTEXT;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered::ReadyFilter;
use crate::store::bullmq::jobs::walk::{Walk, WalkBatch, WalkOrder, WalkedJob};
use crate::store::bullmq::move_jobs::{MoveOutcome, MoveWay};

/// The most jobs that a dry run checks.
pub(crate) const MOST_LOOKED_AT: u64 = 10_000;

/// The most bytes of data that a dry run reads.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How many kinds of problems in the data a page lists, the commonest first.
pub(crate) const MOST_LISTED: usize = 50;

/// The most characters of a place or message: data with long keys makes long ones.
const LONGEST_TEXT: usize = 200;

/// How many changed jobs it shows.
const SAMPLES: usize = 3;

/// Problems of one kind in the data of jobs that would be skipped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrokenKind {
    /// Why such jobs would be skipped.
    pub why: SkipReason,
    /// The problem; `None` where the reason says all.
    pub problem: Option<IncompatibilityKind>,
}

/// A job's data before and after.
#[derive(Debug)]
pub struct DryRunSample {
    /// The job.
    pub id: JobId,
    /// Both texts side by side.
    pub diff: Diff,
}

/// The result of a dry run.
#[derive(Debug, Default)]
pub struct MoveDryRun {
    /// How many jobs the selected states hold.
    pub total: u64,
    /// How many of them were checked.
    pub looked_at: u64,
    /// How many of those match the filter and would move.
    pub would_move: u64,
    /// How many of those would get other data.
    pub reshaped: u64,
    /// How many match the filter and would be skipped, by reason.
    pub stays: BTreeMap<SkipReason, u64>,
    /// Those whose data is the reason, by kind of problem, each with the first such job.
    pub broken: KindTally<BrokenKind, JobId>,
    /// The first jobs whose data would change.
    pub samples: Vec<DryRunSample>,
}

impl MoveDryRun {
    /// Whether all jobs were looked at and none would move.
    pub fn moves_nothing(&self) -> bool {
        self.would_move == 0 && self.looked_at >= self.total
    }
}

impl Services {
    /// How many jobs the selected states hold.
    pub(crate) async fn total_of(&self, wish: &MoveRequest) -> Result<u64, ServiceError> {
        let figures = self
            .store
            .figures(std::slice::from_ref(&wish.source))
            .await?;
        let states = wish.spec.filter.kept_states();
        let counts = figures.first().map(|looked| looked.figures.counts);
        Ok(counts.map_or(0, |counts| {
            states.into_iter().map(|state| counts.of(state)).sum()
        }))
    }

    /// Checks the jobs that match, up to the bounds, and reports what would happen to them.
    pub(crate) async fn dry_run(
        &self,
        operator: &Operator,
        wish: &MoveRequest,
        reshape: Option<DataPatch>,
    ) -> Result<MoveDryRun, ServiceError> {
        let with_data = reshape.is_some() || !self.schemas.is_empty();
        let mut review = MoveDryRun {
            total: self.total_of(wish).await?,
            ..MoveDryRun::default()
        };
        let filter = ReadyFilter::new(&wish.spec.filter).map_err(ServiceError::Bad)?;
        let sight = self.sight(operator, &wish.source).await;
        let hiding = self.hidden_in_move(operator, wish).await;
        let fields = sight.fields(fields_of_move(&filter, with_data));
        let mut bytes = 0;
        for state in wish.spec.filter.kept_states() {
            let mut cursor = JobCursor::default();
            let walk = Walk {
                queue: &wish.source,
                state,
                order: WalkOrder::NextFirst,
            };
            while review.looked_at < MOST_LOOKED_AT && bytes < MOST_BYTES {
                let way = MoveWay {
                    source: &wish.source,
                    target: &wish.target,
                    state,
                    past: cursor.past(),
                };
                let WalkBatch { places, mut jobs } =
                    self.store.walk_jobs(walk, &cursor, BATCH, fields).await?;
                if places.is_empty() {
                    break;
                }
                cursor.pass(&places, |_| true);
                review.looked_at += jobs.len() as u64;
                bytes += jobs.iter().map(|job| job.data().len() as u64).sum::<u64>();
                jobs.retain(|job| match filter.judge(job, &sight) {
                    Match::Yes => true,
                    Match::No => false,
                    Match::Unreadable => {
                        add_broken(&mut review, job.id.clone(), SkipReason::Unread, Vec::new());
                        false
                    }
                });
                let asked = (operator, wish, &hiding);
                self.look(&mut review, asked, way, jobs, reshape.as_ref())
                    .await?;
            }
        }
        review.total = review.total.max(review.looked_at);
        Ok(review)
    }

    /// Adds what would happen to some jobs.
    async fn look(
        &self,
        review: &mut MoveDryRun,
        (operator, wish, hiding): (&Operator, &MoveRequest, &Hiding),
        way: MoveWay<'_>,
        jobs: Vec<WalkedJob>,
        reshape: Option<&DataPatch>,
    ) -> Result<(), ServiceError> {
        let mut going = Vec::with_capacity(jobs.len());
        for job in jobs {
            let (source, target) = (&wish.source, &wish.target);
            let name = job.name().into_owned();
            let policy = self.policy_of_move(operator, source, target, &name).await;
            let no_ticket = self.has_no_ticket(&policy, &wish.reason);
            let (verdict, job) = self.judged((job, way.state), reshape, policy).await?;
            match verdict {
                // A reason may still be typed.
                DataVerdict::Goes(Some(_)) if no_ticket && !wish.reason.trim().is_empty() => {
                    add_broken(review, job.id, SkipReason::NoTicket, Vec::new());
                }
                DataVerdict::Goes(after) => going.push((job, after)),
                DataVerdict::Stays(why, problems) => {
                    let problems = told(problems, hiding);
                    add_broken(review, job.id, why, problems);
                }
            }
        }
        let ids: Vec<JobId> = going.iter().map(|(job, _)| job.id.clone()).collect();
        let fates = self.store.could_move(way, &ids).await?;
        for ((job, after), fate) in going.into_iter().zip(fates) {
            match fate {
                MoveOutcome::Gone => {}
                MoveOutcome::Stays(why) => *review.stays.entry(why).or_default() += 1,
                MoveOutcome::Moves => add_going(review, job, after, hiding),
            }
        }
        Ok(())
    }
}

/// Problems as someone is told them from whom this is hidden: a message may quote what is at its place.
fn told(mut problems: Vec<TextProblem>, hiding: &Hiding) -> Vec<TextProblem> {
    for problem in &mut problems {
        let pointer = problem.pointer.as_deref().unwrap_or_default();
        if hiding.may_be_quoted(pointer, &problem.rule) {
            problem.message = BY_HIDDEN_VALUES.to_owned();
            problem.expected = String::new();
            problem.pointer = None;
        }
    }
    problems
}

fn add_going(review: &mut MoveDryRun, job: WalkedJob, after: Option<String>, hiding: &Hiding) {
    review.would_move += 1;
    let Some(after) = after else { return };
    review.reshaped += 1;
    if review.samples.len() < SAMPLES {
        let before = hiding.mask(job.data());
        let (before, after) = (String::from_utf8_lossy(&before), hiding.mask_text(after));
        let diff = side_by_side(&pretty_or_raw(&before), &pretty_or_raw(&after), CONTEXT);
        review.samples.push(DryRunSample { id: job.id, diff });
    }
}

fn add_broken(review: &mut MoveDryRun, id: JobId, why: SkipReason, problems: Vec<TextProblem>) {
    *review.stays.entry(why).or_default() += 1;
    let cut = |text: &str| text.chars().take(LONGEST_TEXT).collect::<String>();
    let kind_of = |problem: TextProblem| {
        let pointer = problem.pointer.unwrap_or_default();
        IncompatibilityKind::new(
            &cut(&pointer),
            &cut(&problem.expected),
            &cut(&problem.message),
        )
    };
    let mut kinds: Vec<BrokenKind> = problems
        .into_iter()
        .map(|problem| BrokenKind {
            why,
            problem: Some(kind_of(problem)),
        })
        .collect();
    if kinds.is_empty() {
        kinds.push(BrokenKind { why, problem: None });
    }
    review.broken.add(kinds, &id);
}
