//! What the form that adds a job begins with: another job of the queue, the newest of a name, or the schema in force. Nothing
//! here writes.

use std::collections::HashMap;

use crate::domain::access::{Action, Operator};
use crate::domain::job::new_job::carried::carried_over;
use crate::domain::job::row::ListOrder;
use crate::domain::job::{JobId, JobState, JobText};
use crate::domain::json::pretty_or_raw;
use crate::domain::policy::PolicyInForce;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::BudgetShare;

/// How many of the newest jobs of each state are looked through for names.
const LOOKED_AT: u64 = 50;

/// How many names are offered.
const MOST_NAMES: usize = 50;

/// Larger options are not read, in bytes.
const LARGEST_OPTIONS: u64 = 64 * 1024;

/// The states, those first in which jobs are newest.
const STATES: [JobState; 8] = [
    JobState::Waiting,
    JobState::Paused,
    JobState::Active,
    JobState::Prioritized,
    JobState::Delayed,
    JobState::Completed,
    JobState::Failed,
    JobState::WaitingChildren,
];

/// What the form begins with.
#[derive(Debug, Default)]
pub struct Prefill {
    /// The job's name.
    pub name: String,
    /// Its data, pretty-printed if it is JSON.
    pub data: String,
    /// Its options, by the names of their fields.
    pub typed: HashMap<String, String>,
    /// Where the data comes from, in our words.
    pub from: String,
    /// The options of the job it comes from that the form can't hold.
    pub left: Vec<String>,
    /// The memory that the data takes.
    pub room: BudgetShare,
}

/// A job seen in the queue.
struct Seen {
    name: String,
    id: JobId,
    added: u64,
}

impl Services {
    /// A form filled in from a job of the queue.
    pub async fn prefill_from_job(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Prefill, ServiceError> {
        self.check_may(operator, Action::AddJob, queue, Some(id))
            .await?;
        self.know(queue).await?;
        let mut prefill = self.data_to_copy(operator, queue, id).await?;
        let size = self.store.text_size(queue, id, JobText::Options).await?;
        let options = match size <= LARGEST_OPTIONS {
            true => self.store.job_text(queue, id, JobText::Options).await?,
            false => {
                prefill
                    .left
                    .push("all of its options, which are too large".to_owned());
                None
            }
        };
        let sees = |other: &QueueId| operator.may(Action::AddJob, other);
        let (_, hidden) = self.hidden_values(operator, queue, id).await?;
        let options = hidden.in_bytes(options.unwrap_or_default());
        let (typed, left) = carried_over(&options, queue, sees);
        prefill.typed = typed;
        prefill.left.extend(left);
        prefill.from = format!("job {id}");
        Ok(prefill)
    }

    /// The data of the newest job of this name, or of none if no such job was found.
    pub async fn prefill_from_newest(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
    ) -> Result<Option<Prefill>, ServiceError> {
        self.check_may_add(operator, queue).await?;
        let seen = self.jobs_seen(queue).await?;
        let newest = seen.into_iter().filter(|job| job.name == name);
        let Some(newest) = newest.max_by_key(|job| job.added) else {
            return Ok(None);
        };
        let filled = match self.data_to_copy(operator, queue, &newest.id).await {
            Ok(filled) => filled,
            // It went meanwhile, or is too large to be edited.
            Err(ServiceError::NotFound(_) | ServiceError::TooLarge { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Prefill {
            from: format!("job {}, the newest of this name", newest.id),
            ..filled
        }))
    }

    /// A document to begin with, from the schema in force for jobs of this name; `None` where there is none.
    pub async fn prefill_from_schema(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
    ) -> Result<Option<Prefill>, ServiceError> {
        self.check_may_add(operator, queue).await?;
        let InForce::Schema(schema) = self.schema_for(queue, name).await else {
            return Ok(None);
        };
        Ok(Some(Prefill {
            name: name.to_owned(),
            data: pretty_or_raw(&schema.example().to_string()),
            from: format!("the schema {}", schema.name()),
            ..Prefill::default()
        }))
    }

    /// The schema in force for jobs of this name, and the names of the queue's newest jobs.
    pub async fn about_new_jobs(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
    ) -> Result<(InForce, PolicyInForce, Vec<String>), ServiceError> {
        self.check_may_add(operator, queue).await?;
        let seen = self.jobs_seen(queue).await?;
        let mut names: Vec<String> = seen.into_iter().map(|job| job.name).collect();
        names.retain(|name| !name.is_empty() && !name.contains(char::is_control));
        names.sort();
        names.dedup();
        names.truncate(MOST_NAMES);
        let schema = self.schema_for(queue, name).await;
        Ok((schema, self.policy_for(queue, name).await, names))
    }

    /// The data of a job as this person may see it. Its masks stand for nothing in a new job, and have to be replaced.
    async fn data_to_copy(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Prefill, ServiceError> {
        let found = self.job_in_room(queue, id).await?;
        let (job, room) = found.ok_or_else(|| {
            ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
        })?;
        let limit = self.rules.max_data_bytes;
        if job.size > limit {
            let size = job.size;
            return Err(ServiceError::TooLarge { size, limit });
        }
        let hiding = self.hiding(operator, queue, &job.name).await;
        let data = job.data;
        let pretty = move || pretty_or_raw(&String::from_utf8_lossy(&hiding.mask(&data)));
        let size = usize::try_from(job.size).unwrap_or(usize::MAX);
        Ok(Prefill {
            name: job.name,
            data: run_blocking(size, pretty).await?,
            room,
            ..Prefill::default()
        })
    }

    async fn jobs_seen(&self, queue: &QueueId) -> Result<Vec<Seen>, ServiceError> {
        let mut seen = Vec::new();
        for state in STATES {
            let order = match state {
                JobState::Delayed | JobState::Prioritized => ListOrder::Reversed,
                _ => ListOrder::Usual,
            };
            let rows = self
                .store
                .list_jobs(queue, state, order, 0, LOOKED_AT)
                .await?;
            seen.extend(rows.into_iter().filter_map(|row| {
                let summary = row.summary?;
                Some(Seen {
                    name: summary.name,
                    id: row.id,
                    added: summary.added.unwrap_or(0),
                })
            }));
        }
        Ok(seen)
    }
}
