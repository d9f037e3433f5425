//! When a pattern runs.

use chrono::{DateTime, Offset, TimeDelta, Timelike};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::fields::{CronFault, DAYS_IN_MONTH, Dialect, Field, Fields};

/// The runs of a pattern: those of all its parts. A pattern has two parts where cron-parser 4 takes the day of the month for
/// restricted in long months only.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    parts: Vec<Cron>,
    hour: Vec<u8>,
    minute: Vec<u8>,
    second: Vec<u8>,
}

impl Runs {
    /// The runs of these fields.
    pub(super) fn of(fields: &Fields) -> Result<Self, CronFault> {
        let unclear = |problem: &str| CronFault {
            at: 1,
            field: "",
            problem: problem.to_owned(),
        };
        if fields.nth.is_some() && !fields.day.last.is_empty() {
            return Err(unclear("L and # in one pattern can't be read"));
        }
        let months = fields.month.values.iter().copied();
        let (free, held): (Vec<u8>, Vec<u8>) = months.partition(|month| fields.any_day(*month));
        let parts = [(free, true), (held, false)].into_iter();
        let patterns = parts.filter_map(|(months, any_day)| pattern(fields, &months, any_day));
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Disallowed)
            .build();
        let parts = patterns.map(|pattern| {
            parser
                .parse(&pattern)
                .map_err(|error| unclear(&error.to_string()))
        });
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
            hour: fields.hour.values.clone(),
            minute: fields.minute.values.clone(),
            second: fields.second.values.clone(),
        })
    }

    pub(super) fn next_after(&self, millis: u64, zone: Tz) -> Option<u64> {
        let from = time(millis, zone)?;
        let next = |cron: &Cron| self.next_of(cron, &from);
        self.parts
            .iter()
            .filter_map(next)
            .map(|at| unix(&at))
            .min()?
    }

    fn next_of(&self, cron: &Cron, from: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let next = cron.find_next_occurrence(from, false).ok();
        let skipped = clock_went_on(from).filter(|gap| {
            let before = *gap - TimeDelta::milliseconds(1);
            // It has a run in the hour that was left out.
            cron.find_next_occurrence(&before, false).ok().as_ref() == Some(gap)
        });
        let late = skipped.and_then(|gap| self.in_hour_after(&gap, from));
        let Some(next) = next.filter(|next| late.as_ref().is_none_or(|late| next < late)) else {
            return late;
        };
        match clock_went_on(&next).filter(|gap| *gap == next) {
            Some(gap) => self.in_hour_after(&gap, from).or(Some(next)),
            None => Some(next),
        }
    }

    /// The first run after `from` in the hour that follows an hour that the clock left out. What was due in that hour runs an hour
    /// later for cron-parser, and at once for `croner`.
    fn in_hour_after(&self, gap: &DateTime<Tz>, from: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let is_due = |hour: u32| self.hour.iter().any(|due| u32::from(*due) == hour);
        if !is_due(gap.hour()) && !is_due((gap.hour() + 23) % 24) {
            return None;
        }
        let times = self.minute.iter().flat_map(|minute| {
            let seconds = self.second.iter().map(|second| i64::from(*second));
            seconds.map(|second| i64::from(*minute) * 60 + second)
        });
        let mut times = times.map(|seconds| *gap + TimeDelta::seconds(seconds));
        times.find(|time| time > from)
    }

    pub(super) fn last_before(&self, millis: u64, zone: Tz) -> Option<u64> {
        let from = time(millis, zone)?;
        let last = |cron: &Cron| cron.find_previous_occurrence(&from, false).ok();
        self.parts
            .iter()
            .filter_map(last)
            .map(|at| unix(&at))
            .max()?
    }
}

/// When the clock was put forward by an hour, if that was less than an hour before `time`.
fn clock_went_on(time: &DateTime<Tz>) -> Option<DateTime<Tz>> {
    let hour = TimeDelta::hours(1);
    let offset = |time: &DateTime<Tz>| time.offset().fix().local_minus_utc();
    let before = *time - hour;
    let begin = *time
        - TimeDelta::seconds(i64::from(time.minute() * 60 + time.second()))
        - TimeDelta::nanoseconds(i64::from(time.nanosecond()));
    (offset(time) - offset(&before) == 3_600).then_some(begin)
}

fn time(millis: u64, zone: Tz) -> Option<DateTime<Tz>> {
    let utc = DateTime::from_timestamp_millis(i64::try_from(millis).ok()?)?;
    Some(utc.with_timezone(&zone))
}

fn unix(at: &DateTime<Tz>) -> Option<u64> {
    u64::try_from(at.timestamp_millis()).ok()
}

/// The pattern for `croner` of the runs in these months; `None` if there are none.
fn pattern(fields: &Fields, months: &[u8], any_day: bool) -> Option<String> {
    if months.is_empty() {
        return None;
    }
    let any_weekday = fields.any_weekday();
    let (mut days, weekdays) = (days(fields, months), weekdays(fields).join(","));
    // cron-parser 4 counts the occurrence of a weekday for the days of the month as well.
    let nth = fields.nth.filter(|_| fields.dialect == Dialect::Four);
    if let Some(nth) = nth {
        days.retain(|day| day.parse().is_ok_and(|day: u8| day.div_ceil(7) == nth));
    }
    let any_day = any_day && !(nth.is_some() && any_weekday);
    match (any_day, any_weekday) {
        (true, true) => Some(line(fields, months, "*", "*")),
        // Days that none of the months has are not a reason to search for ever.
        (false, true) if days.is_empty() => None,
        (false, true) => Some(line(fields, months, &days.join(","), "*")),
        (false, false) if !days.is_empty() => {
            Some(line(fields, months, &days.join(","), &weekdays))
        }
        (_, false) => Some(line(fields, months, "*", &weekdays)),
    }
}

fn line(fields: &Fields, months: &[u8], days: &str, weekdays: &str) -> String {
    let [second, minute, hour] = [&fields.second, &fields.minute, &fields.hour].map(list);
    let months = months.iter().map(u8::to_string).collect::<Vec<_>>();
    format!(
        "{second} {minute} {hour} {days} {} {weekdays}",
        months.join(",")
    )
}

fn list(field: &Field) -> String {
    let values: Vec<String> = field.values.iter().map(u8::to_string).collect();
    values.join(",")
}

/// The days of the month that come in any of these months.
fn days(fields: &Fields, months: &[u8]) -> Vec<String> {
    let most = months
        .iter()
        .map(|month| DAYS_IN_MONTH[usize::from(*month) - 1]);
    let most = most.max().unwrap_or(31);
    let days = fields.day.values.iter().filter(|day| **day <= most);
    let last = (!fields.day.last.is_empty()).then(|| "L".to_owned());
    days.map(u8::to_string).chain(last).collect()
}

fn weekdays(fields: &Fields) -> Vec<String> {
    let day = |day: &u8| match fields.nth {
        Some(nth) => format!("{day}#{nth}"),
        None => day.to_string(),
    };
    let last = fields.weekday.last.iter().map(|day| format!("{day}#L"));
    fields.weekday.values.iter().map(day).chain(last).collect()
}
