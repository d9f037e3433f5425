//! A scheduler as a person sets it up: the fields of the form, what they mean, and how BullMQ stores it.

pub(crate) mod carried;
pub mod fields;
mod id;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod timing;

use std::collections::HashMap;

use serde_json::Value;

use super::scheduler::{PendingJob, Scheduler, SchedulerId, SchedulerKind};
use super::upcoming::{ScheduleWords, Upcoming};
use crate::domain::job::new_job::options::JobOptions;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
pub(crate) use id::scheduler_id;
use timing::Timing;

/// An option of a scheduler's jobs as BullMQ stores it: its name and its value.
pub type TemplateOption = (String, Value);

/// A scheduler that is to be created or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct SchedulerSetup {
    /// The name of its jobs.
    pub name: String,
    /// When they are due.
    pub timing: Timing,
    /// Their options.
    pub options: Vec<TemplateOption>,
}

/// The options of the jobs, from the form and those that no field has, which stay as they are.
///
/// # Errors
/// What is wrong with each field that is wrong.
pub fn template_options(
    typed: &HashMap<String, String>,
    kept: &[TemplateOption],
    queue: &QueueId,
    now: u64,
) -> Result<Vec<TemplateOption>, Vec<ParameterFault>> {
    let own = |name: &&String| fields::TEMPLATE.contains(&name.as_str());
    let typed = typed.iter().filter(|(name, _)| own(name));
    let typed = typed.map(|(name, text)| (name.clone(), text.clone()));
    let options = JobOptions::parse(&typed.collect(), queue, now)?;
    let pairs: Vec<TemplateOption> = serde_json::from_str(&options.pairs()).unwrap_or_default();
    Ok(pairs.into_iter().chain(kept.iter().cloned()).collect())
}

impl Timing {
    /// The next `most` runs of a scheduler that is set up so at `now`, in place of `before` if there is one.
    pub fn upcoming(
        &self,
        (queue, id): (&QueueId, &SchedulerId),
        dialect: Dialect,
        before: Option<&Scheduler>,
        now: u64,
        most: usize,
    ) -> Upcoming {
        let waits = |one: &&Scheduler| one.pending.as_ref().is_some_and(PendingJob::is_waiting);
        let stays = before
            .filter(waits)
            .filter(|before| self.is_timing_of(before))
            .filter(|before| !self.immediately && self.end.is_none_or(|end| before.next <= end));
        let first = match stays {
            Some(before) => Some(before.next),
            None => self.first_runs(dialect, now, 1).first().copied(),
        };
        let Some(next) = first else {
            return Upcoming {
                runs: Vec::new(),
                note: String::new(),
            };
        };
        self.scheduler((queue, id), dialect, next)
            .upcoming(now, most)
    }

    /// When the jobs are due, in words.
    pub fn words(&self, at: (&QueueId, &SchedulerId), dialect: Dialect) -> ScheduleWords {
        self.scheduler(at, dialect, 0).words()
    }

    /// A scheduler that is set up so, whose next job is due at `next`.
    fn scheduler(
        &self,
        (queue, id): (&QueueId, &SchedulerId),
        dialect: Dialect,
        next: u64,
    ) -> Scheduler {
        let pending = JobId::new("next").map(|id| PendingJob {
            id,
            state: Some(JobState::Delayed),
        });
        Scheduler {
            queue: queue.clone(),
            id: id.clone(),
            kind: SchedulerKind::Scheduler,
            dialect,
            name: String::new(),
            schedule: self.schedule.clone(),
            offset: 0,
            next,
            start: self.start,
            end: self.end,
            limit: self.limit,
            made: Some(1),
            counted: Some(1),
            template_sizes: [0, 0],
            pending,
        }
    }
}
