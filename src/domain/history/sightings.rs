//! What the leader saw of each version, and the marks that follow from what it sees now.

use super::mark::{Mark, MarkKind, MarkTarget};
use crate::domain::queue::QueueId;
use crate::domain::versions::lifecycle::Lifecycle;

/// What was seen of a version so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sighting {
    /// Whether it ever had a worker, as far as anybody can tell.
    pub(crate) had_worker: bool,
    /// Whether it drains.
    pub(crate) drains: bool,
    /// Whether it was drained since it was current: late jobs that come and go are no news.
    pub(crate) was_drained: bool,
}

/// What is seen of a version now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenNow {
    pub(crate) has_worker: bool,
    /// Whether it holds jobs that a worker ended or works on.
    pub(crate) was_worked: bool,
    pub(crate) outstanding: u64,
    pub(crate) lifecycle: Lifecycle,
}

impl Sighting {
    /// What is seen of a version that was there before anybody looked: whether it had a worker once is told by its jobs.
    pub(crate) fn of_existing(now: &SeenNow) -> Self {
        Self {
            had_worker: now.has_worker || now.was_worked,
            drains: now.lifecycle == Lifecycle::Draining && now.outstanding > 0,
            was_drained: false,
        }
    }

    /// What is seen by now, and what happened since `before`; `None` for a version that was not there.
    pub(crate) fn next(before: Option<Self>, now: &SeenNow) -> (Self, Vec<MarkKind>) {
        let mut happened = Vec::new();
        let mut sighting = before.unwrap_or_else(|| {
            happened.push(MarkKind::FirstSeen);
            Self::default()
        });
        if now.has_worker && !sighting.had_worker {
            sighting.had_worker = true;
            happened.push(MarkKind::FirstWorker);
        }
        match now.lifecycle {
            _ if sighting.drains && now.outstanding == 0 => {
                (sighting.drains, sighting.was_drained) = (false, true);
                happened.push(MarkKind::Drained);
            }
            Lifecycle::Draining if now.outstanding > 0 => sighting.drains = !sighting.was_drained,
            Lifecycle::Current | Lifecycle::RolledBack => {
                (sighting.drains, sighting.was_drained) = (false, false);
            }
            _ => {}
        }
        (sighting, happened)
    }

    /// As it is stored.
    pub(crate) fn stored(self) -> String {
        let letter = |is: bool, letter| if is { letter } else { "" };
        format!(
            "s{}{}{}",
            letter(self.had_worker, "w"),
            letter(self.drains, "d"),
            letter(self.was_drained, "e")
        )
    }

    /// As it was stored; `None` if that can't be read.
    pub(crate) fn read(stored: &str) -> Option<Self> {
        let letters = stored.strip_prefix('s')?;
        let is_whole = letters.chars().all(|letter| "wde".contains(letter));
        is_whole.then(|| Self {
            had_worker: letters.contains('w'),
            drains: letters.contains('d'),
            was_drained: letters.contains('e'),
        })
    }
}

/// The mark of what happened to a version.
pub(crate) fn mark_of(queue: &QueueId, kind: MarkKind, at_ms: u64) -> Mark {
    let name = queue.name();
    let called: &str = kind.into();
    let (id, words) = match kind {
        MarkKind::FirstSeen => (
            format!("{called}:{queue}"),
            format!("{name} was seen for the first time"),
        ),
        MarkKind::FirstWorker => (
            format!("{called}:{queue}"),
            format!("{name} got its first worker"),
        ),
        MarkKind::Drained => (
            format!("{called}:{queue}:{at_ms}"),
            format!("{name} is drained"),
        ),
        // What people did comes from the audit log.
        MarkKind::Retired | MarkKind::Pinned | MarkKind::Moved | MarkKind::Custom => {
            (format!("{called}:{queue}:{at_ms}"), name.to_owned())
        }
    };
    Mark {
        id,
        at_ms,
        kind,
        target: MarkTarget::Queue(queue.clone()),
        words,
        by: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(has_worker: bool, outstanding: u64, lifecycle: Lifecycle) -> SeenNow {
        SeenNow {
            has_worker,
            was_worked: false,
            outstanding,
            lifecycle,
        }
    }

    #[test]
    fn a_version_is_marked_once_for_each_thing_that_happens_to_it() {
        let mut seen = None;
        for (has_worker, outstanding, lifecycle, expected) in [
            (false, 0, Lifecycle::Idle, &[MarkKind::FirstSeen][..]),
            (false, 3, Lifecycle::Stranded, &[]),
            (true, 3, Lifecycle::Current, &[MarkKind::FirstWorker]),
            (false, 3, Lifecycle::Stranded, &[]),
            (true, 3, Lifecycle::Current, &[]),
            (true, 0, Lifecycle::Current, &[]),
            (true, 3, Lifecycle::Draining, &[]),
            (true, 0, Lifecycle::Idle, &[MarkKind::Drained]),
            (false, 0, Lifecycle::Drained, &[]),
            // It got jobs again, and again, as late retries do.
            (true, 1, Lifecycle::Draining, &[]),
            (false, 0, Lifecycle::Drained, &[]),
            (true, 1, Lifecycle::Draining, &[]),
            (false, 0, Lifecycle::Drained, &[]),
            // It was current again, and a newer one took over again.
            (true, 1, Lifecycle::RolledBack, &[]),
            (true, 1, Lifecycle::Draining, &[]),
            (false, 0, Lifecycle::Drained, &[MarkKind::Drained]),
            // A pin made it current again before it was drained.
            (true, 1, Lifecycle::Draining, &[]),
            (true, 1, Lifecycle::Current, &[]),
            (true, 0, Lifecycle::Current, &[]),
        ] {
            let (next, happened) = Sighting::next(seen, &now(has_worker, outstanding, lifecycle));
            assert_eq!(happened, expected, "{lifecycle:?} with {outstanding}");
            assert_eq!(Sighting::read(&next.stored()), Some(next));
            seen = Some(next);
        }
    }

    #[test]
    fn a_version_that_was_there_before_is_not_seen_for_the_first_time() {
        let worked = SeenNow {
            was_worked: true,
            ..now(false, 0, Lifecycle::Drained)
        };
        let existing = Sighting::of_existing(&worked);
        let (_, happened) = Sighting::next(Some(existing), &now(true, 1, Lifecycle::Current));
        assert_eq!(happened, [], "it had workers before");
    }
}
