//! The versions of each family, their lifecycles, and the queues whose names were probably mistaken for others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::tracked_queue::TrackedQueue;
use crate::domain::queue::QueueId;
use crate::domain::versions::lifecycle::standings;
use crate::domain::versions::misnamed::{Has, Suspect, probably_meant};
use crate::domain::versions::{Version, VersionPattern, VersionedName};
use crate::store::records::pins::Pins;

/// A family: a prefix, and the common part of its versions' names.
type FamilyKey = (Arc<str>, Arc<str>);

/// The order of versions: newest first, equal versions by name.
type FamilyPlace = (Reverse<Option<Version>>, QueueId);

/// Every family.
#[derive(Debug, Default)]
pub(crate) struct FamilyIndex {
    /// Its versions in order.
    versions: BTreeMap<FamilyKey, Vec<FamilyPlace>>,
    /// The family whose next versions were looked up last.
    asked_for: Option<FamilyKey>,
    /// Families with a change since they were settled.
    touched: BTreeSet<FamilyKey>,
    pins: Pins,
    /// The queues without jobs or workers, and the queues they are compared with.
    suspects: Vec<Suspect>,
    /// The queues that were probably meant, by the queue that was named.
    meant: HashMap<QueueId, QueueId>,
}

impl FamilyIndex {
    /// Adds a queue.
    pub(crate) fn add(&mut self, id: &QueueId, lineage: &VersionedName) {
        let key = key_of(id, lineage);
        let versions = self.versions.entry(key.clone()).or_default();
        let place = (Reverse(lineage.version.clone()), id.clone());
        let at = versions.partition_point(|other| *other < place);
        versions.insert(at, place);
        self.touched.insert(key);
    }

    /// Removes a queue.
    pub(crate) fn remove(&mut self, id: &QueueId, lineage: &VersionedName) {
        let key = key_of(id, lineage);
        if let Some(versions) = self.versions.get_mut(&key) {
            versions.retain(|(_, other)| other != id);
            if versions.is_empty() {
                self.versions.remove(&key);
            }
        }
        self.touched.insert(key);
    }

    /// The likely next versions of the families whose turn it is: about `most` queues.
    pub(crate) fn likely_next(&mut self, pattern: &VersionPattern, most: usize) -> Vec<QueueId> {
        let mut likely = Vec::new();
        let after = match self.asked_for.take() {
            Some(last) => Bound::Excluded(last),
            None => Bound::Unbounded,
        };
        for (key, versions) in self.versions.range((after, Bound::Unbounded)) {
            let newest = versions.first().filter(|(version, _)| version.0.is_some());
            let Some((_, newest)) = newest else {
                continue;
            };
            let names = pattern.likely_next(newest.name());
            let queues = names
                .iter()
                .filter_map(|name| QueueId::new(newest.prefix(), name).ok());
            likely.extend(queues);
            if likely.len() >= most {
                // The other families' turn comes next.
                self.asked_for = Some(key.clone());
                break;
            }
        }
        likely
    }

    /// Marks a queue's family as changed.
    pub(crate) fn touch(&mut self, id: &QueueId, known: &TrackedQueue) {
        self.touched.insert(key_of(id, known.lineage()));
    }

    /// Sets the pinned versions.
    pub(crate) fn pin(&mut self, pins: Pins) {
        let families = self.pins.families().chain(pins.families());
        let other =
            |family: &(&str, &str)| self.pins.of(family.0, family.1) != pins.of(family.0, family.1);
        let changed: Vec<FamilyKey> = families
            .filter(other)
            .map(|(prefix, name)| (prefix.into(), name.into()))
            .collect();
        self.touched.extend(changed);
        self.pins = pins;
    }

    /// Updates the lifecycles in the families that changed; returns whether anything has to be shown anew.
    pub(crate) fn settle(
        &mut self,
        known: &mut BTreeMap<QueueId, TrackedQueue>,
        number: u64,
    ) -> bool {
        let touched = std::mem::take(&mut self.touched);
        let mut changed = false;
        for key in &touched {
            changed |= self.settle_family(key, known, number);
        }
        if !touched.is_empty() {
            changed |= self.settle_names(known, number);
        }
        changed
    }

    fn settle_family(
        &mut self,
        key: &FamilyKey,
        known: &mut BTreeMap<QueueId, TrackedQueue>,
        number: u64,
    ) -> bool {
        let Some(versions) = self.versions.get(key) else {
            return false;
        };
        let counted = versions
            .iter()
            .filter_map(|(_, id)| Some((id, known.get(id)?.facts()?)));
        let (counted, facts): (Vec<_>, Vec<_>) = counted.unzip();
        let pinned = self.pins.of(&key.0, &key.1);
        let pinned = counted.iter().position(|id| Some(id.name()) == pinned);
        let mut changed = false;
        for (id, standing) in counted.into_iter().zip(standings(&facts, pinned)) {
            if let Some(known) = known.get_mut(id) {
                changed |= known.stand(standing, number);
            }
        }
        changed
    }

    /// Finds queues that were probably meant by the names of others. The search is only repeated if a queue got or lost
    /// workers or jobs so that the suspects differ.
    fn settle_names(&mut self, known: &mut BTreeMap<QueueId, TrackedQueue>, number: u64) -> bool {
        let suspects: Vec<Suspect> = known.iter().filter_map(suspect).collect();
        if suspects == self.suspects {
            return false;
        }
        let is_half = |suspect: &Suspect| suspect.has != Has::Both;
        let meant = match suspects.iter().any(is_half) {
            true => probably_meant(&suspects).into_iter().collect(),
            false => HashMap::new(),
        };
        self.suspects = suspects;
        let before = std::mem::replace(&mut self.meant, meant);
        let mut changed = false;
        for id in before.keys().chain(self.meant.keys()) {
            if let Some(known) = known.get_mut(id) {
                changed |= known.mean(self.meant.get(id).cloned(), number);
            }
        }
        changed
    }
}

fn suspect((id, known): (&QueueId, &TrackedQueue)) -> Option<Suspect> {
    let facts = known.facts()?;
    let has = match facts.workers {
        Some(0) if facts.outstanding > 0 => Has::OnlyJobs,
        Some(1..) if !facts.had_jobs => Has::OnlyWorkers,
        Some(1..) => Has::Both,
        _ => return None,
    };
    Some(Suspect {
        queue: id.clone(),
        family: known.lineage().family.clone(),
        has,
    })
}

fn key_of(id: &QueueId, lineage: &VersionedName) -> FamilyKey {
    (id.prefix().into(), lineage.family.as_str().into())
}
