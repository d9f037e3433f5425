//! The wall: every family in a viewer's scope, the worst first.

use std::cmp::Reverse;

use crate::domain::access::scope::Scope;
use crate::domain::versions::drain::MEASURED_OVER;
use crate::domain::wall::{FAILING_OVER, FamilyFacts, Severity};
use crate::service::live::snapshot::{
    FamilySeen, OverviewFilter, Snapshot, Stranded, VersionFigures,
};

/// A family on the wall.
#[derive(Debug, Clone)]
pub(crate) struct WallFamily {
    /// The prefix of its queues.
    pub(crate) prefix: String,
    /// Its name.
    pub(crate) name: String,
    /// How bad its state is.
    pub(crate) severity: Severity,
    /// What that depends on.
    pub(crate) facts: FamilyFacts,
    /// The stranded version with the most jobs: its queue's name, and since when.
    pub(crate) stranded: Option<(String, Option<Stranded>)>,
    /// Its connected workers; `None` if Bullkeeper can't tell of one of its versions.
    pub(crate) workers: Option<u64>,
    /// When the job that has waited longest was added, in Unix milliseconds.
    pub(crate) oldest_waiting: Option<u64>,
}

/// The families in `scope`, the worst first, each severity by name. `now` is in Unix milliseconds.
pub(crate) fn wall_of(snapshot: &Snapshot, scope: &Scope, now: u64) -> Vec<WallFamily> {
    let seen = snapshot.seen_by(scope, &OverviewFilter::default(), None);
    let mut families: Vec<WallFamily> = seen
        .families
        .iter()
        .map(|family| WallFamily::of(family, now))
        .collect();
    families.sort_by(|one, other| {
        let key =
            |family: &WallFamily| (family.severity, family.name.clone(), family.prefix.clone());
        key(one).cmp(&key(other))
    });
    families
}

impl WallFamily {
    fn of(family: &FamilySeen<'_>, now: u64) -> Self {
        let mut facts = FamilyFacts::default();
        for version in &family.versions {
            add(&mut facts, version, now);
        }
        let versions = || family.versions.iter().map(|version| &version.figures);
        let workers = versions().map(|figures| figures.workers.map(u64::from));
        let stranded = family
            .versions
            .iter()
            .filter(|version| version.figures.is_stranded())
            .min_by_key(|version| Reverse(version.figures.counts.outstanding()));
        Self {
            prefix: family.prefix.to_owned(),
            name: family.name.to_owned(),
            severity: facts.severity(),
            facts,
            stranded: stranded.map(|version| {
                let name = version.figures.queue.name().to_owned();
                (name, version.stranded.clone())
            }),
            workers: workers.sum(),
            oldest_waiting: versions()
                .filter_map(|figures| figures.oldest_waiting)
                .min(),
        }
    }
}

fn add(facts: &mut FamilyFacts, version: &VersionFigures, now: u64) {
    let outstanding = version.figures.counts.outstanding();
    facts.outstanding += outstanding;
    if version.figures.is_stranded() {
        facts.stranded_jobs += outstanding;
    }
    let Some(series) = &version.series else {
        return;
    };
    for minute in series.minutes(now).iter().rev().take(FAILING_OVER) {
        facts.failed += u64::from(minute.failed.unwrap_or_default());
        facts.completed += u64::from(minute.finished.unwrap_or_default());
    }
    let rate = series.rate(now, MEASURED_OVER);
    if let (Some(added), Some(ended)) = (rate.added_per_minute, rate.ended_per_minute()) {
        facts.growth += added - ended;
    }
}
