//! What a person may see of the data of jobs. Everything that is read of a job's data, or was made from it, goes through here
//! on its way to somebody: what comes after has no hidden value that it could show, match, count or compare.
//!
//! Where no policy hides anything, or the person may see hidden values, nothing more is read and nothing is parsed.

mod jobs;
mod rows;

pub(crate) use jobs::mask_line;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use strum::VariantArray;

use crate::domain::access::{Action, Actor, Operator};
use crate::domain::job::field::JobField;
use crate::domain::job::filter::JobFilter;
use crate::domain::policy::mask::Hiding;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::large_texts::blocking::spawn_blocking;
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

impl Services {
    /// What someone without the right to see hidden values may see of the jobs of `queue`.
    pub(crate) async fn sight_without_right(&self, queue: &QueueId) -> Sight {
        if self.schemas.is_empty() {
            return Sight::default();
        }
        let lineage = self.rules.pattern.split(queue.name());
        let hiding = match self.schemas.known_hiding(&lineage) {
            Some(known) => known,
            None => {
                let schemas = Arc::clone(&self.schemas);
                let look = spawn_blocking(move || schemas.hiding(&lineage));
                look.await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the policies can't be read, so all data is hidden");
                    QueueHiding::everything()
                })
            }
        };
        Sight {
            any: hiding.of_any_job(),
            hiding: (!hiding.is_nothing()).then(|| Arc::new(hiding)),
        }
    }

    /// What `operator` may see of the data of the jobs of `queue`. The command line, and what the settings have Bullkeeper do by
    /// itself, see all: whoever runs them has Redis itself.
    pub(crate) async fn sight(&self, operator: &Operator, queue: &QueueId) -> Sight {
        let sees_all = matches!(operator.actor(), Actor::CommandLine | Actor::Policy(_));
        match sees_all || operator.may(Action::Reveal, queue) {
            true => Sight::default(),
            false => self.sight_without_right(queue).await,
        }
    }

    /// What `operator` may see of the data of the jobs of some queues.
    pub(crate) async fn sights(&self, operator: &Operator, queues: &[QueueId]) -> Sights {
        let mut sights = HashMap::new();
        for queue in queues {
            let sight = self.sight(operator, queue).await;
            if !sight.shows_all() {
                sights.insert(queue.clone(), sight);
            }
        }
        Sights(sights)
    }

    /// A filter as the log and the pages of runs tell it: without what it looks for, where that may be a hidden value.
    pub(crate) async fn told_filter(&self, queues: &[QueueId], filter: &JobFilter) -> JobFilter {
        for queue in queues {
            if !self.sight_without_right(queue).await.shows_all() {
                return filter.without_values();
            }
        }
        filter.clone()
    }

    /// What is hidden from `operator` in the data of a job named `job`.
    pub(crate) async fn hiding(&self, operator: &Operator, queue: &QueueId, job: &str) -> Hiding {
        self.sight(operator, queue).await.of_job(job)
    }
}
