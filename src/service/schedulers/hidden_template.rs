//! Schedulers whose template holds values that are hidden from a person.

use super::set::stored::StoredScheduler;
use crate::domain::access::{Action, Operator};
use crate::domain::job::Payload;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

impl Services {
    /// Refuses someone who changes a scheduler, if the data of its template or of its next job holds values that are hidden
    /// from them: the form would have to hold them.
    pub(super) async fn check_sees_template(
        &self,
        operator: &Operator,
        queue: &QueueId,
        stored: &StoredScheduler,
    ) -> Result<(), ServiceError> {
        let hiding = self.sight(operator, queue).await.of_any_job().clone();
        if hiding.is_nothing() {
            return Ok(());
        }
        let edited = self.edited_next_job(&stored.scheduler).await?;
        let data: Vec<Vec<u8>> = edited
            .map(|job| job.data)
            .into_iter()
            .chain([stored.data().to_vec()])
            .collect();
        let size = data.iter().map(Vec::len).sum();
        let hides = run_blocking(size, move || {
            data.iter().any(|data| *hiding.mask(data) != **data)
        });
        match hides.await? {
            true => self.check_may(operator, Action::Reveal, queue, None).await,
            false => Ok(()),
        }
    }

    /// A scheduler's revision as a person is told it. Where values are hidden from them it is hashed with a key: from a plain
    /// digest and the rest of the scheduler, a short value could be guessed.
    pub(super) async fn told_revision(
        &self,
        operator: &Operator,
        queue: &QueueId,
        revision: String,
    ) -> Result<String, ServiceError> {
        match self.sight(operator, queue).await.shows_all() {
            true => Ok(revision),
            false => Ok(self.redactor_for(queue, None).await?.seal(&revision)),
        }
    }

    /// The data and the options of a template as a person may see them.
    pub(super) async fn shown_template(
        &self,
        operator: &Operator,
        queue: &QueueId,
        [data, options]: [Payload; 2],
    ) -> Result<[Payload; 2], ServiceError> {
        let hiding = self.sight(operator, queue).await.of_any_job().clone();
        if hiding.is_nothing() {
            return Ok([data, options]);
        }
        let size = usize::try_from(data.size()).unwrap_or(usize::MAX);
        run_blocking(size, move || {
            let values = match &data {
                Payload::Loaded(data) => hiding.values(Some(data)),
                Payload::Folded(0) => hiding.values(Some(b"{}")),
                Payload::Folded(_) => hiding.values(None),
            };
            let data = match data {
                Payload::Loaded(data) => Payload::Loaded(hiding.mask(&data).into_owned()),
                folded => folded,
            };
            let options = match options {
                Payload::Loaded(options) => Payload::Loaded(values.in_bytes(options)),
                folded => folded,
            };
            [data, options]
        })
        .await
    }
}
