//! A family: all its versions that one operator may see, side by side.
//!
//! Counts come from the shared snapshot. What has to be read for the page, samples of jobs, is found for each version
//! alone, kept for a while and shared by all who look; what one person sees is put together from the versions
//! in their scope, and nothing of another version is in it.

use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{self, StreamExt};

use super::family_samples::{AT_ONCE, VersionSample, sample};
use crate::domain::access::{Action, Operator};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
pub(crate) use crate::store::bullmq::samples::memory::WEIGHED_A_STATE;

/// The most versions that a page shows.
pub(crate) const MOST_VERSIONS: usize = 24;

/// A family as one operator sees it.
#[derive(Debug)]
pub struct Family {
    /// The prefix of its queues.
    pub prefix: String,
    /// The family's name.
    pub name: String,
    /// The snapshot that the figures are from.
    pub snapshot: Arc<Snapshot>,
    /// The versions that are shown, newest first.
    pub versions: Vec<Arc<VersionFigures>>,
    /// How many more are in the operator's scope.
    pub left_out: usize,
}

impl Services {
    /// The versions of a family that this operator may see.
    ///
    /// # Errors
    ///
    /// Not found if there is none. If that is because all are out of scope, the refusal is recorded.
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
                // Only for the refusal's entry: the answer is the same as for a family that does not exist.
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

    /// The versions of a family that this operator may see, newest first, from the snapshot; those in `named` are among
    /// them if they exist.
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

    /// If the snapshot has no version of a family, looks up those that it is likely to have and that this operator may see.
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

    /// Checks that this operator may see all of these queues, for a page that keeps showing them.
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

    /// The samples of each of `versions`, in their order.
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
        // What could not be read is kept too, as not known: asking again at once would only load Redis more.
        let find = async { Ok(Arc::new(find.await)) };
        let Ok(sample) = self.families.samples.get(figures.queue.clone(), find).await;
        sample
    }
}

/// The versions with outstanding jobs or workers, and the newest of the others, in their order.
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
