//! Reading: the jobs of a queue, one job, its large texts, its log. Nothing here writes.

use crate::domain::access::{Action, Operator};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::job::flow::Relative;
use crate::domain::job::{Job, JobId, JobRow, JobState, JobText, LogLine};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::versions::VersionedName;
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::service::Services;
use crate::service::audit::settled_intents::SettledIntents;
use crate::service::audit::visibility::seen_by;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::{SnapshotId, VersionFigures};

/// Texts above this size are folded: measured, and loaded when asked for.
pub(crate) const FOLD_ABOVE: u64 = 256 * 1024;

/// The sizes a page of jobs may have.
pub(crate) const PAGE_SIZES: [u64; 4] = [25, 50, 100, 200];

/// How many log lines a page shows.
pub(crate) const LOG_PAGE: u64 = 100;

/// How many of a job's audit entries its page shows.
const HISTORY: u64 = 20;

/// A queue with one page of the jobs in one state.
#[derive(Debug)]
pub struct QueuePage {
    /// The queue, counted just now.
    pub queue: VersionFigures,
    /// The snapshot that what was heard of it belongs to.
    pub mark: SnapshotId,
    /// Which state's jobs.
    pub state: JobState,
    /// The rows.
    pub rows: Vec<JobRow>,
}

/// A job with what its page shows beside it.
#[derive(Debug)]
pub struct JobPage {
    /// The queue it is in, as it was counted last.
    pub queue: QueueFigures,
    /// Family, version and label.
    pub lineage: VersionedName,
    /// The job.
    pub job: Job,
    /// The first lines of its log.
    pub log: Vec<LogLine>,
    /// Its audit history, newest first, for those who may read it.
    pub history: Option<Vec<LoggedEntry>>,
    /// Whether that can't be read, since a key holds something else.
    pub history_unreadable: bool,
}

impl Services {
    /// The jobs of `state`, or of the first state that holds any, from row `from` on.
    pub async fn queue_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        state: Option<JobState>,
        from: u64,
        size: u64,
    ) -> Result<QueuePage, ServiceError> {
        let (seen, mark) = self.counts_at(operator, queue).await?;
        let state = state.unwrap_or_else(|| most_telling(&seen.figures));
        let rows = self.store.list_jobs(queue, state, from, size).await?;
        Ok(QueuePage {
            queue: seen,
            mark,
            state,
            rows,
        })
    }

    /// A queue as it is counted now, without its jobs.
    pub async fn queue_counts(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<VersionFigures, ServiceError> {
        Ok(self.counts_at(operator, queue).await?.0)
    }

    /// A queue as it is counted now, and the snapshot that what was heard of it belongs to.
    async fn counts_at(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(VersionFigures, SnapshotId), ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        self.know(queue).await?;
        // What was heard is taken before counting: what comes between is then told as new, and nothing is left out.
        let snapshot = self.overview.now();
        let figures = self.queue_figures(queue).await?;
        let counted = match snapshot.queue(queue) {
            Some(seen) => VersionFigures {
                figures,
                ..seen.clone()
            },
            None => VersionFigures {
                lineage: self.rules.pattern.split(queue.name()),
                figures,
                found: snapshot.mark.number,
                changed: snapshot.mark.number,
                arrivals: Default::default(),
                series: None,
                standing: LifecycleStatus::default(),
                meant: None,
            },
        };
        Ok((counted, snapshot.mark))
    }

    /// Whether there is such a queue that this person may look at.
    pub async fn check_queue(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        self.know(queue).await
    }

    /// Has the snapshot hold a queue that is there, or says that it is not. Whoever asks was found to be permitted.
    pub(crate) async fn know(&self, queue: &QueueId) -> Result<(), ServiceError> {
        if self.overview.now().queue(queue).is_some() {
            return Ok(());
        }
        if !self.store.queue_exists(queue).await? {
            return Err(no_queue(queue));
        }
        self.overview.meet(queue).await;
        Ok(())
    }

    /// A job and what belongs to it.
    pub async fn job_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<JobPage, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        let may_read_audit = operator.may(Action::ReadAudit, queue);
        let history = async {
            match may_read_audit {
                true => {
                    let entries = self.store.audit_history(queue, id, 0, HISTORY).await?;
                    let unreadable = entries.is_none();
                    let entries = entries.unwrap_or_default();
                    let mut settling = SettledIntents::default();
                    // One that came from a queue out of sight does not name it.
                    let shown = entries
                        .into_iter()
                        .filter_map(|entry| settling.show(entry))
                        .filter_map(|entry| seen_by(operator, entry));
                    Ok((Some(shown.collect()), unreadable))
                }
                false => Ok((None, false)),
            }
        };
        let read = async {
            Ok(tokio::try_join!(
                self.store.job(queue, id, FOLD_ABOVE),
                self.store.job_log(queue, id, 0, LOG_PAGE),
                history,
            )?)
        };
        let (figures, (job, log, (history, history_unreadable))) =
            tokio::try_join!(self.known_figures(queue), read)?;
        let mut job = job.ok_or_else(|| no_job(queue, id))?;
        hide_relatives(&mut job, operator);
        self.look_up_relatives(&job);
        Ok(JobPage {
            queue: figures,
            lineage: self.rules.pattern.split(queue.name()),
            job,
            log,
            history,
            history_unreadable,
        })
    }

    /// The whole of one of a job's texts.
    pub async fn job_text(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> Result<Vec<u8>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        self.store
            .job_text(queue, id, text)
            .await?
            .ok_or_else(|| no_job(queue, id))
    }

    /// A page of a job's log, oldest line first.
    pub async fn job_log(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        from: u64,
    ) -> Result<Vec<LogLine>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        Ok(self.store.job_log(queue, id, from, LOG_PAGE).await?)
    }

    /// One line of a job's log, however long.
    pub async fn job_log_line(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        at: u64,
    ) -> Result<Vec<u8>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        let line = self.store.job_log_line(queue, id, at).await?;
        line.ok_or_else(|| ServiceError::NotFound(format!("line {} in the log of {id}", at + 1)))
    }

    /// How many bytes one of a job's texts has.
    pub async fn text_size(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> Result<u64, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        Ok(self.store.text_size(queue, id, text).await?)
    }

    /// A flow that ends in another queue names it, known or not.
    fn look_up_relatives(&self, job: &Job) {
        let children = job.children.iter().map(|child| &child.relative);
        for relative in job.parent.iter().chain(children) {
            let is_looked_under = self.store.prefixes().contains(&relative.prefix);
            if let (true, Ok(queue)) = (
                is_looked_under,
                QueueId::new(&relative.prefix, &relative.queue),
            ) {
                self.overview.look_up(&queue);
            }
        }
    }

    /// The figures of the snapshot where it has the queue: a job's page only names its queue, and counting it again
    /// would be a third of all that the page asks of Redis.
    async fn known_figures(&self, queue: &QueueId) -> Result<QueueFigures, ServiceError> {
        self.know(queue).await?;
        match self.overview.now().queue(queue) {
            Some(seen) => Ok(seen.figures.clone()),
            None => self.queue_figures(queue).await,
        }
    }

    async fn queue_figures(&self, queue: &QueueId) -> Result<QueueFigures, ServiceError> {
        let looked = self.store.figures(std::slice::from_ref(queue)).await?;
        let figures = looked.into_iter().next().map(|looked| looked.figures);
        let figures = figures.ok_or_else(|| no_queue(queue))?;
        // Workers come from the snapshot: a CLIENT LIST for every page would cost Redis more than all else.
        let snapshot = self.overview.now();
        let seen = snapshot.queue(queue).map(|seen| &seen.figures);
        Ok(QueueFigures {
            workers: seen.and_then(|seen| seen.workers),
            unnamed_workers: seen.is_some_and(|seen| seen.unnamed_workers),
            worker_seen: seen.and_then(|seen| seen.worker_seen),
            ..figures
        })
    }
}

/// A relative in a queue that this person may not know of is not named, neither here nor in a number.
fn hide_relatives(job: &mut Job, operator: &Operator) {
    let seen = |relative: &Relative| {
        QueueId::new(&relative.prefix, &relative.queue)
            .is_ok_and(|queue| operator.scope().holds(&queue))
    };
    job.parent = job.parent.take().filter(seen);
    let all = job.children.len();
    job.children.retain(|child| seen(&child.relative));
    if job.children.len() < all {
        job.children_total = job.children.len() as u64;
    }
}

/// The state to open a queue with: the first of these that holds a job.
fn most_telling(figures: &QueueFigures) -> JobState {
    [
        JobState::Failed,
        JobState::Waiting,
        JobState::Paused,
        JobState::Active,
        JobState::Prioritized,
        JobState::Delayed,
        JobState::WaitingChildren,
        JobState::Completed,
    ]
    .into_iter()
    .find(|state| figures.counts.of(*state) > 0)
    .unwrap_or(JobState::Waiting)
}

fn no_queue(queue: &QueueId) -> ServiceError {
    ServiceError::NotFound(format!("queue {:?}", queue.name()))
}

fn no_job(queue: &QueueId, id: &JobId) -> ServiceError {
    ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
}
