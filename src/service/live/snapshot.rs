//! The snapshot: the figures of all queues at one moment, and what one viewer may see of it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use crate::domain::access::glob::glob;
use crate::domain::access::scope::Scope;
use crate::domain::job::JobState;
use crate::domain::queue::{Counts, QueueFigures, QueueId, QueueProblem};
use crate::domain::stats::series::Series;
use crate::domain::stats::totals::QueueTotals;
use crate::domain::versions::VersionedName;
use crate::domain::versions::drain::{Drain, MEASURED_OVER};
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::domain::versions::sort::OverviewSort;
use crate::domain::versions::stranded::Since;
use crate::domain::worker::LastWorker;

/// One queue of the snapshot, with its name split.
#[derive(Debug, Clone)]
pub struct VersionFigures {
    /// Its family, version and label.
    pub lineage: VersionedName,
    /// Its counts.
    pub figures: QueueFigures,
    /// The number of the first snapshot that had the queue.
    pub found: u64,
    /// The number of the last snapshot in which the queue changed.
    pub changed: u64,
    /// How many jobs entered each state since this process follows the queue, in the order of [`JobState::KEPT`], as far as
    /// events tell.
    pub arrivals: [u64; JobState::KEPT.len()],
    /// When a job last stalled since this process follows the queue, in Unix milliseconds; `None` if none did.
    pub stalled_at: Option<u64>,
    /// Its last hour; `None` if no event was seen.
    pub series: Option<Arc<Series>>,
    /// Since when its events are known, in Unix milliseconds of Redis's clock; `None` if they can't be read.
    pub events_since: Option<u64>,
    /// The time of the newest event that was read, in Unix milliseconds of Redis's clock; `None` if its events can't be read.
    pub read_to: Option<u64>,
    /// Whether events from before this process followed it are still being read.
    pub is_behind: bool,
    /// What its events counted since this process follows it; `None` if no event was seen.
    pub totals: Option<Arc<QueueTotals>>,
    /// Its lifecycle among the versions of its family.
    pub standing: LifecycleStatus,
    /// Since when it is stranded, if it is.
    pub stranded: Option<Stranded>,
    /// The queue that was probably meant where this one was named. It may be outside a viewer's scope.
    pub meant: Option<QueueId>,
}

/// Since when a version has jobs and no workers, and who worked there last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// Since when.
    pub since: Since,
    /// One of the workers that this process saw there last; `None` if it saw none.
    pub last_worker: Option<Arc<LastWorker>>,
}

impl VersionFigures {
    /// How many jobs entered `state` since this process follows the queue, as far as events tell.
    pub fn arrived(&self, state: JobState) -> u64 {
        let place = JobState::KEPT.iter().position(|kept| *kept == state);
        place.map_or(0, |place| self.arrivals[place])
    }

    /// How its outstanding jobs develop, as of `now` (Unix milliseconds).
    pub fn drain(&self, now: u64) -> Drain {
        let rate = self.series.as_ref();
        let rate = rate.map(|series| series.rate(now, MEASURED_OVER));
        Drain::of(&self.figures.counts, rate, self.figures.delayed_span, now)
    }
}

/// Identifies one of this process's snapshots: a page was drawn from it, and its changes continue from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SnapshotId {
    /// The process: when it began, in Unix milliseconds.
    pub process: u64,
    /// The number of the snapshot; each that differs from the one before has a higher one.
    pub number: u64,
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.process, self.number)
    }
}

impl FromStr for SnapshotId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('-').and_then(|(process, number)| {
            Some(Self {
                process: process.parse().ok()?,
                number: number.parse().ok()?,
            })
        });
        parsed.ok_or_else(|| {
            format!("{text:?} is not a mark of a snapshot, such as 1700000000000-12")
        })
    }
}

/// The figures of all queues at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every queue, by prefix and family, newest version first.
    pub queues: Arc<Vec<Arc<VersionFigures>>>,
    /// The index of each queue: every page of a job or queue looks one up.
    pub(crate) places: Arc<HashMap<QueueId, usize>>,
    /// Queues that are gone, each with the number of the first snapshot without it.
    pub gone: Arc<Vec<(u64, QueueId)>>,
    /// Queues that vanished up to this snapshot number may be missing in `gone`.
    pub(crate) forgotten: u64,
    /// The snapshot's id.
    pub mark: SnapshotId,
    /// When Redis last answered; `None` before the first time.
    pub taken: Option<SystemTime>,
    /// Since when events are followed, in Unix milliseconds of Redis's clock: where the history ended when this process began.
    pub since: Option<u64>,
    /// Since when and why Redis is unreachable, if it is.
    pub stale: Option<Stale>,
    /// The number of the last snapshot with which Redis became unreachable or reachable again.
    pub turned: u64,
    /// The number of the snapshot that added the newest queue.
    pub newest: u64,
    /// The work that the snapshot has cost so far.
    pub kept: RecentSnapshots,
}

/// The work that the snapshot has cost since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecentSnapshots {
    /// Events that were read.
    pub events: u64,
    /// How many times following a queue began anew because events may have been missed.
    pub resyncs: u64,
    /// How many times reading events failed and began again.
    pub reconnects: u64,
    /// How many times a queue was counted.
    pub counted: u64,
}

/// Why a snapshot is not updated.
#[derive(Debug, Clone)]
pub struct Stale {
    /// When Redis first failed to answer.
    pub since: SystemTime,
    /// The error.
    pub cause: String,
}

/// A filter of the overview. Empty or false fields match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct OverviewFilter {
    /// A part of the name in any case, or a pattern with `*`.
    pub name: String,
    /// Only queues with jobs in this state.
    pub state: Option<JobState>,
    /// Only queues with a problem.
    pub problems: bool,
}

impl OverviewFilter {
    /// Whether the filter matches a queue's name.
    pub fn names(&self, queue: &QueueId) -> bool {
        if self.name.is_empty() {
            return true;
        }
        let name = queue.name().to_lowercase();
        let wanted = self.name.to_lowercase();
        match wanted.contains('*') {
            true => glob(&wanted, &name),
            false => name.contains(&wanted),
        }
    }

    /// Whether the filter matches a queue's current figures.
    pub fn wants(&self, figures: &QueueFigures) -> bool {
        self.names(&figures.queue)
            && self.state.is_none_or(|state| figures.count_of(state) > 0)
            && (!self.problems || !figures.problems().is_empty())
    }
}

/// A family as one viewer sees it, under one filter.
#[derive(Debug)]
pub struct FamilySeen<'a> {
    /// The prefix of its queues.
    pub prefix: &'a str,
    /// The family's name.
    pub name: &'a str,
    /// Its versions, newest first.
    pub versions: Vec<&'a Arc<VersionFigures>>,
}

impl FamilySeen<'_> {
    /// 0 for the families to look at first: those with outstanding jobs and no workers; then failures, then pauses.
    fn urgency(&self) -> u8 {
        self.versions
            .iter()
            .flat_map(|version| version.figures.problems())
            .map(|problem| match problem {
                QueueProblem::Stranded => 0,
                QueueProblem::Failed => 1,
                QueueProblem::Paused => 2,
            })
            .min()
            .unwrap_or(3)
    }
}

/// What one viewer sees of a snapshot.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Families with problems first, then by name. With a sort, every version stands alone, so that the order holds across
    /// families.
    pub families: Vec<FamilySeen<'a>>,
    /// The sum over all queues in the viewer's scope, whatever the filter.
    pub totals: Counts,
    /// How many queues are in the viewer's scope.
    pub queues: usize,
}

impl Snapshot {
    /// What a viewer with `scope` sees under `filter`, in the order of `sort`. Queues outside the scope are in no list and no
    /// total.
    pub fn seen_by(
        &self,
        scope: &Scope,
        filter: &OverviewFilter,
        sort: Option<OverviewSort>,
    ) -> Seen<'_> {
        let mut seen = Seen {
            families: Vec::new(),
            totals: Counts::default(),
            queues: 0,
        };
        for version in self.queues.iter() {
            let id = &version.figures.queue;
            if !scope.holds(id) {
                continue;
            }
            seen.queues += 1;
            seen.totals = seen.totals.plus(&version.figures.counts);
            if !filter.wants(&version.figures) {
                continue;
            }
            match seen.families.last_mut() {
                Some(family)
                    if sort.is_none()
                        && family.prefix == id.prefix()
                        && family.name == version.lineage.family =>
                {
                    family.versions.push(version);
                }
                _ => seen.families.push(FamilySeen {
                    prefix: id.prefix(),
                    name: &version.lineage.family,
                    versions: vec![version],
                }),
            }
        }
        // Both sorts are stable: what is equal stays in the order of the names.
        match sort {
            Some(sort) => seen.families.sort_by(|one, other| {
                let rows = one.versions.iter().zip(&other.versions);
                let mut orders = rows.map(|(one, other)| {
                    let other = (&other.lineage, &other.figures);
                    sort.compare((&one.lineage, &one.figures), other)
                });
                orders.next().unwrap_or(Ordering::Equal)
            }),
            None => seen.families.sort_by_key(FamilySeen::urgency),
        }
        seen
    }

    /// Whether queues that vanished after the snapshot `number` may be forgotten by now.
    pub fn forgot_since(&self, number: u64) -> bool {
        self.forgotten > number
    }

    /// All versions of a family, newest first, without regard to anyone's scope.
    pub fn family(&self, prefix: &str, name: &str) -> impl Iterator<Item = &Arc<VersionFigures>> {
        self.queues.iter().filter(move |version| {
            version.lineage.family == name && version.figures.queue.prefix() == prefix
        })
    }

    /// One queue, if the snapshot has it.
    pub fn queue(&self, id: &QueueId) -> Option<&VersionFigures> {
        self.queues.get(*self.places.get(id)?).map(Arc::as_ref)
    }
}
