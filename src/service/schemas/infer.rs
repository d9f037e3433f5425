//! Learns a schema from the data of a queue's completed jobs. The result is a draft: nothing is put in force.
//!
//! The jobs are spread evenly over all that are kept, so that the oldest count as much as the newest. Their number, the size
//! of each one's data and the size of all are bounded.

use std::collections::BTreeMap;

use super::check_draft::{DraftCheck, check_draft};
use crate::domain::access::{Action, Operator};
use crate::domain::audit::redact::Redactor;
use crate::domain::job::JobState;
use crate::domain::json::Document;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::schema::Schema;
use crate::domain::schema::compatibility::share;
use crate::domain::schema::infer::Inference;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::samples::outstanding::{Outstanding, Wanted};
use crate::store::schema_folder::path_of;

/// How many completed jobs a schema is learned from, unless asked otherwise.
pub(crate) const USUAL_SAMPLES: u64 = 500;

/// The most completed jobs that a schema is learned from.
pub(crate) const MOST_SAMPLES: u64 = 5_000;

/// No schema is learned from fewer jobs.
pub(crate) const FEWEST_SAMPLES: u64 = 5;

/// A schema that is learned from fewer jobs says little.
pub(crate) const FEW_SAMPLES: u64 = 50;

/// Larger data, in bytes, is not read.
pub(crate) const LARGEST_SAMPLE: u64 = 64_000;

/// How many bytes of data are read in all.
pub(crate) const MOST_READ: u64 = 16_000_000;

/// How many times as many jobs are looked at where only those of one name count.
const LOOKED_FOR_NAME: u64 = 4;

/// How many names are listed.
const MOST_NAMES: usize = 50;

/// The states of the jobs that a draft is tried on.
const TRIED: [JobState; 5] = [
    JobState::Waiting,
    JobState::Paused,
    JobState::Prioritized,
    JobState::Delayed,
    JobState::Failed,
];

/// How many jobs a draft is tried on.
pub(crate) const MOST_TRIED: u64 = 500;

/// Which schema is asked for.
#[derive(Debug, Clone)]
pub struct InferRequest {
    /// The queue whose jobs it is learned from.
    pub queue: QueueId,
    /// The name of the jobs that count; all if there is none.
    pub name: Option<String>,
    /// How many completed jobs it is to rest on.
    pub samples: u64,
    /// Whether it tells the smallest and largest numbers and sizes.
    pub ranges: bool,
}

/// What was learned.
#[derive(Debug, Default)]
pub struct Inferred {
    /// How many jobs of the queue are completed.
    pub completed: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// How many the schema rests on.
    pub jobs: u64,
    /// How many of those with the name asked for have data that is not JSON, or nested too deep.
    pub not_json: u64,
    /// How many of those have data that was too large to be read.
    pub too_large: u64,
    /// The names of the jobs that were looked at, with their number, the commonest first.
    pub names: Vec<(String, u64)>,
    /// The schema; `None` if there were too few jobs.
    pub schema: Option<String>,
    /// The file in the folder of schemas in which it would be in force.
    pub file: String,
    /// Which waiting and failed jobs would break it.
    pub check: DraftCheck,
}

impl Services {
    /// Learns a schema from completed jobs and tries it on waiting and failed ones.
    pub async fn infer_schema(
        &self,
        operator: &Operator,
        request: &InferRequest,
    ) -> Result<Inferred, ServiceError> {
        let queue = &request.queue;
        self.check_may(operator, Action::View, queue, None).await?;
        if !(FEWEST_SAMPLES..=MOST_SAMPLES).contains(&request.samples) {
            return Err(ServiceError::Bad(format!(
                "A schema is learned from {FEWEST_SAMPLES} to {MOST_SAMPLES} jobs, not from {}.",
                request.samples
            )));
        }
        if !self.store.queue_exists(queue).await? {
            return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
        }
        // A schema tells types, formats and sets of values of all data.
        if !self.sight(operator, queue).await.shows_all() {
            self.check_may(operator, Action::Reveal, queue, None)
                .await?;
        }
        let _turn = self.schema_looks.turn().await;
        let counts = self.queue_figures(queue).await?.counts;
        let completed = self.completed_jobs(request, &counts).await?;
        let tried = self.tried_jobs(queue, &counts).await?;
        let file = path_of(
            &self.rules.pattern.split(queue.name()),
            request.name.as_deref(),
        );
        // Only its names are asked for, so that no key is needed.
        let redactor = Redactor::new(&self.rules.redact, b"");
        let request = request.clone();
        let completed_count = counts.of(JobState::Completed);
        // Never on this thread, however small: many documents are parsed and checked.
        let learned = run_blocking(usize::MAX, move || {
            let hides = |name: &str| redactor.hides(name);
            let mut inferred = learn(&request, completed, &hides);
            inferred.completed = completed_count;
            inferred.file = file;
            if let Some(text) = &inferred.schema
                && let Ok(schema) = Schema::compile(&inferred.file, text)
            {
                let name = request.name.as_deref();
                inferred.check = check_draft(&schema, name, tried, &counts);
            }
            inferred
        });
        learned.await
    }

    async fn completed_jobs(
        &self,
        request: &InferRequest,
        counts: &Counts,
    ) -> Result<Vec<Outstanding>, ServiceError> {
        let most = match request.name {
            Some(_) => (request.samples * LOOKED_FOR_NAME).min(MOST_SAMPLES),
            None => request.samples,
        };
        let of = counts.of(JobState::Completed);
        let wanted = [Wanted {
            state: JobState::Completed,
            of,
            jobs: of.min(most),
        }];
        let read = self
            .store
            .outstanding(&request.queue, &wanted, LARGEST_SAMPLE, MOST_READ);
        Ok(read.await?)
    }

    async fn tried_jobs(
        &self,
        queue: &QueueId,
        counts: &Counts,
    ) -> Result<Vec<Outstanding>, ServiceError> {
        let counted = TRIED.map(|state| (state, counts.of(state)));
        let wanted: Vec<Wanted> = share(&counted, MOST_TRIED)
            .into_iter()
            .map(|(state, jobs)| Wanted {
                state,
                of: counts.of(state),
                jobs,
            })
            .collect();
        let read = self
            .store
            .outstanding(queue, &wanted, LARGEST_SAMPLE, MOST_READ);
        Ok(read.await?)
    }
}

fn learn(
    request: &InferRequest,
    jobs: Vec<Outstanding>,
    hides: &(dyn Fn(&str) -> bool + Sync),
) -> Inferred {
    let mut inferred = Inferred::default();
    let mut inference = Inference::new(hides);
    let mut names: BTreeMap<String, u64> = BTreeMap::new();
    for job in jobs {
        inferred.looked_at += 1;
        let is_asked = request.name.as_ref().is_none_or(|name| *name == job.name);
        *names.entry(job.name).or_default() += 1;
        if !is_asked || inference.documents() == request.samples {
            continue;
        }
        let Some(data) = job.data else {
            inferred.too_large += 1;
            continue;
        };
        let text = String::from_utf8_lossy(&data);
        let learned = Document::parse(&text).and_then(|document| inference.add(&document));
        inferred.not_json += u64::from(learned.is_err());
    }
    inferred.jobs = inference.documents();
    inferred.names = names.into_iter().collect();
    inferred
        .names
        .sort_by_key(|(_, jobs)| std::cmp::Reverse(*jobs));
    inferred.names.truncate(MOST_NAMES);
    if inferred.jobs >= FEWEST_SAMPLES {
        let comment = comment(request, inferred.jobs);
        inferred.schema = Some(inference.schema(&comment, request.ranges));
    }
    inferred
}

/// What the schema says about itself.
fn comment(request: &InferRequest, jobs: u64) -> String {
    let queue = request.queue.name();
    let named = match &request.name {
        Some(name) => format!(" named {name:?}"),
        None => String::new(),
    };
    format!(
        "Draft, learned by Bullkeeper from {jobs} completed jobs{named} of {queue}. Read it before you use it."
    )
}
