//! A job's log: pages of it from either end, filtered by a text, and all of it as a download.

use super::read::LOG_PAGE;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::job::log::{LogAsked, LogPart};
use crate::domain::policy::mask::HiddenValues;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare};
use crate::store::bullmq::jobs::log::part::LogStep;

/// The longest text that lines are filtered by, in bytes.
pub(crate) const LONGEST_FILTER: usize = 500;

/// What one download takes of the memory budget, in bytes: two of the parts that it is sent in.
const A_DOWNLOAD: u64 = 1024 * 1024;

/// A download of a log, in parts.
#[derive(Debug)]
pub struct LogDownload {
    queue: QueueId,
    id: JobId,
    next: u64,
    step: LogStep,
    hidden: HiddenValues,
    _room: BudgetShare,
}

impl Services {
    /// A page of a job's log.
    pub async fn log_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        asked: &LogAsked,
    ) -> Result<LogPart, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        self.check_job_exists(queue, id).await?;
        if asked.text.len() > LONGEST_FILTER {
            return Err(ServiceError::Bad(format!(
                "The text to filter by may have {LONGEST_FILTER} bytes at most."
            )));
        }
        let _turn = match asked.text.is_empty() {
            true => None,
            false => self.log_looks.turn().await,
        };
        // Lines are filtered as they are shown: a hidden value can't be looked for.
        let (_, hidden) = self.hidden_values(operator, queue, id).await?;
        let shown = |line| hidden.in_line(line);
        let part = self.store.log_part(queue, id, asked, LOG_PAGE, &shown);
        Ok(part.await?)
    }

    /// Begins a download of a job's whole log.
    pub async fn begin_log_download(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<LogDownload, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        self.check_job_exists(queue, id).await?;
        Ok(LogDownload {
            queue: queue.clone(),
            id: id.clone(),
            next: 0,
            step: self.store.log_step(queue, id).await?,
            hidden: self.hidden_values(operator, queue, id).await?.1,
            _room: self.downloads.take(A_DOWNLOAD, BRIEFLY).await?,
        })
    }

    /// The next part of a download, with a line feed after each line; `None` at the end.
    pub async fn log_download_part(
        &self,
        download: &mut LogDownload,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        let LogDownload {
            queue,
            id,
            next,
            step,
            hidden,
            ..
        } = download;
        let lines = self.store.whole_log_lines(queue, id, *next, step).await?;
        if lines.is_empty() {
            return Ok(None);
        }
        *next += lines.len() as u64;
        let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
        for line in lines {
            bytes.extend(hidden.in_line(line));
            bytes.push(b'\n');
        }
        Ok(Some(bytes))
    }
}
