//! The data of a scheduler's next job, where it differs from the template: someone edited it. Changing or removing the scheduler
//! takes that job away, so the audit log has to keep its data.

use base16ct::lower::encode_string;
use sha1::{Digest, Sha1};

use super::read::TemplateText;
use crate::domain::job::{JobId, JobText};
use crate::domain::schedulers::scheduler::{PendingJob, Scheduler};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

/// What BullMQ gives a job of a scheduler without data.
const NO_DATA: &[u8] = b"{}";

/// A next job whose data differs from the template.
#[derive(Debug)]
pub(crate) struct EditedNextJob {
    /// Its id.
    pub id: JobId,
    /// Its data.
    pub data: Vec<u8>,
    /// The SHA-1 of its data, in hex: the script changes nothing if the data is no longer this.
    pub digest: String,
}

impl Services {
    /// The size of the data of the scheduler's next job while no worker has taken it, in bytes.
    pub(super) async fn next_job_size(&self, scheduler: &Scheduler) -> Result<u64, ServiceError> {
        match waiting_job(scheduler) {
            Some(job) => Ok(self
                .store
                .text_size(&scheduler.queue, job, JobText::Data)
                .await?),
            None => Ok(0),
        }
    }

    /// The scheduler's next job, if no worker has taken it and its data differs from the template.
    ///
    /// # Errors
    /// [`ServiceError::TooLarge`] if that data is larger than the audit log would keep.
    pub(super) async fn edited_next_job(
        &self,
        scheduler: &Scheduler,
    ) -> Result<Option<EditedNextJob>, ServiceError> {
        let Some(job) = waiting_job(scheduler) else {
            return Ok(None);
        };
        let (queue, id) = (&scheduler.queue, &scheduler.id);
        let (limit, field) = (self.rules.max_data_bytes, TemplateText::Data.field());
        let size = self.store.text_size(queue, job, JobText::Data).await?;
        let of_template = self.store.template_size(queue, id, field).await?;
        if size > limit {
            // The script compares them itself, and refuses if they differ.
            return match size == of_template {
                true => Ok(None),
                false => Err(ServiceError::TooLarge { size, limit }),
            };
        }
        let template = match of_template == size {
            true => self.store.template_text(queue, id, field).await?,
            false if of_template == 0 => None,
            // It differs in any case.
            false => Some(Vec::new()),
        };
        let Some(data) = self.store.job_text(queue, job, JobText::Data).await? else {
            return Ok(None);
        };
        if data == template.as_deref().unwrap_or(NO_DATA) && size > 0 {
            return Ok(None);
        }
        let (id, size) = (job.clone(), data.len());
        let digested = move || {
            let digest = encode_string(&Sha1::digest(&data));
            EditedNextJob { id, data, digest }
        };
        Ok(Some(run_blocking(size, digested).await?))
    }
}

fn waiting_job(scheduler: &Scheduler) -> Option<&JobId> {
    let pending = scheduler.pending.as_ref();
    pending
        .filter(|job| job.is_waiting())
        .map(|job: &PendingJob| &job.id)
}
