//! What was seen of all queues at one moment, and what one person may see of it.

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
use crate::domain::versions::VersionedName;
use crate::domain::versions::drain::{Drain, MEASURED_OVER};
use crate::domain::versions::lifecycle::LifecycleStatus;

/// One queue in the snapshot, with its name split.
#[derive(Debug, Clone)]
pub struct VersionFigures {
    /// Family, version and label.
    pub lineage: VersionedName,
    /// What was counted.
    pub figures: QueueFigures,
    /// The number of the snapshot in which the queue was there first.
    pub found: u64,
    /// The number of the snapshot in which anything about it changed last.
    pub changed: u64,
    /// How many jobs entered each state since this process watches, in the order of [`JobState::KEPT`]; as far as
    /// events tell.
    pub arrivals: [u64; JobState::KEPT.len()],
    /// Its last hour; `None` where nothing was heard of it.
    pub series: Option<Arc<Series>>,
    /// Where it stands among the versions of its family.
    pub standing: LifecycleStatus,
    /// The queue that was probably meant where this one was named. It may be out of a viewer's scope.
    pub meant: Option<QueueId>,
}

impl VersionFigures {
    /// How many jobs entered `state` since this process watches, as far as events tell.
    pub fn arrived(&self, state: JobState) -> u64 {
        let place = JobState::KEPT.iter().position(|kept| *kept == state);
        place.map_or(0, |place| self.arrivals[place])
    }

    /// How its outstanding jobs go, as seen at `now` (Unix milliseconds).
    pub fn drain(&self, now: u64) -> Drain {
        let rate = self.series.as_ref();
        let rate = rate.map(|series| series.rate(now, MEASURED_OVER));
        Drain::of(&self.figures.counts, rate, self.figures.delayed_span, now)
    }
}

/// Which of this process's snapshots: what a page was drawn from, and from where its changes go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SnapshotId {
    /// Which process: when it began, in Unix milliseconds.
    pub process: u64,
    /// Which of its snapshots; each that differs from the one before has a higher number.
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
        parsed.ok_or_else(|| format!("{text:?} is no mark of a snapshot, such as 1700000000000-12"))
    }
}

/// What was seen of all queues at one moment. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every queue, by prefix and family, newest version first.
    pub queues: Arc<Vec<Arc<VersionFigures>>>,
    /// Where each queue is among them: every page of a job or queue looks one up.
    pub(crate) places: Arc<HashMap<QueueId, usize>>,
    /// Queues that are gone, and the number of the snapshot from which on.
    pub gone: Arc<Vec<(u64, QueueId)>>,
    /// The number of the snapshot up to which gone queues may be missing among them.
    pub(crate) forgotten: u64,
    /// Which snapshot it is.
    pub mark: SnapshotId,
    /// When Redis was last asked and answered; `None` before the first time.
    pub taken: Option<SystemTime>,
    /// Since when, and why, Redis could not be asked again.
    pub stale: Option<Stale>,
    /// The number of the snapshot with which Redis was found away, or there again, last.
    pub turned: u64,
    /// The number of the snapshot with which the newest queue came.
    pub newest: u64,
    /// What keeping it has taken so far.
    pub kept: RecentSnapshots,
}

/// What the snapshot's keeping has taken since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecentSnapshots {
    /// Events that were heard.
    pub events: u64,
    /// How many times a queue was followed anew, since events of it may have been missed.
    pub resyncs: u64,
    /// How many times reading events broke off and began again.
    pub reconnects: u64,
    /// Queues counted.
    pub counted: u64,
}

/// Why a snapshot is not renewed.
#[derive(Debug, Clone)]
pub struct Stale {
    /// When asking first failed.
    pub since: SystemTime,
    /// What Redis, or the lack of it, said.
    pub cause: String,
}

/// Which queues of the overview are wanted; what is empty or false matches all.
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
    /// Whether it lets a queue through by its name.
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

    /// Whether it lets a queue through, as it is now.
    pub fn wants(&self, figures: &QueueFigures) -> bool {
        self.names(&figures.queue)
            && self.state.is_none_or(|state| figures.count_of(state) > 0)
            && (!self.problems || !figures.problems().is_empty())
    }
}

/// A family as one person sees it, under one filter.
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
    /// 0 for the families to look at first: work and nobody to do it; then failures, then pauses.
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

/// What one person sees of a snapshot.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Families with problems first, then by name.
    pub families: Vec<FamilySeen<'a>>,
    /// The sum over all queues in the person's scope, whatever the filter.
    pub totals: Counts,
    /// How many queues are in scope.
    pub queues: usize,
}

impl Snapshot {
    /// What one who may know of `scope` sees of it, under `filter`. What is out of scope is in no list and no total.
    pub fn seen_by(&self, scope: &Scope, filter: &OverviewFilter) -> Seen<'_> {
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
                    if family.prefix == id.prefix() && family.name == version.lineage.family =>
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
        // Stable: within one urgency the order by name stays.
        seen.families.sort_by_key(FamilySeen::urgency);
        seen
    }

    /// Whether queues that went after the snapshot `number` may be forgotten by now.
    pub fn forgot_since(&self, number: u64) -> bool {
        self.forgotten > number
    }

    /// All versions of a family, newest first, whoever may know of them.
    pub fn family(&self, prefix: &str, name: &str) -> impl Iterator<Item = &Arc<VersionFigures>> {
        self.queues.iter().filter(move |version| {
            version.lineage.family == name && version.figures.queue.prefix() == prefix
        })
    }

    /// One queue, if it was seen.
    pub fn queue(&self, id: &QueueId) -> Option<&VersionFigures> {
        self.queues.get(*self.places.get(id)?).map(Arc::as_ref)
    }
}
