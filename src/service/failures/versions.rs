//! Which errors only one version of a family has.
//!
//! It is told only where the other side is known: an older version finished jobs in the same time, and all its failures were
//! read.

use std::collections::HashMap;

use super::found::{OnlyIn, ReadQueue};
use crate::domain::failures::GroupId;
use crate::domain::failures::groups::{Group, Groups};
use crate::domain::queue::QueueId;
use crate::domain::versions::VersionedName;
use crate::service::Services;
use crate::store::bullmq::samples::finished_since::FinishedSince;

/// A version that finished jobs in the time that is looked at.
struct Worked {
    queue: QueueId,
    name: VersionedName,
    /// Whether all its failures were read.
    is_whole: bool,
}

impl Services {
    /// The groups that only the newest of the versions that worked has.
    pub(super) fn only_in(
        &self,
        groups: &Groups,
        queues: &[QueueId],
        finished: &[FinishedSince],
        read: &[ReadQueue],
    ) -> HashMap<GroupId, OnlyIn> {
        let is_whole = |queue: &QueueId| {
            let read = read.iter().find(|one| one.queue == *queue);
            read.is_none_or(|one| one.read >= one.failed)
        };
        let worked = queues.iter().zip(finished);
        let worked = worked.filter(|(_, finished)| finished.completed + finished.failed > 0);
        let worked: Vec<Worked> = worked
            .map(|(queue, _)| Worked {
                queue: queue.clone(),
                name: self.rules.pattern.split(queue.name()),
                is_whole: is_whole(queue),
            })
            .collect();
        let groups = groups.largest_first().into_iter();
        let found = groups.filter_map(|group| Some((group.id, only_in(group, &worked)?)));
        found.collect()
    }
}

fn only_in(group: &Group, worked: &[Worked]) -> Option<OnlyIn> {
    let mut hit = group.queues.iter();
    let (queue, seen) = hit.next()?;
    if hit.next().is_some() || group.more_queues {
        return None;
    }
    let own = worked.iter().find(|one| one.queue == *queue)?;
    let version = own.name.version.as_ref()?;
    let mut others = worked.iter().filter(|one| {
        one.queue.prefix() == queue.prefix()
            && one.name.family == own.name.family
            && one.queue != *queue
    });
    let is_older = |one: &Worked| {
        let other = one.name.version.as_ref();
        one.is_whole && other.is_some_and(|other| other < version)
    };
    let first = others.next()?;
    let all_older = is_older(first) && others.all(is_older);
    all_older.then(|| OnlyIn {
        version: own.name.label.clone(),
        since: seen.first,
    })
}
