//! Opening a part: its outline, and its text where that is not too large.

use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::edit::part::{BadPart, LARGEST_PART, Outline, find, outline};
use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::edit::assess::EditRejection;
use crate::service::edit::editable::no_job;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::undo::hides_something;

/// How many members of a value are shown at once.
const ROWS: usize = 100;

/// A part that was opened.
#[derive(Debug)]
pub struct OpenedPart {
    /// The job's name.
    pub name: String,
    /// Its state.
    pub state: JobState,
    /// The revision of the whole data.
    pub revision: Revision,
    /// The size of the whole data, in bytes.
    pub size: u64,
    /// What the value holds.
    pub outline: Outline,
    /// The value, pretty-printed; `None` if it is too large to be edited at once.
    pub text: Option<String>,
    /// Why the job can't be edited now, if so.
    pub refusal: Option<Refusal>,
    /// The schema that the whole data is checked against.
    pub schema: InForce,
}

impl Services {
    /// Opens a part of a job's data, with the members from the one with the index `from` on.
    pub async fn open_part(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        pointer: &str,
        from: usize,
    ) -> Result<Result<OpenedPart, BadPart>, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = match self.editable(queue, id).await? {
            Ok(job) => job,
            Err(EditRejection::StoredTooLarge { size, limit }) => {
                return Err(ServiceError::TooLarge { size, limit });
            }
            Err(_) => return Err(no_job(queue, id)),
        };
        let policy = self.data_policy(operator, queue, &job.name).await;
        if hides_something(&policy) {
            return Ok(Err(BadPart::Hidden));
        }
        let schema = policy.schema;
        let pointer = pointer.to_owned();
        run_blocking(job.data.len(), move || {
            let stored = std::str::from_utf8(&job.data).map_err(|_| BadPart::NotJson)?;
            let document = Document::parse(stored).map_err(|_| BadPart::NotJson)?;
            let at = find(&document, &pointer)?;
            let token = document.token(at);
            Ok(OpenedPart {
                outline: outline(&document, (at, &pointer), from, ROWS),
                text: (token.len() <= LARGEST_PART).then(|| pretty_or_raw(token)),
                revision: job.revision(),
                refusal: Refusal::of(job.state, job.locked),
                size: job.size,
                state: job.state,
                name: job.name,
                schema,
            })
        })
        .await
    }
}
