//! A scheduler as it is stored, read to be changed.

use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::{Scheduler, SchedulerId};
use crate::domain::schedulers::setup::stored::SchedulerTexts;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare, DATA_TAKES};
use crate::store::bullmq::schedulers::LONGEST_TEXT;

/// Larger options are not changed here, in bytes.
const LARGEST_OPTIONS: u64 = 64 * 1024;

/// A scheduler as it is stored.
#[derive(Debug)]
pub(crate) struct StoredScheduler {
    /// What its page shows.
    pub scheduler: Scheduler,
    /// The texts that a person may change.
    pub texts: SchedulerTexts,
    /// Their digest.
    pub revision: String,
    /// The memory that they take.
    pub room: BudgetShare,
}

impl StoredScheduler {
    /// The data of its jobs.
    pub(crate) fn data(&self) -> &[u8] {
        self.texts.data.as_deref().unwrap_or(b"{}")
    }

    /// The size of its large texts, in bytes: how much work it is to read and compare them.
    pub(crate) fn size(&self) -> usize {
        let options = self.texts.options.as_deref().unwrap_or_default();
        self.data().len() + options.len()
    }
}

impl Services {
    /// Reads a scheduler to be changed; `None` if there is none.
    pub(in crate::service::schedulers) async fn stored_scheduler(
        &self,
        queue: &QueueId,
        dialect: Dialect,
        id: &SchedulerId,
    ) -> Result<Option<StoredScheduler>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        let mut whole = 0;
        for (field, size) in self.store.scheduler_sizes(queue, id).await? {
            match field {
                "data" if size > limit => return Err(ServiceError::TooLarge { size, limit }),
                "data" => {}
                "opts" => check_size(field, size, LARGEST_OPTIONS)?,
                _ => check_size(field, size, LONGEST_TEXT)?,
            }
            whole += size;
        }
        // The next job's data is compared with that of the template, and kept where it differs.
        if let Some(scheduler) = self.store.scheduler(queue, dialect, id).await? {
            whole += self.next_job_size(&scheduler).await?.min(limit);
        }
        let room = self.room.take(DATA_TAKES * whole, BRIEFLY).await?;
        // The revision is older than what is shown beside it, never newer: a change in between makes it stale.
        let (texts, revision) = self.store.scheduler_texts(queue, id).await?;
        let scheduler = self.store.scheduler(queue, dialect, id).await?;
        Ok(scheduler.map(|scheduler| StoredScheduler {
            scheduler,
            texts,
            revision,
            room,
        }))
    }
}

fn check_size(field: &str, size: u64, limit: u64) -> Result<(), ServiceError> {
    match size > limit {
        true => Err(ServiceError::Bad(format!(
            "The field {field:?} of the stored scheduler has {size} bytes. At most {limit} can be read here."
        ))),
        false => Ok(()),
    }
}
