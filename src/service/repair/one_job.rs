//! A repair tried on one job: what it would make of its data. Nothing is changed; the result can be saved as an edit of that job.

use std::sync::Arc;

use super::dry_run::MOST_BYTES;
use super::judged::{Agreed, JudgedJob};
use super::worker::BATCH;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::filter::JobFilter;
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::json::pretty_or_raw;
use crate::domain::queue::QueueId;
use crate::domain::repair::spec::{REPAIRABLE, RepairSpec};
use crate::domain::repair::verdict::{RepairSkip, RepairVerdict};
use crate::service::Services;
use crate::service::edit::assess::CONTEXT;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered_walk::FilteredWalk;
use crate::service::large_texts::blocking::run_blocking;

/// How many jobs are looked through for one that would change, in at most [`MOST_BYTES`] of data.
const LOOKED_AT: u64 = 2_000;

/// What a repair would make of one job.
#[derive(Debug)]
pub struct TriedJob {
    /// The job.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// What comes of it.
    pub outcome: TriedOutcome,
}

/// What comes of trying it.
#[derive(Debug)]
pub enum TriedOutcome {
    /// It would change.
    Changes {
        /// The revision of the data that it would be made from.
        seen: Revision,
        /// That data, pretty-printed.
        before: String,
        /// The data after it, pretty-printed.
        after: String,
        /// In how many places it differs.
        places: usize,
        /// Both texts side by side.
        diff: Diff,
    },
    /// It would change in so many places, and a policy hides its data from this person.
    Hidden(usize),
    /// It is right already.
    Right,
    /// It would stay as it is, and why.
    Stays(RepairSkip, Vec<TextProblem>),
}

impl Services {
    /// Tries a repair on the job with this id, or on the first that would change; `None` where there is none.
    pub async fn try_repair(
        &self,
        operator: &Operator,
        queue: &QueueId,
        spec: &RepairSpec,
        id: Option<&JobId>,
    ) -> Result<Result<Option<TriedJob>, String>, ServiceError> {
        self.check_may_repair(operator, queue, false).await?;
        if let Err(words) = spec.check() {
            return Ok(Err(words));
        }
        if let Some(words) = self.hidden_from(operator, queue).await {
            return Ok(Err(words.to_owned()));
        }
        let change = Arc::new(spec.change.ready().map_err(ServiceError::Bad)?);
        let filter = match id {
            None => spec.filter.clone(),
            Some(id) => JobFilter {
                states: REPAIRABLE.iter().map(|one| one.name().to_owned()).collect(),
                ids: vec![id.as_str().to_owned()],
                ..JobFilter::default()
            },
        };
        let mut walk = FilteredWalk::new(&filter).map_err(ServiceError::Bad)?;
        let sight = self.sight(operator, queue).await;
        let fields = self.fields_to_repair(sight.fields(walk.fields()));
        let reveals = operator.may(Action::Reveal, queue);
        let (mut looked_at, mut bytes, mut first) = (0, 0, None);
        while looked_at < LOOKED_AT && bytes < MOST_BYTES {
            let batch = walk
                .next((&self.store, &sight), queue, BATCH, fields)
                .await?;
            let Some(mut batch) = batch else { break };
            walk.pass(&batch, |_| true);
            looked_at += batch.looked_at;
            let jobs = std::mem::take(&mut batch.jobs);
            bytes += jobs.iter().map(|job| job.data().len() as u64).sum::<u64>();
            for judged in self
                .judge_for_repair(operator, queue, jobs, &change, Agreed::If)
                .await?
            {
                if matches!(judged.verdict, RepairVerdict::Changes(..)) {
                    return Ok(Ok(Some(tried(judged, reveals).await?)));
                }
                first.get_or_insert(judged);
            }
        }
        match first {
            Some(judged) => Ok(Ok(Some(tried(judged, reveals).await?))),
            None => Ok(Ok(None)),
        }
    }
}

async fn tried(judged: JudgedJob, reveals: bool) -> Result<TriedJob, ServiceError> {
    let is_hidden = judged.is_hidden && !reveals;
    let JudgedJob { job, verdict, .. } = judged;
    let (id, state) = (job.id.clone(), job.state);
    let outcome = match verdict {
        RepairVerdict::Right => TriedOutcome::Right,
        RepairVerdict::Stays(why, _) if is_hidden => TriedOutcome::Stays(why, Vec::new()),
        RepairVerdict::Stays(why, problems) => TriedOutcome::Stays(why, problems),
        RepairVerdict::Changes(_, places) if is_hidden => TriedOutcome::Hidden(places),
        RepairVerdict::Changes(after, places) => {
            run_blocking(2 * after.len(), move || {
                let seen = Revision::of(job.data());
                let before = pretty_or_raw(&String::from_utf8_lossy(job.data()));
                let after = pretty_or_raw(&after);
                TriedOutcome::Changes {
                    diff: side_by_side(&before, &after, CONTEXT),
                    seen,
                    before,
                    after,
                    places,
                }
            })
            .await?
        }
    };
    Ok(TriedJob { id, state, outcome })
}
