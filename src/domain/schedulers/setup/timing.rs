//! When a scheduler's jobs are due, read from what was typed and checked as BullMQ checks it. What BullMQ would ignore without a
//! word is refused.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::fields::{
    BY_INTERVAL, END, EVERY, IMMEDIATELY, LIMIT, PATTERN, REPEAT, START, TIMING, ZONE,
};
use crate::domain::job::new_job::fields::LONGEST_TEXT;
use crate::domain::operations::parameters::{LAST_MOMENT, ParameterFault, duration, point_in_time};
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::cron::{Cron, zone_of};
use crate::domain::schedulers::scheduler::{Schedule, Scheduler};

/// The longest interval, in milliseconds: ten years.
const LONGEST_INTERVAL: u64 = 10 * 365 * 24 * 3_600_000;

/// The highest limit.
const HIGHEST_LIMIT: u64 = 1_000_000_000;

/// When a scheduler's jobs are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// The pattern or the interval.
    pub schedule: Schedule,
    /// Before this it does not run, in Unix milliseconds.
    pub start: Option<u64>,
    /// After this it does not run, in Unix milliseconds.
    pub end: Option<u64>,
    /// How many jobs it makes at most, from when it is set up.
    pub limit: Option<u64>,
    /// Whether a pattern's first run is at once.
    pub immediately: bool,
}

struct Reader<'a> {
    typed: &'a HashMap<String, String>,
    faults: Vec<ParameterFault>,
}

impl Reader<'_> {
    fn fault(&mut self, name: &'static str, what: &str) {
        let label = TIMING.iter().find(|spec| spec.name == name);
        let label = label.map_or(name, |spec| spec.label);
        self.faults.push(ParameterFault {
            name,
            message: format!("{label} {what}"),
        });
    }

    /// What was typed into a field; `None` for nothing, or where it is too long.
    fn text(&mut self, name: &'static str) -> Option<String> {
        let typed = self.typed.get(name).map_or("", |text| text.trim());
        let length = typed.chars().count();
        if length > LONGEST_TEXT {
            let what = format!("has {length} characters. At most {LONGEST_TEXT} are allowed.");
            self.fault(name, &what);
            return None;
        }
        (!typed.is_empty()).then(|| typed.to_owned())
    }

    fn time(&mut self, name: &'static str) -> Option<u64> {
        let text = self.text(name)?;
        let time = point_in_time(&text);
        match time {
            None => {
                let what = format!(
                    "can't be {text:?}. Allowed is a time in UTC, such as 2030-01-31 14:00."
                );
                self.fault(name, &what);
            }
            Some(0) => self.fault(name, "can't be before 1970."),
            Some(far) if far > LAST_MOMENT => {
                self.fault(
                    name,
                    "is too far: BullMQ can delay jobs until September 2039.",
                );
                return None;
            }
            Some(_) => {}
        }
        time.filter(|time| *time > 0)
    }

    fn limit(&mut self) -> Option<u64> {
        let text = self.text(LIMIT)?;
        let limit = text.parse().ok();
        let limit = limit.filter(|limit| (1..=HIGHEST_LIMIT).contains(limit));
        if limit.is_none() {
            let what =
                format!("can't be {text:?}. Allowed is a whole number from 1 to {HIGHEST_LIMIT}.");
            self.fault(LIMIT, &what);
        }
        limit
    }

    fn interval(&mut self) -> Option<Schedule> {
        for (name, what) in [
            (
                PATTERN,
                "is for runs by a pattern. Leave it empty for an interval.",
            ),
            (
                ZONE,
                "is for runs by a pattern. Leave it empty for an interval.",
            ),
        ] {
            if self.text(name).is_some() {
                self.fault(name, what);
            }
        }
        let Some(text) = self.text(EVERY) else {
            self.fault(EVERY, "is missing. Enter a duration, such as 15 min.");
            return None;
        };
        let millis = duration(&text).and_then(|long| u64::try_from(long.as_millis()).ok());
        let millis = millis.filter(|millis| (1..=LONGEST_INTERVAL).contains(millis));
        if millis.is_none() {
            let what = format!(
                "can't be {text:?}. Allowed is a duration up to 3650 d, such as 5 s or 1 h 30 min."
            );
            self.fault(EVERY, &what);
        }
        millis.map(Schedule::Every)
    }

    fn pattern(&mut self, dialect: Dialect) -> Option<Schedule> {
        if self.text(EVERY).is_some() {
            self.fault(
                EVERY,
                "is for runs at an interval. Leave it empty for a pattern.",
            );
        }
        let zone = self.text(ZONE);
        let is_zone = zone.as_deref().is_none_or(|zone| zone_of(zone).is_some());
        if !is_zone {
            let what = format!(
                "can't be {:?}. Allowed is the name of a time zone, such as Europe/Berlin or UTC.",
                zone.as_deref().unwrap_or_default()
            );
            self.fault(ZONE, &what);
        }
        let Some(pattern) = self.text(PATTERN) else {
            self.fault(
                PATTERN,
                "is missing. Enter five fields, such as 15 3 * * *.",
            );
            return None;
        };
        if let Err(wrong) = Cron::parse(&pattern, dialect) {
            self.fault(PATTERN, &format!("can't be read: {wrong}."));
            return None;
        }
        is_zone.then_some(Schedule::Pattern { pattern, zone })
    }
}

impl Timing {
    /// When the jobs are due that was typed at `now`, in Unix milliseconds, for a queue whose BullMQ has this cron-parser.
    ///
    /// # Errors
    /// What is wrong with each field that is wrong.
    pub fn parse(
        typed: &HashMap<String, String>,
        dialect: Dialect,
        now: u64,
    ) -> Result<Self, Vec<ParameterFault>> {
        let mut reader = Reader {
            typed,
            faults: Vec::new(),
        };
        let by_interval = reader.text(REPEAT).as_deref() == Some(BY_INTERVAL);
        let schedule = match by_interval {
            true => reader.interval(),
            false => reader.pattern(dialect),
        };
        let (start, end) = (reader.time(START), reader.time(END));
        let immediately = typed.get(IMMEDIATELY).is_some_and(|text| !text.is_empty());
        let limit = reader.limit();
        match end {
            Some(end) if end <= now => {
                reader.fault(END, "is in the past, so BullMQ would not set it up.")
            }
            Some(end) if start.is_some_and(|start| start >= end) => {
                reader.fault(END, "must be after the start.")
            }
            _ => {}
        }
        if immediately && by_interval {
            reader.fault(
                IMMEDIATELY,
                "is for runs by a pattern. A new interval runs at once anyway.",
            );
        } else if immediately && start.is_some() {
            reader.fault(IMMEDIATELY, "can't be used together with a start.");
        }
        let timing = schedule.map(|schedule| Self {
            schedule,
            start,
            end,
            limit,
            immediately,
        });
        if let Some(timing) = &timing
            && reader.faults.is_empty()
            && timing.first_runs(dialect, now, 1).is_empty()
        {
            let name = if by_interval { EVERY } else { PATTERN };
            reader.fault(
                name,
                "has no run before the end, or none until September 2039.",
            );
        }
        match timing {
            Some(timing) if reader.faults.is_empty() => Ok(timing),
            _ => Err(reader.faults),
        }
    }

    /// Whether a scheduler runs by this pattern or interval, zone and start already.
    pub fn is_timing_of(&self, scheduler: &Scheduler) -> bool {
        self.schedule == scheduler.schedule && self.start == scheduler.start
    }

    /// The first `most` runs after `now`: of an interval one, which its next job may still be put off from. Without a zone,
    /// UTC counts.
    pub fn first_runs(&self, dialect: Dialect, now: u64, most: usize) -> Vec<u64> {
        let fits = |at: &u64| *at <= self.end.unwrap_or(LAST_MOMENT).min(LAST_MOMENT);
        let from = self.start.unwrap_or(0).max(now);
        let Schedule::Pattern { pattern, zone } = &self.schedule else {
            return Some(from).filter(fits).into_iter().collect();
        };
        if self.immediately {
            return (now..).take(most).collect();
        }
        let zone = zone.as_deref().and_then(zone_of).unwrap_or(Tz::UTC);
        let Ok(cron) = Cron::parse(pattern, dialect) else {
            return Vec::new();
        };
        let next = |at: &u64| cron.next_after(*at, zone);
        let runs = std::iter::successors(next(&from), next);
        runs.take_while(fits).take(most).collect()
    }
}
