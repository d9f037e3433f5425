//! What was found last, and how long it is kept: between one letter and the next, and for all who type the same.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Cache, as_it_cost};
use crate::domain::access::scope::Scope;
use crate::domain::job::job_ref::JobRef;
use crate::service::audit::deep_looks::DeepLooks;
use crate::store::error::StoreError;

/// How long the list of users is kept for those who type.
const USERS_FOR: Duration = Duration::from_secs(2);

/// For how many texts and scopes what was found is kept.
const KEPT: usize = 256;

/// What is kept: the jobs that were found, by the scope, the text, and the effort.
pub(crate) type KeptJobs = Cache<(Scope, String, Effort), Arc<JobsFound>, StoreError>;

/// An empty cache.
pub(crate) fn kept_jobs() -> KeptJobs {
    Cache::new(KEPT, as_it_cost)
}

/// The jobs with an id, and how far the search for them went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JobsFound {
    /// The jobs, those named with their queue first.
    pub(crate) found: Vec<JobRef>,
    /// In how many queues they were looked for, and how many the person may see.
    pub(crate) looked_at: usize,
    pub(crate) of: usize,
    /// Whether the search ended because it had found enough.
    pub(crate) has_enough: bool,
}

impl JobsFound {
    /// Whether every queue was looked at.
    pub(crate) fn is_complete(&self) -> bool {
        !self.has_enough && self.looked_at >= self.of
    }
}

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Effort {
    /// While a person types: jobs are looked for only by what looks like an id.
    Typing,
    /// A person asked for the answers.
    Asked,
}

impl Effort {
    /// How many answers of each kind are shown.
    pub(crate) fn answers(self) -> usize {
        match self {
            Self::Typing => 6,
            Self::Asked => 50,
        }
    }

    /// How many readings of an id are tried.
    pub(super) fn ids(self) -> usize {
        match self {
            Self::Typing => 1,
            Self::Asked => 3,
        }
    }

    /// How many commands the search for jobs takes at most, beside those for jobs that are named with their queue.
    pub(super) fn commands(self) -> usize {
        match self {
            Self::Typing => 10_000,
            Self::Asked => 30_000,
        }
    }
}

/// What is kept between one letter and the next.
#[derive(Debug)]
pub(crate) struct Finds {
    pub(super) jobs: KeptJobs,
    pub(super) users: Cache<(), Arc<Vec<String>>, StoreError>,
    pub(super) turns: DeepLooks,
}

impl Default for Finds {
    fn default() -> Self {
        Self {
            jobs: kept_jobs(),
            users: Cache::new(1, |_| USERS_FOR),
            turns: DeepLooks::default(),
        }
    }
}
