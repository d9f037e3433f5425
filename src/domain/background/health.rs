//! How the background work does: who leads, how far the history is recorded, and what failed.

/// A failure of a background task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    /// Since when it fails again and again, in Unix milliseconds.
    pub since_ms: u64,
    /// When it failed last, in Unix milliseconds.
    pub at_ms: u64,
    /// What went wrong, without a full stop.
    pub words: &'static str,
    /// What to do about it, in whole sentences.
    pub advice: &'static str,
    /// Whether it failed in its last turn.
    pub goes_on: bool,
}

/// A process that leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderProcess {
    /// Whether it is this one.
    pub is_this: bool,
    /// Its machine and process id; `None` if it does not say.
    pub name: Option<String>,
    /// Since when it leads, in Unix milliseconds of its own clock.
    pub since_ms: Option<u64>,
}

/// Who leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leading {
    /// A process does.
    Process(LeaderProcess),
    /// None does.
    Nobody {
        /// When the last one was there last, in Unix milliseconds of its own clock; `None` if none ever led.
        since_ms: Option<u64>,
    },
}

/// Who leads and how far the history is recorded, as Redis has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Who leads.
    pub leading: Leading,
    /// When the last recorded minute ended, in Unix milliseconds of Redis's clock; `None` if none was ever recorded.
    pub recorded_ms: Option<u64>,
    /// Redis's clock at the reading, in Unix milliseconds.
    pub redis_ms: u64,
    /// This process's clock at the reading, in Unix milliseconds.
    pub read_ms: u64,
}

/// Without a leader, or a recorded minute, for longer than this something is wrong: a lease lasts 10 s, and a minute is recorded 5 s
/// after its end.
const WITHOUT_LEADER_MS: u64 = 30_000;
const UNRECORDED_MS: u64 = 180_000;

/// How old a reading may be that still says how it is.
const OLD_MS: u64 = 15_000;

impl Health {
    /// Whether it says how it is at `now_ms`, in Unix milliseconds.
    pub fn is_fresh(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.read_ms) <= OLD_MS
    }

    /// How long ago the last recorded minute ended, in milliseconds; `None` if none was ever recorded.
    pub fn unrecorded_for(&self, now_ms: u64) -> Option<u64> {
        let at_reading = self.redis_ms.saturating_sub(self.recorded_ms?);
        Some(at_reading + now_ms.saturating_sub(self.read_ms))
    }

    /// Whether no process leads for too long. `began_ms` is when this process began, and `may_lead` whether it may lead: where it
    /// may not, and none ever led, nobody is missed.
    pub fn is_without_leader(&self, now_ms: u64, began_ms: u64, may_lead: bool) -> bool {
        let since_ms = match self.leading {
            Leading::Process(_) => return false,
            Leading::Nobody {
                since_ms: Some(since_ms),
            } => since_ms,
            Leading::Nobody { since_ms: None } if may_lead => began_ms,
            Leading::Nobody { since_ms: None } => return false,
        };
        now_ms.saturating_sub(since_ms) > WITHOUT_LEADER_MS
    }

    /// Whether a process leads and records nothing for too long.
    pub fn is_unrecorded(&self, now_ms: u64) -> bool {
        let Leading::Process(process) = &self.leading else {
            return false;
        };
        let led_for = (process.since_ms).map(|since_ms| now_ms.saturating_sub(since_ms));
        let unrecorded = self.unrecorded_for(now_ms).or(led_for);
        // A process that took over just now gets its time.
        led_for.is_none_or(|led_for| led_for > UNRECORDED_MS)
            && unrecorded.is_some_and(|time| time > UNRECORDED_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_312_800_000;

    fn health(leading: Leading, recorded_ago: Option<u64>) -> Health {
        Health {
            leading,
            recorded_ms: recorded_ago.map(|ago| NOW - 7_000 - ago),
            // Redis's clock is behind.
            redis_ms: NOW - 7_000,
            read_ms: NOW,
        }
    }

    fn led_since(ago: Option<u64>) -> Leading {
        Leading::Process(LeaderProcess {
            is_this: true,
            name: None,
            since_ms: ago.map(|ago| NOW - ago),
        })
    }

    fn nobody(ago: Option<u64>) -> Health {
        let since_ms = ago.map(|ago| NOW - ago);
        health(Leading::Nobody { since_ms }, Some(0))
    }

    #[test]
    fn nobody_is_missed_only_for_too_long_and_where_someone_may_lead() {
        let began = NOW - 40_000;
        for (last, now, may_lead, expected) in [
            (Some(5_000), NOW, true, false),
            (Some(5_000), NOW + 26_000, true, true),
            (Some(60_000), NOW, false, true),
            (None, NOW, true, true),
            (None, NOW - 20_000, true, false),
            (None, NOW, false, false),
        ] {
            let told = nobody(last).is_without_leader(now, began, may_lead);
            assert_eq!(told, expected, "{last:?} {may_lead}");
        }
        let led = health(led_since(Some(90_000)), None);
        assert!(!led.is_without_leader(NOW, began, true));
    }

    #[test]
    fn a_leader_that_records_nothing_is_told_after_three_minutes() {
        let day = 86_400_000;
        for (led, recorded, expected) in [
            (Some(day), Some(65_000), false),
            (Some(day), Some(181_000), true),
            // It took over a minute ago.
            (Some(60_000), Some(day), false),
            (Some(day), None, true),
            (Some(60_000), None, false),
            // A process of an earlier version does not say since when.
            (None, Some(181_000), true),
            (None, None, false),
        ] {
            let told = health(led_since(led), recorded).is_unrecorded(NOW);
            assert_eq!(told, expected, "{led:?} {recorded:?}");
        }
        assert!(!nobody(Some(day)).is_unrecorded(NOW));
        let recorded = health(led_since(Some(day)), Some(65_000));
        assert_eq!(recorded.unrecorded_for(NOW + 9_000), Some(74_000));
        assert!(recorded.is_fresh(NOW + 9_000) && !recorded.is_fresh(NOW + 16_000));
        // Redis's clock went back.
        let mut ahead = recorded;
        ahead.recorded_ms = Some(NOW + day);
        assert_eq!(ahead.unrecorded_for(NOW), Some(0));
    }
}
