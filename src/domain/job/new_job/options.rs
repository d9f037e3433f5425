//! The options of a job that is to be added, and what the queue's BullMQ can do of them.

use super::fields::{DEDUPLICATION, JOB_ID, ON_FAILURE};
use super::keep::Keep;
use crate::domain::job::JobId;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::bullmq_version::BullmqVersion;

/// The options of a job, checked as BullMQ checks them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobOptions {
    /// How long it waits before it is due, in milliseconds; 0 for not at all.
    pub delay: u64,
    /// From 1, the most urgent, to 2,097,151; 0 for none.
    pub priority: u64,
    /// Whether it goes to the end from which workers take jobs.
    pub lifo: bool,
    /// How often it is tried; 0 where it is not said, which is once.
    pub attempts: u64,
    /// How long it waits after an attempt that failed.
    pub backoff: Option<Backoff>,
    /// Its own id; `None` to have one counted.
    pub id: Option<JobId>,
    /// What keeps jobs of the same deduplication id out.
    pub deduplication: Option<Deduplication>,
    /// Whether it stays once it has completed.
    pub remove_on_complete: Option<Keep>,
    /// Whether it stays once it has failed.
    pub remove_on_fail: Option<Keep>,
    /// The job that waits for it.
    pub parent: Option<Parent>,
}

/// How long a job waits after an attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    /// BullMQ's name for how it grows: `fixed` or `exponential`.
    pub kind: String,
    /// The first wait, in milliseconds.
    pub delay: u64,
}

/// What keeps jobs of the same deduplication id out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduplication {
    /// The id.
    pub id: String,
    /// For how long, in milliseconds; `None` until the job has finished.
    pub ttl: Option<u64>,
}

/// The job that waits for a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The job.
    pub job: JobRef,
    /// What becomes of it when the child fails: BullMQ's name of the option; `None` where it goes on waiting.
    pub on_failure: Option<&'static str>,
}

impl JobOptions {
    /// What the queue's BullMQ can't do, for each field.
    pub fn unsupported_by(&self, version: &BullmqVersion) -> Vec<ParameterFault> {
        let mut faults = Vec::new();
        let mut fault = |name, message: &str| {
            faults.push(ParameterFault {
                name,
                message: message.to_owned(),
            });
        };
        if version.is_before_5() {
            if self.deduplication.is_some() {
                fault(
                    DEDUPLICATION,
                    "BullMQ 4 keeps this queue, and it has no deduplication.",
                );
            }
            let on_failure = self.parent.as_ref().and_then(|parent| parent.on_failure);
            if matches!(
                on_failure,
                Some("ignoreDependencyOnFailure" | "continueParentOnFailure")
            ) {
                fault(
                    ON_FAILURE,
                    "BullMQ 4 keeps this queue, and it does not know this choice.",
                );
            }
        } else if let Some(id) = &self.id
            && !matches!(id.as_str().matches(':').count(), 0 | 2)
        {
            fault(
                JOB_ID,
                "BullMQ 5 and 6 take an id without a colon, or with exactly two.",
            );
        }
        faults
    }
}
