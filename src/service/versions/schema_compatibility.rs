//! Whether the outstanding jobs of one version would pass another's schema, in both directions: can new workers take old
//! jobs, and is a rollback possible? Nothing is changed, and the check runs off the async threads.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{self, StreamExt};

use super::family_samples::{AT_ONCE, FamilyCompatibility, known};
use crate::domain::job::JobState;
use crate::domain::policy::mask::Hiding;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::schema::compatibility::{Compatibility, Tally, share};
use crate::domain::schema::in_force::InForce;
use crate::domain::versions::VersionedName;
use crate::service::Services;
use crate::service::hidden_values::Sight;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::live::snapshot::VersionFigures;
use crate::store::Store;
use crate::store::bullmq::samples::outstanding::{Outstanding, Wanted};
use crate::store::schema_folder::SchemaFolder;

/// How many outstanding jobs of a version are checked against another's schema; all if there are no more.
pub(crate) const CHECKED: u64 = 500;

/// Larger data, in bytes, is not read.
pub(crate) const LARGEST_CHECKED: u64 = 64_000;

/// How many bytes of a version's data are read in all.
pub(crate) const MOST_READ: u64 = 4_000_000;

impl Services {
    /// Whether the outstanding jobs of each of `versions` pass the schemas of its neighbours and of the current version.
    /// `None` without a folder of schemas.
    pub async fn family_fits(
        &self,
        versions: &[Arc<VersionFigures>],
    ) -> Option<Vec<FamilyCompatibility>> {
        if self.schemas.is_empty() {
            return None;
        }
        let mut fits = Vec::new();
        for (from, under) in pairs(versions) {
            fits.push(self.version_fit(from, under).boxed());
        }
        Some(stream::iter(fits).buffered(AT_ONCE).collect().await)
    }

    async fn version_fit(&self, from: &VersionFigures, under: Vec<Under>) -> FamilyCompatibility {
        let others = under.iter().map(|(queue, _)| queue.clone()).collect();
        let hiding = self.sight_without_right(&from.figures.queue).await;
        let find = async { Ok(fit(&self.store, &self.schemas, from, under, hiding).await) };
        let key = (from.figures.queue.clone(), others);
        let Ok(fit) = self.families.fits.get(key, find).await;
        fit
    }
}

/// A version whose schema jobs are checked against.
type Under = (QueueId, VersionedName);

/// Each version with outstanding jobs, and the versions whose schemas its jobs are checked against: the next newer one, the
/// next older one, and the current one.
fn pairs(versions: &[Arc<VersionFigures>]) -> Vec<(&VersionFigures, Vec<Under>)> {
    let current = versions
        .iter()
        .position(|version| version.standing.is_current);
    let mut pairs = Vec::new();
    for (at, from) in versions.iter().enumerate() {
        let near = |place: usize| place.abs_diff(at) == 1;
        let under: Vec<_> = (0..versions.len())
            .filter(|place| near(*place) || (current == Some(*place) && *place != at))
            .map(|place| &versions[place])
            .map(|version| (version.figures.queue.clone(), version.lineage.clone()))
            .collect();
        if from.figures.counts.outstanding() > 0 && !under.is_empty() {
            pairs.push((from.as_ref(), under));
        }
    }
    pairs
}

async fn fit(
    store: &Store,
    schemas: &Arc<SchemaFolder>,
    from: &VersionFigures,
    under: Vec<Under>,
    sight: Sight,
) -> FamilyCompatibility {
    let queue = &from.figures.queue;
    let counts = from.figures.counts;
    let wanted = wanted(&counts);
    let read = store
        .outstanding(queue, &wanted, LARGEST_CHECKED, MOST_READ)
        .await;
    let others: Vec<QueueId> = under.iter().map(|(queue, _)| queue.clone()).collect();
    let tallies = match known(queue, read) {
        Some(jobs) => {
            let schemas = Arc::clone(schemas);
            // Never on this thread, however small: the folder of schemas may have to be read.
            let checked =
                run_blocking(usize::MAX, move || check(&schemas, &jobs, &under, &sight)).await;
            checked.ok()
        }
        None => None,
    };
    let tally = |at: usize| tallies.as_ref().and_then(|all| all.get(at).cloned());
    let others = others.into_iter().enumerate();
    FamilyCompatibility {
        from: queue.clone(),
        outstanding: counts.outstanding(),
        is_sampled: counts.outstanding() > CHECKED,
        under: others.map(|(at, queue)| (queue, tally(at))).collect(),
    }
}

/// The states of outstanding jobs.
const OUTSTANDING: [JobState; 6] = [
    JobState::Waiting,
    JobState::Active,
    JobState::Delayed,
    JobState::Prioritized,
    JobState::Paused,
    JobState::WaitingChildren,
];

fn wanted(counts: &Counts) -> Vec<Wanted> {
    let counted = OUTSTANDING.map(|state| (state, counts.of(state)));
    share(&counted, CHECKED)
        .into_iter()
        .map(|(state, jobs)| Wanted {
            state,
            of: counts.of(state),
            jobs,
        })
        .collect()
}

/// The verdicts of each of `under` on the jobs. A schema is looked up once for all jobs of a name.
fn check(
    schemas: &SchemaFolder,
    jobs: &[Outstanding],
    under: &[Under],
    sight: &Sight,
) -> Vec<Tally> {
    let tally = |lineage: &VersionedName| {
        let mut in_force: HashMap<&str, InForce> = HashMap::new();
        let mut tally = Tally::default();
        for job in jobs {
            let schema = in_force
                .entry(&job.name)
                .or_insert_with(|| schemas.for_job(lineage, &job.name));
            tally.add(&told(verdict(schema, job), &sight.of_job(&job.name)));
        }
        tally
    };
    under.iter().map(|(_, lineage)| tally(lineage)).collect()
}

/// The verdict without what it says of hidden values. It is kept for all who look, so that nobody is told of them.
fn told(verdict: Compatibility, hiding: &Hiding) -> Compatibility {
    let Compatibility::Breaks(violations) = verdict else {
        return verdict;
    };
    let each = violations.into_iter().map(|violation| {
        match hiding.may_be_quoted(&violation.pointer, &violation.schema_pointer) {
            true => violation.of_hidden_values(),
            false => violation,
        }
    });
    Compatibility::Breaks(each.collect())
}

fn verdict(schema: &InForce, job: &Outstanding) -> Compatibility {
    match (schema, &job.data) {
        (InForce::Nothing, _) => Compatibility::NoSchema,
        (InForce::Faulty(_), _) => Compatibility::SchemaFaulty,
        (InForce::Schema(_), None) => Compatibility::TooLarge,
        (InForce::Schema(schema), Some(data)) => Compatibility::of(schema, data),
    }
}
