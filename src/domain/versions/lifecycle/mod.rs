//! What a version's lifecycle is: whether it is the current one of its family, is being drained, or waits for nobody.
//!
//! The rules look at all versions of one family at once, and at nothing but what the live engine knows of them anyway,
//! so that they cost Redis nothing.

/// Where a version stands in its life. One word for an operator; the first that applies, in the order of [`standings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lifecycle {
    /// Whether workers are there can't be told, which is not "none".
    #[default]
    Unknown,
    /// Jobs are outstanding and nobody works on them: the alarm.
    Stranded,
    /// An older version gets the new jobs again, after a newer one had taken over.
    RolledBack,
    /// The newest version with workers, or the one that was pinned.
    Current,
    /// Not the current one; workers still do what is outstanding.
    Draining,
    /// Workers are there and nothing is left, or nothing there yet, for them to do; and of a queue without other versions, no
    /// job came for [`IDLE_AFTER_MS`].
    Idle,
    /// Not the current one; nothing is outstanding and nobody works on it.
    Drained,
}

impl Lifecycle {
    /// The word shown for it.
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

/// How much later than the newer version's last job an older one must get a job to count as rolled back, in
/// milliseconds. While a deploy goes on both get jobs, seconds apart.
pub(crate) const ROLLED_BACK_AFTER_MS: u64 = 60_000;

/// For so long no job may have come to a queue without other versions before it is called idle, in milliseconds: one whose
/// workers do each job at once would otherwise be idle between any two.
pub(crate) const IDLE_AFTER_MS: u64 = 5 * 60_000;

/// What is known of one version, as far as its lifecycle depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct VersionFacts {
    /// How many of its jobs still have to be done.
    pub outstanding: u64,
    /// How many workers it has; `None` where that can't be told.
    pub workers: Option<u32>,
    /// Whether it holds any job at all, or was seen to get one.
    pub had_jobs: bool,
    /// When it was seen to get a job last, in Unix milliseconds of Redis's clock.
    pub last_added: Option<u64>,
    /// Since when its events are read, in Unix milliseconds.
    pub watched_since: u64,
    /// Whether it got a job within [`IDLE_AFTER_MS`].
    pub is_busy: bool,
}

impl VersionFacts {
    /// The moment after which it is known not to have got a job.
    fn quiet_since(&self) -> u64 {
        self.last_added.unwrap_or(self.watched_since)
    }

    /// Nobody works on what is there to be done.
    fn is_stranded(&self) -> bool {
        self.outstanding > 0 && self.workers == Some(0)
    }
}

/// Where one version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LifecycleStatus {
    /// Its lifecycle.
    pub lifecycle: Lifecycle,
    /// Whether it is the family's current version, whatever else is to be said of it.
    pub is_current: bool,
    /// Whether it is current because an admin said so.
    pub is_pinned: bool,
    /// Whether it is newer than the current version: not an old one that is done with, but one that may be yet to come.
    pub is_newer: bool,
}

/// The standing of every version of one family, given newest first; `pinned` is the place of the one that an admin
/// called current.
pub(crate) fn standings(versions: &[VersionFacts], pinned: Option<usize>) -> Vec<LifecycleStatus> {
    let pinned = pinned.filter(|place| *place < versions.len());
    // A version whose workers can't be told may have some.
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
        // A queue that is no version of anything is current among nothing: that it idles says more.
        Some(1..) if is_alone && facts.outstanding == 0 && !facts.is_busy => Lifecycle::Idle,
        Some(_) if is_current => Lifecycle::Current,
        Some(1..) if facts.outstanding > 0 => Lifecycle::Draining,
        Some(1..) => Lifecycle::Idle,
        Some(0) => Lifecycle::Drained,
    }
}

/// It got a job well after the last one of every newer version that had taken over, that is, had got jobs itself.
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
