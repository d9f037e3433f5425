//! A pattern in words, where words can say it exactly.

use super::fields::{Dialect, Field, Fields};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// The most values that a list in words has.
const LONGEST_LIST: usize = 5;

/// The pattern in words; `None` if they would be inexact or too long.
pub(super) fn words(fields: &Fields) -> Option<String> {
    let time = time(fields)?;
    let days = days(fields)?;
    let months = months(&fields.month)?;
    Some(match (time, days) {
        (Time::At(at), Days::Every) => format!("every day at {at}{}", in_months(&months)),
        (Time::At(at), Days::Weekdays(days)) => format!("{days} at {at}{}", in_months(&months)),
        (Time::At(at), Days::OfMonth(days)) => {
            format!("on {days} of {} at {at}", of_months(&months))
        }
        (Time::Again(again), Days::Every) => format!("{again}{}", in_months(&months)),
        (Time::Again(again), Days::Weekdays(days)) => {
            format!("{again}, {days}{}", in_months(&months))
        }
        (Time::Again(again), Days::OfMonth(days)) => {
            format!("{again}, on {days} of {}", of_months(&months))
        }
    })
}

/// The time of day: at one or few times, or again and again.
enum Time {
    At(String),
    Again(String),
}

/// The days: all, some of each week, or some of a month.
enum Days {
    Every,
    Weekdays(String),
    OfMonth(String),
}

fn time(fields: &Fields) -> Option<Time> {
    let (second, minute, hour) = (&fields.second, &fields.minute, &fields.hour);
    let [all_minutes, all_hours] = [Fields::is_every(minute, 59), Fields::is_every(hour, 23)];
    let seconds = match second.values.as_slice() {
        [second] => *second,
        _ if all_minutes && all_hours => {
            let step = even_step(second, 60)?;
            return Some(Time::Again(every(step, "second")));
        }
        _ => return None,
    };
    let clock = |hour: u8, minute: u8| match seconds {
        0 => format!("{hour:02}:{minute:02}"),
        seconds => format!("{hour:02}:{minute:02}:{seconds:02}"),
    };
    let hours = hour.values.as_slice();
    if let [minute] = minute.values.as_slice() {
        if let Some(step) = even_step(hour, 24) {
            let again = every(step, "hour");
            return Some(Time::Again(match (minute, seconds) {
                (0, 0) => again,
                (minute, 0) => format!("{again} at {} past", amount(*minute, "minute")),
                _ => return None,
            }));
        }
        if hours.len() <= LONGEST_LIST {
            let times = hours.iter().map(|hour| clock(*hour, *minute));
            return Some(Time::At(and(times.collect())));
        }
        let (first, last) = run_of(hours)?;
        let (from, to) = (clock(first, *minute), clock(last, *minute));
        return Some(Time::Again(format!("every hour from {from} to {to}")));
    }
    if seconds != 0 {
        return None;
    }
    let step = even_step(minute, 60);
    let again = match step {
        Some(step) => every(step, "minute"),
        None if minute.values.len() <= LONGEST_LIST && all_hours => {
            let minutes = minute.values.iter().map(u8::to_string).collect();
            return Some(Time::Again(format!(
                "every hour at {} minutes past",
                and(minutes)
            )));
        }
        None => return None,
    };
    if all_hours {
        return Some(Time::Again(again));
    }
    let (first, last) = run_of(hours)?;
    let from = clock(first, *minute.values.first()?);
    let to = clock(last, *minute.values.last()?);
    Some(Time::Again(format!("{again} from {from} to {to}")))
}

fn days(fields: &Fields) -> Option<Days> {
    let months = &fields.month.values;
    let any_day = months.iter().all(|month| fields.any_day(*month));
    let some_day = months.iter().any(|month| fields.any_day(*month));
    if any_day != some_day {
        return None;
    }
    match (any_day, fields.any_weekday()) {
        (true, true) => fields.nth.is_none().then_some(Days::Every),
        (true, false) => Some(Days::Weekdays(weekdays(fields)?)),
        (false, true) if fields.nth.is_none() => Some(Days::OfMonth(days_of_month(&fields.day)?)),
        // Either may match. cron-parser 4 mixes that up with the occurrence of a weekday.
        (false, false) if fields.nth.is_none() || fields.dialect == Dialect::Five => None,
        _ => None,
    }
}

fn weekdays(fields: &Fields) -> Option<String> {
    let (days, last) = (
        fields.weekday.values.as_slice(),
        fields.weekday.last.as_slice(),
    );
    let name = |day: &u8| WEEKDAYS[usize::from(*day)];
    match (days, last, fields.nth) {
        ([], [day], None) => Some(format!("the last {} of the month", name(day))),
        ([day], [], Some(nth)) => {
            let nth = NTH[usize::from(nth) - 1];
            Some(format!("the {nth} {} of the month", name(day)))
        }
        (days, [], None) => {
            // The week begins on Monday; Sunday is 0.
            let mut days: Vec<u8> = days.iter().map(|day| (day + 6) % 7).collect();
            days.sort_unstable();
            let name = |day: u8| WEEKDAYS[usize::from((day + 1) % 7)];
            match run_of(&days) {
                Some((0, 6)) => Some("every day".to_owned()),
                Some((first, last)) if last - first > 1 => {
                    Some(format!("{} to {}", name(first), name(last)))
                }
                _ => {
                    let names = days.into_iter().map(|day| name(day).to_owned());
                    Some(format!("every {}", and(names.collect())))
                }
            }
        }
        _ => None,
    }
}

fn days_of_month(day: &Field) -> Option<String> {
    match (day.values.as_slice(), day.last.is_empty()) {
        ([], false) => Some("the last day".to_owned()),
        (days, true) if days.len() <= LONGEST_LIST => Some(format!(
            "the {}",
            and(days.iter().map(|day| ordinal(*day)).collect())
        )),
        (days, true) => {
            let (first, last) = run_of(days)?;
            Some(format!("the {} to the {}", ordinal(first), ordinal(last)))
        }
        _ => None,
    }
}

/// The months in words; empty if all are meant.
fn months(month: &Field) -> Option<String> {
    let months = month.values.as_slice();
    let name = |month: &u8| MONTHS[usize::from(*month) - 1].to_owned();
    match months {
        months if months.len() == 12 => Some(String::new()),
        months if months.len() <= LONGEST_LIST => Some(and(months.iter().map(name).collect())),
        months => {
            let (first, last) = run_of(months)?;
            Some(format!("{} to {}", name(&first), name(&last)))
        }
    }
}

fn in_months(months: &str) -> String {
    match months {
        "" => String::new(),
        months => format!(" in {months}"),
    }
}

fn of_months(months: &str) -> &str {
    match months {
        "" => "every month",
        months => months,
    }
}

/// The step if the values are 0, `step`, 2 × `step`, … and `whole` is a multiple of it; 1 if they are all.
fn even_step(field: &Field, whole: u8) -> Option<u8> {
    let values = field.values.as_slice();
    let step = match values {
        [0, second, ..] => *second,
        _ => return None,
    };
    let is_even = whole.is_multiple_of(step)
        && values.len() == usize::from(whole / step)
        && (values.iter().zip(0..)).all(|(value, place)| *value == step * place);
    is_even.then_some(step)
}

/// The first and last of values without a gap.
fn run_of(values: &[u8]) -> Option<(u8, u8)> {
    let (first, last) = (*values.first()?, *values.last()?);
    (usize::from(last - first) + 1 == values.len()).then_some((first, last))
}

fn every(step: u8, unit: &str) -> String {
    match step {
        1 => format!("every {unit}"),
        step => format!("every {step} {unit}s"),
    }
}

fn amount(number: u8, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
    }
}

fn ordinal(number: u8) -> String {
    let ending = match (number % 10, number / 10 == 1) {
        (1, false) => "st",
        (2, false) => "nd",
        (3, false) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `a`, `a and b`, `a, b and c`.
fn and(mut words: Vec<String>) -> String {
    match words.pop() {
        None => String::new(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}
