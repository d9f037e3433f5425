//! When a pattern runs.

use chrono::DateTime;
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::fields::{CronFault, DAYS_IN_MONTH, Dialect, Field, Fields};

/// The runs of a pattern: those of all its parts. A pattern has two parts where cron-parser 4 takes the day of the month for
/// restricted in long months only.
#[derive(Debug, Clone)]
pub(super) struct Runs(Vec<Cron>);

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
        Ok(Self(parts.collect::<Result<_, _>>()?))
    }

    pub(super) fn next_after(&self, millis: u64, zone: Tz) -> Option<u64> {
        let from = time(millis, zone)?;
        let next = |cron: &Cron| cron.find_next_occurrence(&from, false).ok();
        self.0.iter().filter_map(next).map(|at| unix(&at)).min()?
    }

    pub(super) fn last_before(&self, millis: u64, zone: Tz) -> Option<u64> {
        let from = time(millis, zone)?;
        let last = |cron: &Cron| cron.find_previous_occurrence(&from, false).ok();
        self.0.iter().filter_map(last).map(|at| unix(&at)).max()?
    }
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
        // Days that none of the months has are no reason to search for ever.
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
