//! The dry run of a repair: how many jobs it would change, how many are right already, and why the others stay; and samples of what
//! would change. Nothing is changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::judged::{Agreed, JudgedJob};
use super::samples::{Candidates, RepairSample};
use super::worker::BATCH;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::Operation;
use crate::domain::proposals::runs::{Ground, RunReview};
use crate::domain::queue::QueueId;
use crate::domain::repair::spec::RepairSpec;
use crate::domain::repair::verdict::{RepairSkip, RepairVerdict};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered_walk::FilteredWalk;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::operations::job::Operated;

/// A dry run looks at so many jobs at most, and at so many bytes of data.
pub(crate) const MOST_LOOKED_AT: u64 = 10_000;
pub(super) const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How many jobs that stay as they are it lists, and how many problems of one of them.
const MOST_LISTED: usize = 50;
const MOST_PROBLEMS: usize = 10;

/// How many critical places it names, and how many characters of each.
const MOST_PLACES: usize = 20;
const LONGEST_PLACE: usize = 200;

/// What a dry run found.
#[derive(Debug)]
pub struct RepairDryRun {
    /// Which jobs, the change, and what the rules are.
    pub spec: RepairSpec,
    /// Names what was reviewed.
    pub reviewed: String,
    /// How many jobs are in the states, or selected.
    pub total: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// How many of those match and would change.
    pub would: u64,
    /// How many of those take a second person, because of the fields that they change.
    pub critical: u64,
    /// The first of these fields.
    pub critical_places: Vec<String>,
    /// How many match and are right already.
    pub right: u64,
    /// How many match and would stay as they are, by reason.
    pub stays: BTreeMap<RepairSkip, u64>,
    /// The first of those, each with what is wrong with it.
    pub listed: Vec<(JobId, RepairSkip, String)>,
    /// The one with the most problems, and those.
    pub worst: Option<(JobId, Vec<TextProblem>)>,
    /// How many jobs a worker is processing; they are left out.
    pub active: u64,
    /// Jobs before and after.
    pub samples: Vec<RepairSample>,
    /// How many jobs one run may repair.
    pub limit: u64,
    /// Whether a policy hides data of such jobs from this person, so that no sample and no problem of them is shown.
    pub hides: bool,
}

impl RepairDryRun {
    /// How many jobs match of those that were looked at.
    pub fn matching(&self) -> u64 {
        self.would + self.right + self.stays.values().sum::<u64>()
    }

    /// How many jobs it would change; at most, where not all were looked at.
    pub fn at_most(&self) -> u64 {
        match self.looked_at < self.total {
            true => self.would + (self.total - self.looked_at),
            false => self.would,
        }
    }

    /// What it found, as whoever approves the repair is told it.
    pub(super) fn told_to_approver(&self, ground: Ground) -> RunReview {
        let review = RunReview {
            ground,
            figures: Vec::new(),
            critical: self.critical_places.clone(),
        };
        review
            .figure("in these states, or selected", self.total)
            .figure("looked at", self.looked_at)
            .figure("would change", self.would)
            .figure("change critical fields", self.critical)
            .figure("right already", self.right)
            .skipped(self.stays.iter().map(|(why, count)| (why.words(), count)))
    }

    fn add_critical(&mut self, places: Vec<String>) {
        self.critical += 1;
        for place in places {
            if self.critical_places.len() < MOST_PLACES && !self.critical_places.contains(&place) {
                let place = place.chars().take(LONGEST_PLACE).collect();
                self.critical_places.push(place);
            }
        }
    }

    fn add(&mut self, id: &JobId, why: RepairSkip, problems: &[TextProblem]) {
        *self.stays.entry(why).or_default() += 1;
        if self.listed.len() < MOST_LISTED {
            let problem = JudgedJob::first_problem(problems);
            self.listed.push((id.clone(), why, problem));
        }
        let worst = self.worst.as_ref().map_or(1, |(_, worst)| worst.len());
        if problems.len() > worst {
            let first = problems.iter().take(MOST_PROBLEMS).cloned().collect();
            self.worst = Some((id.clone(), first));
        }
    }
}

impl Services {
    /// Looks at the jobs that are meant, where it was checked that this may be asked for.
    pub(super) async fn dry_run_of_repair(
        &self,
        queue: &QueueId,
        operator: &Operator,
        spec: RepairSpec,
    ) -> Result<RepairDryRun, ServiceError> {
        let (one, reveals) = (
            std::slice::from_ref(queue),
            operator.may(Action::Reveal, queue),
        );
        let change = Arc::new(spec.change.ready().map_err(ServiceError::Bad)?);
        let mut walk = FilteredWalk::new(&spec.filter).map_err(ServiceError::Bad)?;
        let figures = self.store.figures(one).await?;
        let active = figures
            .first()
            .map_or(0, |looked| looked.figures.counts.of(JobState::Active));
        let mut review = RepairDryRun {
            reviewed: spec.reviewed(queue),
            total: self.totals_meant(one, &spec.filter).await?.iter().sum(),
            looked_at: 0,
            would: 0,
            critical: 0,
            critical_places: Vec::new(),
            right: 0,
            stays: BTreeMap::new(),
            listed: Vec::new(),
            worst: None,
            active,
            samples: Vec::new(),
            limit: self.rules.repair_limit,
            hides: false,
            spec,
        };
        // The filter finds what this person can find.
        let sight = self.sight(operator, queue).await;
        let fields = self.fields_to_repair(sight.fields(walk.fields()));
        let (mut candidates, mut bytes) = (Candidates::default(), 0);
        while review.looked_at < MOST_LOOKED_AT && bytes < MOST_BYTES {
            let batch = walk.next((&self.store, &sight), queue, BATCH, fields);
            let Some(mut batch) = batch.await? else { break };
            walk.pass(&batch, |_| true);
            review.looked_at += batch.looked_at;
            let jobs = std::mem::take(&mut batch.jobs);
            bytes += jobs.iter().map(|job| job.data().len() as u64).sum::<u64>();
            for id in &batch.unread {
                review.add(id, RepairSkip::Unread, &[]);
            }
            for id in &batch.astray {
                review.add(id, RepairSkip::Astray, &[]);
            }
            let mut judged = self
                .judge_for_repair(operator, queue, jobs, &change, Agreed::If)
                .await?;
            if !reveals {
                review.hides |= hide(&mut judged);
            }
            self.add_judged(&mut review, &mut candidates, queue, judged)
                .await?;
        }
        review.total = review.total.max(review.looked_at);
        review.samples = run_blocking(usize::MAX, move || candidates.into_samples()).await?;
        Ok(review)
    }

    /// Adds what would become of some jobs.
    async fn add_judged(
        &self,
        review: &mut RepairDryRun,
        candidates: &mut Candidates,
        queue: &QueueId,
        judged: Vec<JudgedJob>,
    ) -> Result<(), ServiceError> {
        let mut changing = Vec::new();
        for JudgedJob {
            job,
            verdict,
            is_hidden,
            critical,
            ..
        } in judged
        {
            match verdict {
                RepairVerdict::Right => review.right += 1,
                RepairVerdict::Stays(why, problems) => review.add(&job.id, why, &problems),
                RepairVerdict::Changes(after, places) => {
                    changing.push((job, after, places, is_hidden, critical));
                }
            }
        }
        let ids: Vec<JobId> = changing.iter().map(|(job, ..)| job.id.clone()).collect();
        // Of a retry, too, it says whether the job is there and whether a worker holds it.
        let hindrances = self
            .store
            .hindrances(queue, Operation::Retry, &ids, u64::MAX);
        let hindered = changing.into_iter().zip(hindrances.await?);
        for ((job, after, places, is_hidden, critical), hindrance) in hindered {
            match hindrance {
                None => {
                    review.would += 1;
                    if !critical.is_empty() {
                        review.add_critical(critical);
                    }
                    if !(is_hidden && review.hides) {
                        candidates.add(&review.reviewed, &job, after, places);
                    }
                }
                Some(Operated::Gone) => review.add(&job.id, RepairSkip::Gone, &[]),
                Some(_) => review.add(&job.id, RepairSkip::Locked, &[]),
            }
        }
        Ok(())
    }
}

/// Takes away what problems of hidden data say: they may quote it. Whether any data is hidden.
fn hide(judged: &mut [JudgedJob]) -> bool {
    let mut any = false;
    for one in judged.iter_mut().filter(|one| one.is_hidden) {
        any = true;
        if let RepairVerdict::Stays(_, problems) = &mut one.verdict {
            problems.clear();
        }
    }
    any
}
