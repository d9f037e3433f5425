//! Cron patterns as BullMQ runs them: parsed, in words, and their runs in a time zone.
//!
//! The parser is our own, since it must take exactly what BullMQ's cron-parser takes, and name the place of a fault. When
//! a pattern runs, also where clocks change, is `croner`'s to say.

mod field;
pub mod fields;
mod runs;
#[cfg(test)]
mod tests;
mod words;

use chrono_tz::Tz;

use fields::{CronFault, Dialect, Fields};
use runs::Runs;

/// A cron pattern that can be parsed.
#[derive(Debug, Clone)]
pub struct Cron {
    fields: Fields,
    runs: Runs,
}

impl Cron {
    /// Parses a pattern as a BullMQ with this cron-parser does.
    pub fn parse(pattern: &str, dialect: Dialect) -> Result<Self, CronFault> {
        let fields = Fields::parse(pattern, dialect)?;
        let runs = Runs::of(&fields)?;
        Ok(Self { fields, runs })
    }

    /// The pattern in words, `every day at 03:15`; `None` if words can't say it exactly.
    pub fn words(&self) -> Option<String> {
        words::words(&self.fields)
    }

    /// The first run after a time in Unix milliseconds; `None` if there is none.
    pub fn next_after(&self, millis: u64, zone: Tz) -> Option<u64> {
        self.runs.next_after(millis, zone)
    }

    /// The last run before a time in Unix milliseconds.
    pub fn last_before(&self, millis: u64, zone: Tz) -> Option<u64> {
        self.runs.last_before(millis, zone)
    }

    /// Whether it runs at this time, in Unix milliseconds.
    pub fn runs_at(&self, millis: u64, zone: Tz) -> bool {
        let before = millis.saturating_sub(1);
        self.next_after(before, zone) == Some(millis)
    }
}

/// The time zone of this name, in any case, as JavaScript takes it.
pub fn zone_of(name: &str) -> Option<Tz> {
    let mut all = chrono_tz::TZ_VARIANTS.iter();
    all.find(|zone| zone.name().eq_ignore_ascii_case(name))
        .copied()
}
