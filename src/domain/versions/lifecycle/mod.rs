//! The lifecycle of a version: whether it is current, draining, drained, stranded, and so on.
//!
//! The rules look at all versions of a family together. They only use what the live engine knows anyway, so they cost no
//! Redis commands.

use strum::VariantArray;

/// A version's lifecycle, in one word. If several apply, [`standings`] picks the first in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, VariantArray)]
pub enum Lifecycle {
    /// Bullkeeper can't tell whether workers are connected, which is not "none".
    #[default]
    Unknown,
    /// Jobs are outstanding and no worker is connected: the alarm.
    Stranded,
    /// An older version gets the new jobs again, after a newer one had taken over.
    RolledBack,
    /// The newest version with workers, or the one that was pinned.
    Current,
    /// Not current; its workers process the outstanding jobs.
    Draining,
    /// Workers are there and nothing is left, or nothing there yet, for them to do; and of a queue without other versions, no
    /// job came for [`IDLE_AFTER_MS`].
    Idle,
    /// Not current; no job is outstanding and no worker is connected.
    Drained,
}

impl Lifecycle {
    /// Every lifecycle.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The word on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Stranded => "stranded",
            Self::RolledBack => "rolled back",
            Self::Current => "current",
            Self::Draining => "draining",
            Self::Idle => "idle",
            Self::Drained => "drained",
        }
    }
}

/// How long after the newer version's last job an older one must get a job to count as rolled back, in milliseconds. During
/// a deploy both get jobs within seconds.
pub(crate) const ROLLED_BACK_AFTER_MS: u64 = 60_000;

/// For so long no job may have come to a queue without other versions before it is called idle, in milliseconds: one whose
/// workers do each job at once would otherwise be idle between any two.
pub(crate) const IDLE_AFTER_MS: u64 = 5 * 60_000;

/// What is known of one version, as far as its lifecycle depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct VersionFacts {
    /// How many jobs are outstanding.
    pub outstanding: u64,
    /// How many workers are connected; `None` if Bullkeeper can't tell.
    pub workers: Option<u32>,
    /// Whether it holds a job, or was seen to get one.
    pub had_jobs: bool,
    /// When it was last seen to get a job, in Unix milliseconds of Redis's clock.
    pub last_added: Option<u64>,
    /// When following its events began, in Unix milliseconds.
    pub watched_since: u64,
    /// Whether it got a job within [`IDLE_AFTER_MS`].
    pub is_busy: bool,
}

impl VersionFacts {
    /// The time since which it has got no job.
    fn quiet_since(&self) -> u64 {
        self.last_added.unwrap_or(self.watched_since)
    }

    /// Whether jobs are outstanding and no worker is connected.
    fn is_stranded(&self) -> bool {
        self.outstanding > 0 && self.workers == Some(0)
    }
}

/// The lifecycle of one version, and how it relates to the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LifecycleStatus {
    /// Its lifecycle.
    pub lifecycle: Lifecycle,
    /// Whether it is the family's current version, whatever its lifecycle.
    pub is_current: bool,
    /// Whether it is current because an admin pinned it.
    pub is_pinned: bool,
    /// Whether it is newer than the current version: not an old one that is finished, but perhaps one to come.
    pub is_newer: bool,
}

/// The status of every version of a family, given newest first; `pinned` is the index of the pinned one.
pub(crate) fn standings(versions: &[VersionFacts], pinned: Option<usize>) -> Vec<LifecycleStatus> {
    let pinned = pinned.filter(|place| *place < versions.len());
    // A version with unknown workers may have some.
    let newest_attended = versions.iter().position(|facts| facts.workers != Some(0));
    let current = pinned.or(newest_attended).unwrap_or(0);
    versions
        .iter()
        .enumerate()
        .map(|(place, facts)| {
            let is_current = place == current;
            let is_pinned = pinned == Some(place);
            let newer = &versions[..place];
            LifecycleStatus {
                lifecycle: lifecycle(facts, newer, is_current, is_pinned, versions.len() == 1),
                is_current,
                is_pinned,
                is_newer: place < current,
            }
        })
        .collect()
}

fn lifecycle(
    facts: &VersionFacts,
    newer: &[VersionFacts],
    is_current: bool,
    is_pinned: bool,
    is_alone: bool,
) -> Lifecycle {
    match facts.workers {
        _ if facts.is_stranded() => Lifecycle::Stranded,
        _ if is_pinned => Lifecycle::Current,
        None => Lifecycle::Unknown,
        Some(_) if is_rolled_back(facts, newer) => Lifecycle::RolledBack,
        // A queue that is not a version of anything is current among nothing: that it idles says more.
        Some(1..) if is_alone && facts.outstanding == 0 && !facts.is_busy => Lifecycle::Idle,
        Some(_) if is_current => Lifecycle::Current,
        Some(1..) if facts.outstanding > 0 => Lifecycle::Draining,
        Some(1..) => Lifecycle::Idle,
        Some(0) => Lifecycle::Drained,
    }
}

/// Whether it got a job well after the last job of every newer version that had taken over, that is, had got jobs itself.
fn is_rolled_back(facts: &VersionFacts, newer: &[VersionFacts]) -> bool {
    let Some(last_added) = facts.last_added else {
        return false;
    };
    let taken_over = newer.iter().filter(|facts| facts.had_jobs);
    taken_over
        .map(VersionFacts::quiet_since)
        .max()
        .is_some_and(|quiet| last_added >= quiet + ROLLED_BACK_AFTER_MS)
}

#[cfg(test)]
mod tests;
