//! One job, its texts and its log, as a person may see them.

use std::sync::Arc;

use crate::domain::access::Operator;
use crate::domain::job::{Job, JobId, JobText, LogLine, Payload};
use crate::domain::policy::mask::{HiddenValues, Hiding};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::watched::Tail;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};

/// What BullMQ reads where a job has no data.
const NO_DATA: &[u8] = b"{}";

impl Services {
    /// What is hidden from a person in the data of one job, and the values to be hidden in texts that were made from it.
    pub(crate) async fn hidden_values(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<(Hiding, HiddenValues), ServiceError> {
        let sight = self.sight(operator, queue).await;
        if sight.shows_all() {
            return Ok((Hiding::Nothing, HiddenValues::None));
        }
        let Some((job, _room)) = self.job_in_room(queue, id).await? else {
            return Ok((sight.of_any_job().clone(), HiddenValues::Unknown));
        };
        let hiding = sight.of_job(&job.name);
        if hiding.is_nothing() {
            return Ok((hiding, HiddenValues::None));
        }
        let is_read = job.size <= self.rules.max_data_bytes;
        let of_data = hiding.clone();
        let values = run_blocking(job.data.len(), move || {
            of_data.values(is_read.then_some(&job.data))
        });
        Ok((hiding, values.await?))
    }

    /// A job as a person may see it, with the values that are hidden in its log.
    pub(crate) async fn shown_job(
        &self,
        operator: &Operator,
        queue: &QueueId,
        mut job: Job,
    ) -> Result<(Job, HiddenValues), ServiceError> {
        let sight = self.sight(operator, queue).await;
        let hiding = sight.of_job(&job.summary.name);
        if hiding.is_nothing() {
            return Ok((job, HiddenValues::None));
        }
        let limit = self.rules.max_data_bytes;
        let mut room = None;
        let data = match job.text(JobText::Data) {
            Payload::Loaded(data) => Some(data.clone()),
            Payload::Folded(0) => Some(NO_DATA.to_vec()),
            Payload::Folded(size) if *size <= limit => {
                room = Some(self.room.take(DATA_TAKES * size, BRIEFLY).await?);
                self.store.job_text(queue, &job.id, JobText::Data).await?
            }
            Payload::Folded(_) => None,
        };
        let size = data.as_ref().map_or(0, Vec::len);
        run_blocking(size, move || {
            let values = hiding.values(data.as_deref());
            mask_job(&mut job, &hiding, &values);
            drop(room);
            (job, values)
        })
        .await
    }

    /// What was read of a watched job for all who watch it, as a person may see it.
    pub(crate) async fn shown_watched(
        &self,
        operator: &Operator,
        queue: &QueueId,
        job: Arc<Job>,
        tail: Arc<Tail>,
    ) -> Result<(Arc<Job>, Arc<Tail>), ServiceError> {
        let sight = self.sight(operator, queue).await;
        if sight.of_job(&job.summary.name).is_nothing() {
            return Ok((job, tail));
        }
        let (job, values) = self.shown_job(operator, queue, Job::clone(&job)).await?;
        let mut tail = Tail::clone(&tail);
        for line in &mut tail.lines {
            mask_line(line, &values);
        }
        Ok((Arc::new(job), Arc::new(tail)))
    }

    /// One of a job's texts as a person may see it. Data too large to be looked through is refused.
    pub(crate) async fn shown_text(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        which: JobText,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        if self.sight(operator, queue).await.shows_all() {
            return Ok(self.store.job_text(queue, id, which).await?);
        }
        let (hiding, values) = self.hidden_values(operator, queue, id).await?;
        if hiding.is_nothing() {
            return Ok(self.store.job_text(queue, id, which).await?);
        }
        let (size, limit) = (
            self.store.text_size(queue, id, which).await?,
            self.rules.max_data_bytes,
        );
        if size > limit {
            return Err(ServiceError::TooLarge { size, limit });
        }
        let Some(text) = self.store.job_text(queue, id, which).await? else {
            return Ok(None);
        };
        let shown = run_blocking(text.len(), move || match which {
            JobText::Data => hiding.mask(&text).into_owned(),
            JobText::FailedReason => {
                let text = String::from_utf8_lossy(&text);
                values.in_text(&text).into_owned().into_bytes()
            }
            _ => values.in_bytes(text),
        });
        Ok(Some(shown.await?))
    }
}

fn mask_job(job: &mut Job, hiding: &Hiding, values: &HiddenValues) {
    for which in JobText::ALL {
        let Payload::Loaded(text) = job.text(which) else {
            continue;
        };
        let shown = match which {
            JobText::Data => hiding.mask(text).into_owned(),
            JobText::FailedReason => {
                let text = String::from_utf8_lossy(text);
                values.in_text(&text).into_owned().into_bytes()
            }
            _ => values.in_bytes(text.clone()),
        };
        job.set_text(which, Payload::Loaded(shown));
    }
    let summary = &mut job.summary;
    summary.data = summary.data.take().map(|data| hiding.mask_text(data));
    summary.failed_reason = summary
        .failed_reason
        .take()
        .map(|reason| values.in_cut_text(&reason).into_owned());
}

/// Hides values in a line, which may be cut.
pub(crate) fn mask_line(line: &mut LogLine, values: &HiddenValues) {
    let shown = match line.left_out() > 0 {
        true => values.in_cut_text(&line.text),
        false => values.in_text(&line.text),
    };
    if shown != line.text {
        line.text = shown.into_owned();
    }
}
