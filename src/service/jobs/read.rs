//! Reads one job: its page, its large texts, its log. Nothing here writes.

use super::FOLD_ABOVE;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::job::flow::Relative;
use crate::domain::job::{Job, JobId, JobState, JobText, LogLine};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::versions::VersionedName;
use crate::service::Services;
use crate::service::audit::settled_intents::SettledIntents;
use crate::service::audit::visibility::seen_by;
use crate::service::error::ServiceError;
use crate::service::hidden_values::mask_line;
use crate::store::bullmq::jobs::neighbors::Neighbors;

/// How many log lines a page shows.
pub(crate) const LOG_PAGE: u64 = 100;

/// How many of a job's audit entries its page shows.
const HISTORY: u64 = 20;

/// A job, with everything that its page shows.
#[derive(Debug)]
pub struct JobPage {
    /// The job's queue, as counted last.
    pub queue: QueueFigures,
    /// The queue's family, version and label.
    pub lineage: VersionedName,
    /// The job.
    pub job: Job,
    /// The failed jobs beside it, if it is failed.
    pub neighbors: Neighbors,
    /// The first lines of its log.
    pub log: Vec<LogLine>,
    /// Its audit entries, newest first, for those who may read them.
    pub history: Option<Vec<LoggedEntry>>,
    /// Whether the entries can't be read because their key has another type.
    pub history_unreadable: bool,
}

impl Services {
    /// A job with everything that its page shows.
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
                    // The entries without the names of queues outside the operator's scope.
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
        let job = job.ok_or_else(|| no_job(queue, id))?;
        let (mut job, hidden) = self.shown_job(operator, queue, job).await?;
        let mut log = log;
        log.iter_mut().for_each(|line| mask_line(line, &hidden));
        hide_relatives(&mut job, operator);
        // After that: nothing is asked of a queue out of sight.
        self.store.find_pending(&mut job.children).await?;
        self.look_up_relatives(&job);
        let neighbors = match job.state {
            JobState::Failed => self.store.failed_neighbors(queue, id).await?,
            _ => Neighbors::default(),
        };
        Ok(JobPage {
            neighbors,
            queue: figures,
            lineage: self.rules.pattern.split(queue.name()),
            job,
            log,
            history,
            history_unreadable,
        })
    }

    /// One of a job's texts, in full, with the values masked that are hidden from this person.
    pub async fn job_text(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> Result<Vec<u8>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        self.shown_text(operator, (queue, id), text)
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
        self.check_job_exists(queue, id).await?;
        let (_, hidden) = self.hidden_values(operator, queue, id).await?;
        let mut lines = self.store.job_log(queue, id, from, LOG_PAGE).await?;
        lines.iter_mut().for_each(|line| mask_line(line, &hidden));
        Ok(lines)
    }

    /// One line of a job's log, in full.
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
        let line = line
            .ok_or_else(|| ServiceError::NotFound(format!("line {} in the log of {id}", at + 1)))?;
        let (_, hidden) = self.hidden_values(operator, queue, id).await?;
        Ok(hidden.in_line(line))
    }

    /// The size of one of a job's texts, in bytes.
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

    /// Checks that there is such a job; the caller has checked the person's rights.
    pub(crate) async fn check_job_exists(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<(), ServiceError> {
        match self.store.job_exists(queue, id).await? {
            true => Ok(()),
            false => Err(no_job(queue, id)),
        }
    }

    /// A flow into another queue names that queue, which may not be known yet.
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
}

/// Removes relatives in queues that this person may not see, also from the total.
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

/// The error for a job that does not exist.
pub(crate) fn no_job(queue: &QueueId, id: &JobId) -> ServiceError {
    ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
}
