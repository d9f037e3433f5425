//! Which of the jobs that a walk meets a filter means, and what has to be read of them to know.

use crate::domain::job::field::JobField;
use crate::domain::job::filter::JobFilter;
use crate::domain::search::{Match, Query};
use crate::service::hidden_values::Sight;
use crate::service::search::request::LARGEST_SEARCHED;
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};

/// The longest reason of a failure that a filter looks at, in bytes.
const LONGEST_ERROR: u64 = 64 * 1024;

/// A filter whose query is read.
#[derive(Debug, Clone)]
pub(crate) struct ReadyFilter {
    filter: JobFilter,
    query: Option<Query>,
}

impl ReadyFilter {
    /// The filter, or what is wrong with its query.
    pub(crate) fn new(filter: &JobFilter) -> Result<Self, String> {
        Ok(Self {
            query: filter.parsed_query()?,
            filter: filter.clone(),
        })
    }

    /// What it has to know of each job; see also [`Sight::fields`].
    pub(crate) fn fields(&self) -> WalkFields {
        let needs = self.query.as_ref().map(Query::needs).unwrap_or_default();
        let mut fields = WalkFields::of(needs, LARGEST_SEARCHED);
        if !self.filter.name.is_empty() {
            fields = fields.with(JobField::Name, u64::MAX);
        }
        match self.filter.error.is_empty() {
            true => fields,
            false => fields.with(JobField::FailedReason, LONGEST_ERROR),
        }
    }

    /// Whether it means a job of its states, as far as someone with this sight can tell.
    pub(crate) fn judge(&self, job: &WalkedJob, sight: &Sight) -> Match {
        let job = &*sight.shown(job);
        let error = job.text(JobField::FailedReason);
        if !self.filter.wants(job.id.as_str(), &job.name(), &error) {
            return Match::No;
        }
        match &self.query {
            Some(query) => query.matches(&job.fields()),
            None => Match::Yes,
        }
    }

    /// Whether it means a job of its states for sure.
    pub(crate) fn wants(&self, job: &WalkedJob, sight: &Sight) -> bool {
        self.judge(job, sight) == Match::Yes
    }
}
