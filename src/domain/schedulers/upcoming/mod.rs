//! The next runs of a scheduler, and those it had.

#[cfg(test)]
pub(crate) mod tests;

use chrono::{DateTime, Offset};
use chrono_tz::Tz;

use super::cron::fields::CronFault;
use super::cron::{Cron, zone_of};
use super::interval;
use super::scheduler::{Schedule, Scheduler, Standing};

/// A run, as it is shown in a scheduler's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When, in Unix milliseconds.
    pub at: u64,
    /// The same in the time zone: `Sun 2026-03-29 03:15:00 CEST (+02:00)`.
    pub local: String,
    /// Whether the clock was changed between the run before and this one.
    pub clock_changed: bool,
}

/// The next runs, as far as they can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The runs; the first is the one that is stored.
    pub runs: Vec<Run>,
    /// Why there are no more, or what they rest on; empty if there is nothing to say.
    pub note: String,
}

/// A schedule in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScheduleWords {
    /// `every day at 03:15`; empty if words can't say it exactly.
    pub words: String,
    /// The pattern; empty for an interval.
    pub pattern: String,
    /// The time zone; empty if it has none or needs none.
    pub zone: String,
    /// Why the pattern can't be parsed; empty if it can.
    pub fault: String,
}

impl Scheduler {
    /// Its schedule in words.
    pub fn words(&self) -> ScheduleWords {
        match &self.schedule {
            Schedule::Every(millis) => ScheduleWords {
                words: interval::words(*millis),
                ..ScheduleWords::default()
            },
            Schedule::Pattern { pattern, zone } => {
                let cron = Cron::parse(pattern, self.dialect);
                let (words, fault) = match cron {
                    Ok(cron) => (cron.words().unwrap_or_default(), String::new()),
                    Err(fault) => (String::new(), fault.to_string()),
                };
                ScheduleWords {
                    words,
                    pattern: pattern.clone(),
                    zone: zone.clone().unwrap_or_default(),
                    fault,
                }
            }
            Schedule::Unknown => ScheduleWords::default(),
        }
    }

    /// The next `most` runs at `now`, in Unix milliseconds.
    pub fn upcoming(&self, now: u64, most: usize) -> Upcoming {
        let standing = self.standing(now);
        if matches!(standing, Standing::Ended | Standing::Stuck) {
            return Upcoming {
                runs: Vec::new(),
                note: String::new(),
            };
        }
        let (steps, zone, note) = match self.steps() {
            Ok(found) => found,
            Err(note) => {
                return Upcoming {
                    runs: local_runs(&[self.next], Tz::UTC),
                    note,
                };
            }
        };
        let left = (self.limit.zip(self.made_of_limit())).map_or(u64::MAX, |(limit, made)| {
            limit.saturating_sub(made).saturating_add(1)
        });
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(most);
        let mut times = vec![self.next];
        let mut time = self.next.max(now);
        while times.len() < most {
            let next = steps.after(self, times[times.len() - 1], time);
            let Some(next) = next.filter(|_| steps.may_follow(self, times[times.len() - 1])) else {
                break;
            };
            if steps.is_past_end(self, next) {
                break;
            }
            times.push(next);
            time = next;
        }
        Upcoming {
            runs: local_runs(&times, zone),
            note,
        }
    }

    /// The last `most` times before the next run at which a job was due, the newest first.
    pub fn past(&self, most: usize) -> Vec<u64> {
        let Ok((steps, _, _)) = self.steps() else {
            return Vec::new();
        };
        let before = |time: &u64| steps.before(*time).filter(|before| before < time);
        let times = std::iter::successors(before(&self.next), before);
        times.take(most).collect()
    }

    /// How to get from one run to the next, the time zone, and what that rests on.
    pub(crate) fn steps(&self) -> Result<(Steps, Tz, String), String> {
        match &self.schedule {
            Schedule::Every(0) | Schedule::Unknown => {
                Err("The schedule is not stored, so only the next run is known.".to_owned())
            }
            Schedule::Every(millis) => Ok((Steps::Every(*millis), Tz::UTC, String::new())),
            Schedule::Pattern { pattern, zone } => {
                let cron = Cron::parse(pattern, self.dialect);
                let cron = cron.map_err(|fault: CronFault| {
                    format!("The pattern can’t be read, so only the next run is known: {fault}.")
                })?;
                let (zone, note) = match zone {
                    Some(name) => {
                        let zone = zone_of(name).ok_or_else(|| {
                            format!(
                                "There is no time zone {name:?}, so only the next run is known."
                            )
                        })?;
                        (zone, String::new())
                    }
                    None if cron.runs_at(self.next, Tz::UTC) => (Tz::UTC, UTC_FITS.to_owned()),
                    None => return Err(NO_ZONE.to_owned()),
                };
                Ok((Steps::Cron(Box::new(cron), zone), zone, note))
            }
        }
    }
}

const UTC_FITS: &str = "The pattern has no time zone, so it runs in that of the worker’s process. The next run fits UTC, which \
                        is assumed for the others.";

const NO_ZONE: &str = "The pattern has no time zone, so it runs in that of the worker’s process, which is not UTC. Only the \
                       next run is known.";

/// The way from one run to the next.
pub(crate) enum Steps {
    Every(u64),
    Cron(Box<Cron>, Tz),
}

impl Steps {
    /// The run after `last`, which is made at `time`.
    pub(crate) fn after(&self, scheduler: &Scheduler, last: u64, time: u64) -> Option<u64> {
        match self {
            Self::Cron(cron, zone) => {
                cron.next_after(time.max(scheduler.start.unwrap_or(0)), *zone)
            }
            Self::Every(every) if scheduler.is_legacy() => {
                (time / every * every).checked_add(*every)
            }
            Self::Every(every) => {
                let next = last.checked_add(*every)?;
                if next >= time {
                    return Some(next);
                }
                // Runs were missed: the next one is in its place again.
                let aligned = (time / every * every).checked_add(scheduler.offset)?;
                match aligned <= time {
                    true => aligned.checked_add(*every),
                    false => Some(aligned),
                }
            }
        }
    }

    fn before(&self, time: u64) -> Option<u64> {
        match self {
            Self::Cron(cron, zone) => cron.last_before(time, *zone),
            Self::Every(every) => time.checked_sub(*every),
        }
    }

    /// Whether a run makes another one: BullMQ looks at the end when it makes it.
    pub(crate) fn may_follow(&self, scheduler: &Scheduler, last: u64) -> bool {
        scheduler.end.is_none_or(|end| last <= end)
    }

    /// Whether a run is past the end. A pattern's runs stop there; an interval goes on once more.
    pub(crate) fn is_past_end(&self, scheduler: &Scheduler, run: u64) -> bool {
        match self {
            Self::Cron(..) => scheduler.end.is_some_and(|end| run > end),
            Self::Every(_) => false,
        }
    }
}

fn local_runs(times: &[u64], zone: Tz) -> Vec<Run> {
    let mut before = None;
    let runs = times.iter().filter_map(|at| {
        let utc = DateTime::from_timestamp_millis(i64::try_from(*at).ok()?)?;
        let local = utc.with_timezone(&zone);
        let offset = local.offset().fix();
        let changed = before.is_some_and(|before| before != offset);
        before = Some(offset);
        Some(Run {
            at: *at,
            local: local.format("%a %Y-%m-%d %H:%M:%S %Z (%:z)").to_string(),
            clock_changed: changed,
        })
    });
    runs.collect()
}
