//! What one person may see of the data of jobs: the values that others work with.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use strum::VariantArray;

use crate::domain::job::field::JobField;
use crate::domain::policy::mask::Hiding;
use crate::domain::queue::QueueId;
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};
use crate::store::schema_folder::QueueHiding;

/// Larger data, in bytes, is not read to look for hidden values in what was made from it, where many jobs are read.
pub(crate) const LARGEST_OF_MANY: u64 = 64 * 1024;

/// What one person may see of the data of the jobs of a queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sight {
    /// What is hidden from them; `None` for nothing.
    hiding: Option<Arc<QueueHiding>>,
    /// What is hidden in the data of jobs of any name.
    any: Hiding,
}

impl Sight {
    /// What someone may see from whom this is hidden.
    pub(super) fn without(hiding: QueueHiding) -> Self {
        Self {
            any: hiding.of_any_job(),
            hiding: (!hiding.is_nothing()).then(|| Arc::new(hiding)),
        }
    }

    /// Whether nothing is hidden.
    pub(crate) fn shows_all(&self) -> bool {
        self.hiding.is_none()
    }

    /// What is hidden in the data of jobs of this name.
    pub(crate) fn of_job(&self, name: &str) -> Hiding {
        self.hiding
            .as_ref()
            .map_or(Hiding::Nothing, |hiding| hiding.of_job(name))
    }

    /// What is hidden in the data of jobs of any name.
    pub(crate) fn of_any_job(&self) -> &Hiding {
        &self.any
    }

    /// What has to be read of a job so that it can be shown: its name, and its data with every text that was made from it.
    pub(crate) fn fields(&self, wanted: WalkFields) -> WalkFields {
        let mut read = JobField::VARIANTS
            .iter()
            .filter(|field| wanted.has(**field));
        match !self.shows_all() && read.any(|field| is_of_data(*field)) {
            true => wanted
                .with(JobField::Name, u64::MAX)
                .with(JobField::Data, LARGEST_OF_MANY),
            false => wanted,
        }
    }

    /// The job as this person may see it.
    pub(crate) fn shown<'j>(&self, job: &'j WalkedJob) -> Cow<'j, WalkedJob> {
        if self.shows_all() {
            return Cow::Borrowed(job);
        }
        match self.of_job(&job.name()) {
            Hiding::Nothing => Cow::Borrowed(job),
            hiding => Cow::Owned(job.masked(&hiding)),
        }
    }
}

/// What is hidden of the jobs of some queues; equal for all from whom the same is hidden. Answers that are kept for many are
/// kept apart by it.
pub(crate) type HiddenFrom = Vec<(QueueId, Hiding)>;

/// What one person may see of the data of the jobs of some queues.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sights(HashMap<QueueId, Sight>);

impl Sights {
    /// Those of these queues of which they may not see all.
    pub(super) fn new(sights: HashMap<QueueId, Sight>) -> Self {
        Self(sights)
    }

    /// What they may see of a queue's jobs.
    pub(crate) fn of(&self, queue: &QueueId) -> Sight {
        self.0.get(queue).cloned().unwrap_or_default()
    }

    /// What is hidden from them.
    pub(crate) fn key(&self) -> HiddenFrom {
        let hidden = self.0.iter();
        let mut hidden: HiddenFrom = hidden
            .map(|(queue, sight)| (queue.clone(), sight.any.clone()))
            .collect();
        hidden.sort_by(|(one, _), (other, _)| one.cmp(other));
        hidden
    }
}

/// Whether a field is a job's data, or a text that may quote it.
pub(crate) fn is_of_data(field: JobField) -> bool {
    matches!(
        field,
        JobField::Data
            | JobField::Options
            | JobField::ReturnValue
            | JobField::FailedReason
            | JobField::Stacktrace
    )
}
