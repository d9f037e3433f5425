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

/// How many skipped jobs are listed.
const LISTED: usize = 200;

/// The jobs that a run has skipped so far.
#[derive(Debug, Default)]
pub(crate) struct SkippedJobs {
    by_reason: BTreeMap<&'static str, u64>,
    listed: Vec<Skipped>,
}

impl SkippedJobs {
    /// Counts a job, and lists it if it is one of the first.
    pub(crate) fn add(&mut self, id: &JobId, why: &'static str) {
        *self.by_reason.entry(why).or_default() += 1;
        if self.listed.len() < LISTED {
            self.listed.push(Skipped {
                job: id.as_str().to_owned(),
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
