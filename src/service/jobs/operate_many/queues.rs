//! The queues of an operation on many jobs: by name, of a family, or all that the overview's filter finds; and its dry run, queue
//! by queue. A queue outside the operator's scope is none of them.

use std::collections::{HashMap, HashSet};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};

use super::dry_run::{MOST_LOOKED_AT, ManyJobsDryRun};
use super::skip_reason::skipped_queue;
use crate::domain::access::{Action, Operator};
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::Operation;
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::run::RunId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::OverviewFilter;
use crate::service::runs::seen::sees;

/// How many queues one run works on at most.
pub(crate) const MOST_QUEUES: usize = 500;

/// Said where no queue is selected.
pub(super) const NO_QUEUE: &str = "No queue is selected.";

/// How many bytes the names of a run's queues may have together: they are kept in its record.
const MOST_BYTES: usize = 64 * 1024;

/// How many queues a dry run looks at at once.
const AT_ONCE: usize = 4;

/// Which queues are meant.
#[derive(Debug, Clone)]
pub enum QueueChoice {
    /// These. One that is outside the operator's scope, or is not there, is refused.
    Named(Vec<QueueId>),
    /// All versions of a family that the operator may see.
    Family {
        /// The prefix.
        prefix: String,
        /// The family's name.
        name: String,
    },
    /// All that the overview shows the operator under this filter.
    Filtered(OverviewFilter),
}

/// What a dry run found in one queue.
#[derive(Debug)]
pub struct QueueDryRun {
    /// The queue.
    pub queue: QueueId,
    /// What it found; or why the queue is left out.
    pub found: Result<ManyJobsDryRun, LeftOut>,
}

/// Why a run leaves out a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// A run has it: its id where the person may see that run.
    Busy(Option<RunId>),
    /// It can't be read, in words.
    Unreadable(&'static str),
}

/// What a dry run found in many queues.
#[derive(Debug, Default)]
pub struct ManyQueuesDryRun {
    /// Each queue that has such jobs.
    pub queues: Vec<QueueDryRun>,
    /// How many more queues were meant that have no such job.
    pub without: usize,
}

impl ManyQueuesDryRun {
    /// What it found in the queues that are not left out.
    fn found(&self) -> impl Iterator<Item = &ManyJobsDryRun> {
        self.queues.iter().filter_map(|one| one.found.as_ref().ok())
    }

    /// The queues that are not left out.
    pub fn meant(&self) -> Vec<&QueueId> {
        let found = self.queues.iter().filter(|one| one.found.is_ok());
        found.map(|one| &one.queue).collect()
    }

    /// How many jobs it would be done to; at most, where not all were looked at.
    pub fn at_most(&self) -> u64 {
        self.found().map(ManyJobsDryRun::at_most).sum()
    }

    /// How many of the jobs that were looked at it would be done to.
    pub fn would(&self) -> u64 {
        self.found().map(|found| found.would).sum()
    }

    /// How many jobs were looked at, and how many there are.
    pub fn looked_at(&self) -> (u64, u64) {
        let looked_at = self.found().map(|found| found.looked_at).sum();
        (looked_at, self.found().map(|found| found.total).sum())
    }
}

impl Services {
    /// Looks at the jobs that are meant in the queues that are meant, up to a bound, and says what would become of them.
    ///
    /// # Errors
    ///
    /// Not found for a queue that is not there or outside the scope, or for a family without a queue in it.
    pub async fn review_many_queues(
        &self,
        operator: &Operator,
        operation: Operation,
        filter: &JobFilter,
        choice: QueueChoice,
    ) -> Result<ManyQueuesDryRun, ServiceError> {
        for action in [Action::Operate(operation), Action::OperateMany] {
            self.check_may_anywhere(operator, action).await?;
        }
        let states = filter.kept_states();
        let has_jobs =
            |figures: &QueueFigures| states.iter().any(|state| figures.counts.of(*state) > 0);
        let chosen = self.chosen_queues(operator, choice, has_jobs).await?;
        for queue in &chosen.queues {
            self.check_may_operate_many(operator, operation, queue)
                .await?;
        }
        let totals = self.totals_meant(&chosen.queues, filter).await?;
        let (full, empty): (Vec<_>, Vec<_>) = chosen
            .queues
            .into_iter()
            .zip(totals)
            .partition(|(_, total)| *total > 0);
        let queues: Vec<QueueId> = full.into_iter().map(|(queue, _)| queue).collect();
        let mut review = self.review_of(operator, &queues, operation, filter).await?;
        review.without = chosen.without + empty.len();
        Ok(review)
    }

    /// The queues that are meant, in their order; of those that a filter finds, only those that `takes` takes.
    pub(in crate::service) async fn chosen_queues(
        &self,
        operator: &Operator,
        choice: QueueChoice,
        takes: impl Fn(&QueueFigures) -> bool,
    ) -> Result<ChosenQueues, ServiceError> {
        let mut chosen = ChosenQueues::default();
        match choice {
            QueueChoice::Named(named) => {
                check_queues(&named).map_err(ServiceError::Bad)?;
                let mut seen = HashSet::new();
                let each_once = named.into_iter().filter(|queue| seen.insert(queue.clone()));
                chosen.queues = each_once.collect();
            }
            QueueChoice::Family { prefix, name } => {
                let versions = self.versions(operator, &prefix, &name, ["", ""]).await?;
                let queues = versions.iter().map(|version| version.figures.queue.clone());
                chosen.queues = queues.collect();
            }
            QueueChoice::Filtered(wanted) => {
                self.overview.ready().await;
                let snapshot = self.overview.now();
                let seen = snapshot.queues.iter().map(|version| &version.figures);
                for figures in seen.filter(|figures| operator.scope().holds(&figures.queue)) {
                    if !wanted.wants(figures) {
                        continue;
                    }
                    match takes(figures) {
                        true => chosen.queues.push(figures.queue.clone()),
                        false => chosen.without += 1,
                    }
                }
            }
        }
        check_room(&chosen.queues).map_err(ServiceError::Bad)?;
        Ok(chosen)
    }

    /// The dry run in these queues, where it was checked that it may be asked for.
    pub(super) async fn review_of(
        &self,
        operator: &Operator,
        queues: &[QueueId],
        operation: Operation,
        filter: &JobFilter,
    ) -> Result<ManyQueuesDryRun, ServiceError> {
        let busy = self.busy_queues(operator).await?;
        let most = MOST_LOOKED_AT / (queues.len() as u64).max(1);
        let reviews: Vec<BoxFuture<'_, Result<QueueDryRun, ServiceError>>> = queues
            .iter()
            .map(|queue| {
                let run = busy.get(queue).cloned();
                self.review_one(operator, queue, run, (operation, filter), most)
                    .boxed()
            })
            .collect();
        let reviews = stream::iter(reviews).buffered(AT_ONCE);
        let found: Vec<Result<QueueDryRun, ServiceError>> = reviews.collect().await;
        Ok(ManyQueuesDryRun {
            queues: found.into_iter().collect::<Result<_, _>>()?,
            without: 0,
        })
    }

    /// The dry run in one queue, which is left out if a run has it.
    async fn review_one(
        &self,
        operator: &Operator,
        queue: &QueueId,
        run: Option<Option<RunId>>,
        (operation, filter): (Operation, &JobFilter),
        most: u64,
    ) -> Result<QueueDryRun, ServiceError> {
        let found = match run {
            Some(run) => Err(LeftOut::Busy(run)),
            None => match self
                .review_jobs(operator, queue, operation, filter, most)
                .await
            {
                Err(ServiceError::Store(error)) => match skipped_queue(&error) {
                    Some(why) => Err(LeftOut::Unreadable(why)),
                    None => return Err(error.into()),
                },
                found => Ok(found?),
            },
        };
        let queue = queue.clone();
        Ok(QueueDryRun { queue, found })
    }

    /// The queues that a run under way has, with the run's id where this person may see it.
    async fn busy_queues(
        &self,
        operator: &Operator,
    ) -> Result<HashMap<QueueId, Option<RunId>>, ServiceError> {
        let runs = self.store.runs().await?.into_iter();
        let mut busy = HashMap::new();
        for run in runs.filter(|run| run.state.is_under_way()) {
            for queue in run.queues() {
                let id = sees(operator, &run).then(|| run.id.clone());
                busy.insert(queue.clone(), id);
            }
        }
        Ok(busy)
    }
}

/// The queues that are meant.
#[derive(Debug, Default)]
pub(in crate::service) struct ChosenQueues {
    /// Which.
    pub queues: Vec<QueueId>,
    /// How many more the filter finds that are not taken.
    pub without: usize,
}

/// Whether there is a queue at all, and not too many.
pub(super) fn check_queues(queues: &[QueueId]) -> Result<(), String> {
    match queues.is_empty() {
        true => Err(NO_QUEUE.to_owned()),
        false => check_room(queues),
    }
}

/// Whether one run has room for the queues.
fn check_room(queues: &[QueueId]) -> Result<(), String> {
    let count = queues.len();
    if count > MOST_QUEUES {
        return Err(format!(
            "{count} queues are meant, and at most {MOST_QUEUES} can be changed at once. Filter the overview by name first."
        ));
    }
    let bytes = |queue: &QueueId| queue.prefix().len() + queue.name().len();
    let bytes: usize = queues.iter().map(bytes).sum();
    if bytes > MOST_BYTES && count > 1 {
        return Err(format!(
            "The names of the {count} queues have {bytes} bytes together, and {MOST_BYTES} are allowed. Filter the overview by name first."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(count: usize, name: &str) -> Vec<QueueId> {
        let queue = |at| QueueId::new("bull", &format!("{name}{at}")).unwrap();
        (0..count).map(queue).collect()
    }

    #[test]
    fn a_run_has_a_bounded_number_of_queues_and_a_bounded_record() {
        assert!(check_queues(&[]).is_err());
        assert!(check_queues(&queues(MOST_QUEUES, "q")).is_ok());
        assert!(check_queues(&queues(MOST_QUEUES + 1, "q")).is_err());
        let long = "n".repeat(MOST_BYTES / 10);
        assert!(check_queues(&queues(9, &long)).is_ok());
        let refused = check_queues(&queues(10, &long)).unwrap_err();
        assert!(refused.contains("bytes"), "{refused}");
    }
}
