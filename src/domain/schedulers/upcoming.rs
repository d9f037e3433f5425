//! The next runs of a scheduler, and those it had.

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::job::{JobId, JobState};
    use crate::domain::queue::QueueId;
    use crate::domain::schedulers::cron::fields::Dialect;
    use crate::domain::schedulers::scheduler::{PendingJob, SchedulerId, SchedulerKind};

    fn scheduler(schedule: Schedule, next: u64) -> Scheduler {
        Scheduler {
            queue: QueueId::new("bull", "q").unwrap(),
            id: SchedulerId::new("x").unwrap(),
            kind: SchedulerKind::Scheduler,
            dialect: Dialect::Four,
            name: String::new(),
            schedule,
            offset: 0,
            next,
            start: None,
            end: None,
            limit: None,
            made: Some(1),
            counted: None,
            template_sizes: [0, 0],
            pending: Some(PendingJob {
                id: JobId::new("repeat:x:1").unwrap(),
                state: Some(JobState::Delayed),
            }),
        }
    }

    fn times(one: &Scheduler, now: u64) -> Vec<u64> {
        let runs = one.upcoming(now, 5).runs;
        runs.iter().map(|run| run.at).collect()
    }

    #[test]
    fn an_interval_goes_on_in_its_places_until_its_limit_and_once_past_its_end() {
        let every = |millis| Schedule::Every(millis);
        let mut one = scheduler(every(100), 1_030);
        one.offset = 30;
        assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230, 1_330, 1_430]);
        // The job is late: those that were missed are not made up for.
        assert_eq!(times(&one, 1_400), [1_030, 1_430, 1_530, 1_630, 1_730]);
        one.limit = Some(3);
        assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230]);
        one.limit = None;
        one.end = Some(1_200);
        assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230]);
    }

    #[test]
    fn numbers_that_no_clock_has_are_no_reason_to_panic() {
        for millis in [1, u64::MAX / 2, u64::MAX] {
            let mut one = scheduler(Schedule::Every(millis), u64::MAX - 1);
            one.offset = u64::MAX;
            one.words();
            one.past(3);
            times(&one, u64::MAX);
        }
        let pattern = Schedule::Pattern {
            pattern: "* * * * *".to_owned(),
            zone: Some("UTC".to_owned()),
        };
        times(&scheduler(pattern, u64::MAX), 0);
    }

    #[test]
    fn a_pattern_without_a_zone_says_what_its_runs_rest_on() {
        let pattern = |zone: Option<&str>| Schedule::Pattern {
            pattern: "0 9 * * *".to_owned(),
            zone: zone.map(str::to_owned),
        };
        // 2027-01-01 09:00 UTC, and an hour before.
        let (nine, eight) = (1_798_794_000_000, 1_798_790_400_000);
        let fits = scheduler(pattern(None), nine).upcoming(0, 5);
        assert_eq!((fits.runs.len(), fits.note.as_str()), (5, UTC_FITS));
        let other = scheduler(pattern(None), eight).upcoming(0, 5);
        assert_eq!((other.runs.len(), other.note.as_str()), (1, NO_ZONE));
        let unknown = scheduler(pattern(Some("Europe/Nowhere")), eight).upcoming(0, 5);
        assert!(unknown.note.contains("Europe/Nowhere"), "{}", unknown.note);
    }
}
