//! The use cases, one file each, to be read from top to bottom. Nothing here knows HTTP or Redis commands.
//!
//! The outcome of a use case is a value of its own type. What keeps a request from being answered at all is a
//! [`ServiceError`](error::ServiceError), which the web turns into a page in one place.

pub mod accounts;
pub mod alerts;
pub mod audit;
mod authorize;
pub mod background;
mod change_rates;
pub(crate) mod edit;
pub mod error;
pub mod failures;
pub(crate) mod find;
pub(crate) mod hidden_values;
pub mod history;
pub(crate) mod jobs;
pub(crate) mod large_texts;
pub(crate) mod leader;
pub mod live;
pub mod marks;
pub mod metrics;
pub mod proposals;
pub(crate) mod queue;
pub(crate) mod repair;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod schedulers;
pub(crate) mod schemas;
pub mod search;
pub(crate) mod server;
mod token_buckets;
pub(crate) mod undo;
pub(crate) mod undo_run;
pub(crate) mod upcoming;
pub(crate) mod versions;
pub(crate) mod wall;
pub(crate) mod workers;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::domain::audit::redact::Redactor;
use crate::domain::policy::mask::{HiddenPlaces, Hiding};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::brief_cache::{BriefCache, brief_cache};
use crate::store::records::sign_in_attempts::SignInAttempts;
use crate::store::records::users::User;
use crate::store::schema_folder::SchemaFolder;
use accounts::first_admin_link::FirstAdminLink;
use accounts::passwords::Passwords;
use accounts::token::random_token;
use accounts::verify_turns::VerifyTurns;
use alerts::readings::AlertReadings;
use audit::deep_looks::DeepLooks;
use audit::repeats::Repeats;
use audit::unwritten::UnwrittenEntries;
use background::readings::HealthReadings;
use background::task_records::TaskRecords;
use change_rates::ChangeRates;
use failures::readings::FailureReadings;
use find::readings::Finds;
use history::readings::HistoryReadings;
use jobs::watched::JobWatches;
use large_texts::memory_budget::MemoryBudget;
use leader::leadership::Leadership;
use live::handle::LiveHandle;
use metrics::counters::Counters;
use metrics::listed::QueueListing;
use proposals::readings::ProposalReadings;
use rules::Rules;
use runs::registry::RunRegistry;
use schedulers::readings::SchedulerReadings;
use search::turns::SearchTurns;
use server::readings::Readings;
use upcoming::due::UpcomingReadings;
use versions::compare::model::Comparisons;
use versions::family_samples::FamilySamples;

/// All use cases, and their shared state.
#[derive(Debug)]
pub struct Services {
    store: Arc<Store>,
    schemas: Arc<SchemaFolder>,
    overview: LiveHandle,
    run_kinds: RunRegistry<Services>,
    job_feeds: Arc<JobWatches>,
    comparisons: Comparisons,
    families: FamilySamples,
    readings: Readings,
    schedulers: SchedulerReadings,
    failures: FailureReadings,
    rules: Rules,
    passwords: Passwords,
    redactor: OnceCell<Redactor>,
    /// The same with a key in any case, for what policies hide.
    keyed_redactor: OnceCell<Redactor>,
    users: BriefCache<String, User>,
    throttle: SignInAttempts,
    /// Tries from throttled networks, which are not written to Redis.
    throttled_tries: SignInAttempts,
    verify_turns: VerifyTurns,
    set_up: FirstAdminLink,
    /// For editing and reading large texts, and for sending them as they are stored.
    room: MemoryBudget,
    downloads: MemoryBudget,
    /// The searches that run, and the memory budget for large fields that they read.
    search_turns: SearchTurns,
    search_room: MemoryBudget,
    repeats: Repeats,
    /// What each person has left of the changes of a minute.
    change_rates: ChangeRates,
    unwritten: UnwrittenEntries,
    /// The turns of pages that look far through the audit log.
    deep_looks: DeepLooks,
    /// The turns of pages that look through the log of a job.
    log_looks: DeepLooks,
    /// The turns of pages that learn a schema from many jobs.
    schema_looks: DeepLooks,
    finds: Finds,
    upcoming: UpcomingReadings,
    /// What waits for a second person.
    pending: ProposalReadings,
    leadership: Leadership,
    history: HistoryReadings,
    /// What this process did, for `/metrics`.
    counters: Counters,
    /// How the background tasks do.
    tasks: Arc<TaskRecords>,
    /// Who leads, and how far the history is recorded.
    health: HealthReadings,
    listing: QueueListing,
    /// What is known of alerts.
    alerts: AlertReadings,
}

impl Services {
    /// Puts the use cases together.
    pub(crate) fn new(
        store: Arc<Store>,
        schemas: Arc<SchemaFolder>,
        overview: LiveHandle,
        rules: Rules,
        run_kinds: RunRegistry<Services>,
    ) -> Self {
        let throttle = match rules.read_only {
            true => SignInAttempts::in_memory(random_token()),
            false => SignInAttempts::in_redis(Arc::clone(&store), random_token()),
        };
        let listing = QueueListing::new(rules.metrics_queues);
        Self {
            store,
            schemas,
            overview,
            run_kinds,
            job_feeds: Arc::default(),
            comparisons: Comparisons::default(),
            families: FamilySamples::default(),
            readings: Readings::default(),
            schedulers: SchedulerReadings::default(),
            failures: FailureReadings::default(),
            rules,
            passwords: Passwords::default(),
            redactor: OnceCell::new(),
            keyed_redactor: OnceCell::new(),
            users: brief_cache(),
            throttle,
            throttled_tries: SignInAttempts::in_memory(random_token()),
            verify_turns: VerifyTurns::default(),
            set_up: FirstAdminLink::default(),
            room: MemoryBudget::default(),
            downloads: MemoryBudget::default(),
            search_turns: SearchTurns::default(),
            search_room: MemoryBudget::default(),
            repeats: Repeats::default(),
            change_rates: ChangeRates::default(),
            unwritten: UnwrittenEntries::default(),
            deep_looks: DeepLooks::default(),
            log_looks: DeepLooks::default(),
            schema_looks: DeepLooks::default(),
            finds: Finds::default(),
            upcoming: UpcomingReadings::default(),
            pending: ProposalReadings::default(),
            leadership: Leadership::default(),
            history: HistoryReadings::default(),
            counters: Counters::default(),
            tasks: Arc::default(),
            health: HealthReadings::default(),
            listing,
            alerts: AlertReadings::default(),
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The store, for requests without rules: whether Redis answers.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// How the background tasks do.
    pub(crate) fn tasks(&self) -> &Arc<TaskRecords> {
        &self.tasks
    }

    /// The memory budget for large texts that are edited or shown.
    pub fn room(&self) -> &MemoryBudget {
        &self.room
    }

    /// The memory budget for large texts that are sent as they are stored; a slow reader may hold its share long.
    pub fn downloads(&self) -> &MemoryBudget {
        &self.downloads
    }

    /// The shared snapshot.
    pub fn overview(&self) -> &LiveHandle {
        &self.overview
    }

    /// The redactor of the audit log.
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

    /// The redactor of the audit log for the data of jobs of a queue: of those named `job`, or of any name. What a policy calls
    /// sensitive is hidden there from everybody.
    pub(crate) async fn redactor_for(
        &self,
        queue: &QueueId,
        job: Option<&str>,
    ) -> Result<Redactor, StoreError> {
        let sight = self.sight_without_right(queue).await;
        let hiding = match job {
            Some(job) => sight.of_job(job),
            None => sight.of_any_job().clone(),
        };
        let places = match hiding {
            Hiding::Nothing => return self.redactor().await.cloned(),
            Hiding::Places(places) => HiddenPlaces::clone(&places),
            Hiding::Everything => HiddenPlaces::everything(),
        };
        let keyed = self.keyed_redactor.get_or_try_init(|| async {
            let key = match &self.rules.redaction_key {
                Some(key) => key.clone(),
                None => self.store.redaction_key(&random_token()).await?,
            };
            Ok::<_, StoreError>(Redactor::new(&self.rules.redact, key.as_bytes()))
        });
        Ok(keyed.await?.hiding(&places))
    }

    /// The redactors for the data of jobs with these names, by name.
    pub(crate) async fn redactors_for(
        &self,
        queue: &QueueId,
        names: impl Iterator<Item = String>,
    ) -> Result<HashMap<String, Redactor>, StoreError> {
        let mut redactors = HashMap::new();
        for name in names {
            if let Entry::Vacant(place) = redactors.entry(name) {
                let redactor = self.redactor_for(queue, Some(place.key())).await?;
                place.insert(redactor);
            }
        }
        Ok(redactors)
    }
}
