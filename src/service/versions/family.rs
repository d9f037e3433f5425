//! A family: all its versions that one person may see, side by side.
//!
//! Counts come from the shared snapshot. What has to be read for the page, samples of jobs, is found for each version
//! alone, kept for a while and shared by all who look ([`Cache`]); what one person sees is put together from the versions
//! in their scope, and nothing of another version is in it.

use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{self, StreamExt};

use super::schema_compatibility::FamilyCompatibility;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::queue::{Counts, QueueFigures, QueueId};
use crate::domain::stats::finished_jobs::FinishedSample;
use crate::domain::stats::memory::Memory;
use crate::domain::stats::retention_hint::RetentionHint;
use crate::service::Services;
use crate::service::cache::Cache;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::store::Store;
pub(crate) use crate::store::bullmq::samples::memory::WEIGHED_A_STATE;
use crate::store::error::StoreError;

/// A page shows no more versions than this side by side.
pub(crate) const MOST_VERSIONS: usize = 24;

/// How many of the newest finished jobs of a version are looked at.
pub(crate) const FINISHED_SAMPLE: usize = 500;

/// How many versions are looked at at once.
pub(crate) const AT_ONCE: usize = 4;

/// For how many versions, and pairs of them, what was found is kept.
const KEPT: usize = 512;

/// A family as one person sees it.
#[derive(Debug)]
pub struct Family {
    /// The prefix of its queues.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// What its versions were counted in.
    pub snapshot: Arc<Snapshot>,
    /// The versions that are shown, newest first.
    pub versions: Vec<Arc<VersionFigures>>,
    /// How many more there are in the person's scope.
    pub left_out: usize,
}

/// What samples of a version's jobs say.
#[derive(Debug, Clone, Default)]
pub struct VersionSample {
    /// Its newest finished jobs; `None` where they could not be read.
    pub finished: Option<FinishedSample>,
    /// What it takes of Redis's memory; `None` where Redis would not say.
    pub memory: Option<Memory>,
    /// Finished jobs that nothing removes.
    pub piles: Vec<RetentionHint>,
}

/// What was found for family pages, for a while.
#[derive(Debug)]
pub(crate) struct FamilySamples {
    samples: Cache<QueueId, Arc<VersionSample>>,
    pub(crate) fits: Cache<(QueueId, Vec<QueueId>), FamilyCompatibility>,
}

impl Default for FamilySamples {
    fn default() -> Self {
        Self {
            samples: Cache::new(KEPT),
            fits: Cache::new(KEPT),
        }
    }
}

impl Services {
    /// The versions of a family that this person may see.
    ///
    /// # Errors
    /// Not found where there is none, with an audit entry where that is so because all are out of scope.
    pub async fn family(
        &self,
        operator: &Operator,
        prefix: &str,
        name: &str,
    ) -> Result<Family, ServiceError> {
        self.overview.ready().await;
        self.know_family(operator, prefix, name).await?;
        let snapshot = self.overview.now();
        let (seen, hidden): (Vec<_>, Vec<_>) = snapshot
            .family(prefix, name)
            .cloned()
            .partition(|version| operator.may(Action::View, &version.figures.queue));
        if seen.is_empty() {
            if let Some(version) = hidden.first() {
                // Only for the refusal's entry: the answer is the one for a family that is not there.
                let queue = &version.figures.queue;
                let _refused = self.check_may(operator, Action::View, queue, None).await;
            }
            return Err(ServiceError::NotFound(format!("family {name:?}")));
        }
        let all = seen.len();
        let versions = those_shown(seen);
        Ok(Family {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
            left_out: all - versions.len(),
            versions,
            snapshot,
        })
    }

    /// The versions of a family that this person may know of, newest first, as the snapshot has them; those that are
    /// `named` and there among them.
    pub async fn versions(
        &self,
        operator: &Operator,
        prefix: &str,
        family: &str,
        named: [&str; 2],
    ) -> Result<Vec<Arc<VersionFigures>>, ServiceError> {
        let named = named.map(|name| QueueId::new(prefix, name).ok());
        for queue in named.into_iter().flatten() {
            let is_of_family = self.rules.pattern.split(queue.name()).family == family;
            if is_of_family && operator.scope().holds(&queue) {
                match self.know(&queue).await {
                    Ok(()) | Err(ServiceError::NotFound(_)) => {}
                    Err(stop) => return Err(stop),
                }
            }
        }
        self.know_family(operator, prefix, family).await?;
        let snapshot = self.overview.now();
        let versions: Vec<_> = snapshot
            .family(prefix, family)
            .filter(|version| operator.scope().holds(&version.figures.queue))
            .cloned()
            .collect();
        match versions.is_empty() {
            true => Err(ServiceError::NotFound(format!("family {family:?}"))),
            false => Ok(versions),
        }
    }

    /// Where the snapshot has no version of a family, asks for those that it is likely to have, and that this person may
    /// know of.
    async fn know_family(
        &self,
        operator: &Operator,
        prefix: &str,
        name: &str,
    ) -> Result<(), ServiceError> {
        if self.overview.now().family(prefix, name).next().is_some() {
            return Ok(());
        }
        let likely = self.rules.pattern.likely_first(name).into_iter();
        let queues = likely.filter_map(|name| QueueId::new(prefix, &name).ok());
        let seen = queues.filter(|queue| operator.scope().holds(queue));
        for queue in self.store.existing(seen.collect()).await? {
            self.overview.meet(&queue).await;
        }
        Ok(())
    }

    /// Whether this person may see all of these; for a page that goes on showing them.
    pub async fn check_family(
        &self,
        operator: &Operator,
        queues: &[QueueId],
    ) -> Result<(), ServiceError> {
        for queue in queues {
            self.check_may(operator, Action::View, queue, None).await?;
        }
        Ok(())
    }

    /// What samples of the jobs of each of `versions` say, in their order.
    pub async fn family_samples(
        &self,
        versions: &[Arc<VersionFigures>],
    ) -> Vec<Arc<VersionSample>> {
        let mut samples = Vec::with_capacity(versions.len());
        for version in versions {
            samples.push(self.version_sample(&version.figures).boxed());
        }
        stream::iter(samples).buffered(AT_ONCE).collect().await
    }

    async fn version_sample(&self, figures: &QueueFigures) -> Arc<VersionSample> {
        let find = sample(&self.store, &figures.queue, figures.counts);
        let kept = &self.families.samples;
        let find = async { Arc::new(find.await) };
        kept.get(figures.queue.clone(), find).await
    }
}

/// Those with jobs to be done or workers, and the newest of the others, in their order.
fn those_shown(versions: Vec<Arc<VersionFigures>>) -> Vec<Arc<VersionFigures>> {
    let mut places: Vec<usize> = (0..versions.len()).collect();
    places.sort_by_key(|place| {
        let figures = &versions[*place].figures;
        *place > 0 && figures.counts.outstanding() == 0 && figures.workers.unwrap_or(0) == 0
    });
    places.truncate(MOST_VERSIONS);
    places.sort_unstable();
    let shown = places.into_iter().map(|place| Arc::clone(&versions[place]));
    shown.collect()
}

async fn sample(store: &Store, queue: &QueueId, counts: Counts) -> VersionSample {
    let (finished, memory) = tokio::join!(
        store.newest_finished(queue, FINISHED_SAMPLE),
        store.memory(queue, &counts),
    );
    let finished = known(queue, finished).map(|(jobs, newest)| FinishedSample::of(&jobs, newest));
    let memory = known(queue, memory).flatten();
    let piles = finished.map_or_else(Vec::new, |finished| {
        let bytes = |state| memory.as_ref().map(|memory| memory.of(state));
        let piles = [JobState::Completed, JobState::Failed]
            .into_iter()
            .zip(finished.removal)
            .filter_map(|(state, of)| RetentionHint::of(state, counts.of(state), bytes(state), of));
        piles.collect()
    });
    VersionSample {
        finished,
        memory,
        piles,
    }
}

/// What was read; where it could not be, the page says that it is not known and shows everything else.
pub(crate) fn known<T>(queue: &QueueId, read: Result<T, StoreError>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%queue, %error, "a sample could not be read"))
        .ok()
}
