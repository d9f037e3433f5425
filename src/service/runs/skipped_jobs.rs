//! The jobs that a run skips: how many for each reason, and the first of them by id.

use std::collections::BTreeMap;

use crate::clock::unix_millis;
use crate::domain::access::permission::Permission;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Skipped};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::runs::held::HeldRun;

/// How many skipped jobs are listed at most; a run's page shows the first of them, and its download all.
pub(crate) const LISTED: usize = 2_000;

/// How many bytes the ids of those may have together.
const LISTED_BYTES: usize = 256 * 1024;

/// The jobs that a run has skipped so far.
#[derive(Debug, Default)]
pub(crate) struct SkippedJobs {
    by_reason: BTreeMap<&'static str, u64>,
    listed: Vec<Skipped>,
    listed_bytes: usize,
}

impl SkippedJobs {
    /// Counts a job, and lists it if it is one of the first.
    pub(crate) fn add(&mut self, id: &JobId, why: &'static str) {
        self.add_in(0, id.as_str(), why);
    }

    /// The same for a job of one of the run's queues, by the place of that queue, or for a whole queue without a job.
    pub(crate) fn add_in(&mut self, queue: usize, job: &str, why: &'static str) {
        *self.by_reason.entry(why).or_default() += 1;
        self.listed_bytes += job.len();
        if self.listed.len() < LISTED && self.listed_bytes <= LISTED_BYTES {
            self.listed.push(Skipped {
                queue,
                job: job.to_owned(),
                why: why.to_owned(),
            });
        }
    }

    /// Writes them into the run's record; `false` if this process no longer holds the run.
    pub(crate) async fn write<A: Permission<Target = QueueId>>(
        &self,
        services: &Services,
        held: &HeldRun<A>,
    ) -> Result<bool, ServiceError> {
        let by_reason = self.by_reason.iter();
        let figures = Figures {
            stayed: by_reason
                .map(|(why, count)| ((*why).to_owned(), *count))
                .collect(),
            ..Figures::default()
        };
        let noted = services
            .store
            .note_stayed(held, unix_millis(), &figures, &self.listed);
        Ok(noted.await?)
    }
}
