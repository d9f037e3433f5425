//! One file a use case, read top to bottom. Nothing here knows HTTP or Redis's commands.
//!
//! What a person asked for and got is a value of the use case's own type. What keeps it from being answered at all is
//! a [`ServiceError`], which the web turns into a page in one place.

pub mod accounts;
pub mod audit;
mod cache;
pub mod edit;
pub mod jobs;
pub mod live;
pub mod memory_budget;
pub mod runs;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};

use crate::domain::access::{Action, Denied, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::redact::Redactor;
use crate::domain::job::{JobId, hex};
use crate::domain::queue::QueueId;
use crate::domain::versions::VersionPattern;
use crate::domain::versions::retire::Policy;
use crate::store::records::brief_cache::BriefCache;
use crate::store::records::sign_in_attempts::SignInAttempts;
use crate::store::records::users::User;
use crate::store::schema_folder::SchemaFolder;
use crate::store::{Store, StoreError};
use accounts::first_admin::FirstAdminLink;
use accounts::passwords::{HashFailed, Passwords};
use accounts::verify_turns::VerifyTurns;
use audit::repeats::Repeats;
use audit::unwritten::UnwrittenEntries;
use jobs::watch::JobWatches;
use live::handle::LiveHandle;
use memory_budget::MemoryBudget;
use versions::compare::Comparisons;
use versions::family::FamilySamples;

/// The rules a team sets for itself.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Nothing is ever written to Redis.
    pub read_only: bool,
    /// An edit needs a schema to be checked against.
    pub require_schema: bool,
    /// An edit needs a reason.
    pub require_reason: bool,
    /// The largest data a job may be given, in bytes.
    pub max_data_bytes: u64,
    /// How names split into family and version.
    pub pattern: VersionPattern,
    /// Members of job data whose values the audit log keeps only as keyed hashes; `*` is a wildcard.
    pub redact: Vec<String>,
    /// The key of those hashes; `None` for one kept in Redis.
    pub redaction_key: Option<String>,
    /// A session ends this long after signing in, used or not.
    pub session_absolute: Duration,
    /// For how long nothing may have happened in a version that is retired.
    pub retire_quiet: Duration,
    /// The families whose versions are retired by themselves.
    pub auto_retire: Vec<Policy>,
}

/// All use cases, and what they share.
#[derive(Debug)]
pub struct Services {
    store: Arc<Store>,
    schemas: Arc<SchemaFolder>,
    overview: LiveHandle,
    job_feeds: Arc<JobWatches>,
    comparisons: Comparisons,
    families: FamilySamples,
    rules: Rules,
    passwords: Passwords,
    redactor: OnceCell<Redactor>,
    users: BriefCache<String, Option<User>>,
    throttle: SignInAttempts,
    /// Tries from networks that are throttled: of these nothing is written.
    throttled_tries: SignInAttempts,
    verify_turns: VerifyTurns,
    set_up: FirstAdminLink,
    /// For editing and reading large texts, and for sending them as they are stored.
    room: MemoryBudget,
    downloads: MemoryBudget,
    repeats: Repeats,
    unwritten: UnwrittenEntries,
    /// The turns of pages that look far through the audit log.
    deep_looks: Semaphore,
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The person may not; the refusal is in the audit log.
    #[error("{0}")]
    Denied(Denied),
    /// The person was refused so often of late that they have to wait this long.
    #[error("too many requests were refused; wait {} s", .0.as_secs() + 1)]
    TooManyRefusals(Duration),
    /// There is no such thing, or none that this person may know of.
    #[error("there is no {0}")]
    NotFound(String),
    /// What was asked for can't be meant.
    #[error("{0}")]
    Bad(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// There is no room for it now; nothing was done.
    #[error("{0}")]
    Busy(String),
    /// The stored data is larger than may be edited, both in bytes.
    #[error("the stored data has {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// What is stored.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// Something of ours is broken.
    #[error("{0}")]
    Broken(String),
}

impl ServiceError {
    /// What happened, for the record of a run: of what the store says only the meaning.
    fn words(&self) -> String {
        match self {
            Self::Store(error) => error.for_record(),
            other => other.to_string(),
        }
    }
}

impl Services {
    /// Puts the use cases together.
    pub fn new(
        store: Arc<Store>,
        schemas: Arc<SchemaFolder>,
        overview: LiveHandle,
        rules: Rules,
    ) -> Self {
        let throttle = match rules.read_only {
            true => SignInAttempts::in_memory(random_token()),
            false => SignInAttempts::in_redis(Arc::clone(&store), random_token()),
        };
        Self {
            store,
            schemas,
            overview,
            job_feeds: Arc::default(),
            comparisons: Comparisons::default(),
            families: FamilySamples::default(),
            rules,
            passwords: Passwords::default(),
            redactor: OnceCell::new(),
            users: BriefCache::default(),
            throttle,
            throttled_tries: SignInAttempts::in_memory(random_token()),
            verify_turns: VerifyTurns::default(),
            set_up: FirstAdminLink::default(),
            room: MemoryBudget::default(),
            downloads: MemoryBudget::default(),
            repeats: Repeats::default(),
            unwritten: UnwrittenEntries::default(),
            deep_looks: Semaphore::new(audit::log::DEEP_AT_ONCE),
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The store, for what needs no rule: whether Redis answers.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Room for large texts that are edited or shown.
    pub fn room(&self) -> &MemoryBudget {
        &self.room
    }

    /// Room for large texts that are sent as they are stored, which may take a slow reader long.
    pub fn downloads(&self) -> &MemoryBudget {
        &self.downloads
    }

    /// The shared snapshot.
    pub fn overview(&self) -> &LiveHandle {
        &self.overview
    }

    /// Permission to do `action` on `queue`, or the refusal with its audit entry.
    async fn permit(
        &self,
        operator: &Operator,
        action: Action,
        queue: &QueueId,
        job: Option<&JobId>,
    ) -> Result<Permit, ServiceError> {
        let permit = match operator.permit(action, queue) {
            Ok(permit) => permit,
            Err(denied) => {
                let stop = self.refuse(operator, action, denied, Some(queue), job);
                return Err(stop.await);
            }
        };
        if let Some(job) = job.filter(|job| job.as_str().contains(':'))
            && self.store.is_another_queues(queue, job).await?
        {
            return Err(ServiceError::NotFound(format!("job {:?}", job.as_str())));
        }
        if let Some(job) = job
            && let Some(no_job) = self.store.is_no_job(queue, job).await?
        {
            let (id, queue) = (job.as_str(), queue.name());
            return Err(ServiceError::NotFound(format!(
                "job {id:?} in {queue:?}: {no_job}"
            )));
        }
        Ok(permit)
    }

    /// Permission where no single queue is meant, or the refusal with its audit entry.
    async fn permit_anywhere(
        &self,
        operator: &Operator,
        action: Action,
    ) -> Result<Permit, ServiceError> {
        match operator.permit_anywhere(action) {
            Ok(permit) => Ok(permit),
            Err(denied) => Err(self.refuse(operator, action, denied, None, None).await),
        }
    }

    async fn refuse(
        &self,
        operator: &Operator,
        action: Action,
        denied: Denied,
        queue: Option<&QueueId>,
        job: Option<&JobId>,
    ) -> ServiceError {
        let act = match action {
            Action::EditData => AuditAction::EditData,
            Action::Retry => AuditAction::Retry,
            Action::ChangeOwnPassword => AuditAction::ChangePassword,
            Action::PinVersion => AuditAction::PinVersion,
            Action::RetireVersion => AuditAction::RetireVersion,
            Action::MoveJobs => AuditAction::MoveJobs,
            Action::View | Action::ReadAudit | Action::ManageUsers => AuditAction::Read,
        };
        let mut entry = Entry::new(operator, act, AuditOutcome::Denied).because(&denied);
        if let Some(queue) = queue {
            entry = entry.on_queue(queue);
        }
        if let Some(job) = job {
            entry = entry.on_job(job, None);
        }
        if let Some(wait) = self.note(&entry).await {
            // Whether there is such a thing, and why it was refused, is the same for all of these.
            return ServiceError::TooManyRefusals(wait);
        }
        match (denied, queue) {
            // To a person outside its scope a queue does not exist.
            (Denied::Hidden, Some(queue)) => {
                ServiceError::NotFound(format!("queue {:?}", queue.name()))
            }
            (denied, _) => ServiceError::Denied(denied),
        }
    }

    /// What hides the values that the audit log may not hold.
    async fn redactor(&self) -> Result<&Redactor, StoreError> {
        self.redactor
            .get_or_try_init(|| async {
                let key = match &self.rules.redaction_key {
                    Some(key) => key.clone(),
                    None if self.rules.redact.is_empty() => String::new(),
                    None => self.store.redaction_key(&random_token()).await?,
                };
                Ok(Redactor::new(&self.rules.redact, key.as_bytes()))
            })
            .await
    }
}

/// 32 random bytes in hex: a link nobody can guess, a key nobody has.
pub fn random_token() -> String {
    hex(&rand::random::<[u8; 32]>())
}
