//! One field of a cron pattern.

use std::fmt;

/// The cron-parser that a BullMQ version brings along. They disagree about a few patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// cron-parser 4, of BullMQ 4 and 5.
    Four,
    /// cron-parser 5, of BullMQ 6.
    Five,
}

/// Why a pattern can't be parsed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronFault {
    /// The character at which the faulty part begins, from 1.
    pub at: usize,
    /// The field, or empty if the whole pattern is meant.
    pub field: &'static str,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for CronFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            "" => f.write_str(&self.problem),
            field => write!(f, "character {} ({field}): {}", self.at, self.problem),
        }
    }
}

impl std::error::Error for CronFault {}

/// What a field may hold.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    min: u8,
    max: u8,
    names: &'static [&'static str],
    /// The number that the first of the names stands for.
    first: u8,
    /// Whether it takes `L`, for the last day.
    last: bool,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fn plain(name: &'static str, min: u8, max: u8) -> Kind {
    Kind {
        name,
        min,
        max,
        names: &[],
        first: 0,
        last: false,
    }
}

pub(super) const KINDS: [Kind; 6] = [
    plain("second", 0, 59),
    plain("minute", 0, 59),
    plain("hour", 0, 23),
    Kind {
        last: true,
        ..plain("day of the month", 1, 31)
    },
    Kind {
        names: &MONTHS,
        first: 1,
        ..plain("month", 1, 12)
    },
    Kind {
        names: &WEEKDAYS,
        last: true,
        ..plain("weekday", 0, 7)
    },
];

/// One field: the numbers that it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// The numbers, ascending and each once. Sunday is 0.
    pub values: Vec<u8>,
    /// How many numbers cron-parser 4 counts, which decides whether it takes the field for unrestricted.
    pub(super) counted: usize,
    /// Whether it is `*` or `?` alone.
    pub(super) is_star: bool,
    /// The days of the week whose last one in the month is meant; any number if the field is the day of the month.
    pub last: Vec<u8>,
}

impl Field {
    pub(super) fn has_all(&self, min: u8, max: u8) -> bool {
        (min..=max).all(|value| self.values.contains(&value))
    }
}

/// A part of a field with its place, for errors.
pub(super) type Part<'a> = (usize, &'a str);

pub(super) fn fault(at: usize, place: usize, problem: impl Into<String>) -> CronFault {
    CronFault {
        at,
        field: KINDS[place].name,
        problem: problem.into(),
    }
}

pub(super) fn parse_field(
    (at, text): Part<'_>,
    place: usize,
    dialect: Dialect,
) -> Result<Field, CronFault> {
    let kind = &KINDS[place];
    let mut field = Field {
        is_star: matches!(text, "*" | "?"),
        ..Field::default()
    };
    let mut begin = at;
    for part in text.split(',') {
        read_part(&mut field, (begin, part), place, dialect)?;
        begin += part.chars().count() + 1;
    }
    field.counted = field.values.len() + field.last.len();
    if kind.max == 7 {
        field.values.iter_mut().for_each(|value| *value %= 7);
    }
    field.values.sort_unstable();
    field.values.dedup();
    Ok(field)
}

fn read_part(
    field: &mut Field,
    (at, part): Part<'_>,
    place: usize,
    dialect: Dialect,
) -> Result<(), CronFault> {
    let kind = &KINDS[place];
    if part.is_empty() {
        return Err(fault(at, place, "a value is missing"));
    }
    // After the names, of which some have an H.
    let random = (part.split(['(', '/'])).next() == Some("H");
    if random && dialect == Dialect::Five {
        let problem = "H stands for a random value, which BullMQ picks anew for each run";
        return Err(fault(at, place, problem));
    }
    if let Some(day) = part.strip_suffix('L').filter(|_| kind.last) {
        match (kind.max, day) {
            (7, day) => field.last.push(number((at, day), place)? % 7),
            (_, "") => field.last.push(0),
            _ => return Err(fault(at, place, format!("L stands alone, not in {part:?}"))),
        }
        return Ok(());
    }
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => {
            let at = at + range.chars().count() + 1;
            (range, Some(step_of((at, step), place)?))
        }
        None => (part, None),
    };
    let (from, to) = match range {
        "*" | "?" => (kind.min, kind.max),
        range => match (range.split_once('-'), step) {
            (Some((from, to)), _) => {
                let at_to = at + from.chars().count() + 1;
                (number((at, from), place)?, number((at_to, to), place)?)
            }
            (None, Some(_)) => (number((at, range), place)?, kind.max),
            (None, None) => {
                let value = number((at, range), place)?;
                field.values.push(value);
                return Ok(());
            }
        },
    };
    if from > to {
        return Err(fault(at, place, format!("{from} comes after {to}")));
    }
    let step = step.unwrap_or(1);
    let is_week = kind.max == 7;
    field.values.extend(match dialect {
        Dialect::Four => stepped_by_four(from, to, step, is_week),
        Dialect::Five => stepped_by_five(from, to, step, is_week),
    });
    Ok(())
}

/// The numbers of a range as cron-parser 4 counts them: a range up to Sunday (7) has Sunday in any case.
fn stepped_by_four(from: u8, to: u8, step: u16, is_week: bool) -> Vec<u8> {
    let mut values = Vec::new();
    if is_week && to.is_multiple_of(7) {
        values.push(0);
    }
    let mut count = step;
    for value in from..=to {
        if !values.contains(&value) && count.is_multiple_of(step) {
            count = 1;
            values.push(value);
        } else {
            count += 1;
        }
    }
    values
}

/// The numbers of a range as cron-parser 5 counts them.
fn stepped_by_five(from: u8, to: u8, step: u16, is_week: bool) -> Vec<u8> {
    let mut values = Vec::new();
    if is_week && to.is_multiple_of(7) && u16::from(to - from).is_multiple_of(step) {
        values.push(0);
    }
    for value in (from..=to).step_by(usize::from(step)) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn step_of((at, text): Part<'_>, place: usize) -> Result<u16, CronFault> {
    match text.parse::<u16>() {
        Ok(step) if (1..=1000).contains(&step) => Ok(step),
        _ => {
            let problem = format!("after / a number from 1 on is allowed, not {text:?}");
            Err(fault(at, place, problem))
        }
    }
}

/// A number or a name of the field.
fn number((at, text): Part<'_>, place: usize) -> Result<u8, CronFault> {
    let kind = &KINDS[place];
    let lower = text.to_lowercase();
    if let Some(name) = kind.names.iter().position(|name| *name == lower) {
        // There are 12 names at most.
        return Ok(u8::try_from(name).unwrap_or(0) + kind.first);
    }
    let allowed = match kind.names.first() {
        Some(first) => format!(
            "{}–{} or names such as {}",
            kind.min,
            kind.max,
            first.to_uppercase()
        ),
        None => format!("{}–{}", kind.min, kind.max),
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u8>() {
        Ok(number) if digits && (kind.min..=kind.max).contains(&number) => Ok(number),
        _ if text.is_empty() => Err(fault(
            at,
            place,
            format!("a value is missing; allowed are {allowed}"),
        )),
        _ => Err(fault(at, place, format!("{text:?} is none of {allowed}"))),
    }
}
