//! The fields of a cron pattern, parsed as the cron-parser of a BullMQ version parses them.

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

/// The longest pattern, in bytes: cron-parser 5 takes no longer one, and every value of every field takes half of it.
pub const LONGEST_PATTERN: usize = 1024;

/// What a field may hold.
#[derive(Debug)]
struct Kind {
    name: &'static str,
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

const KINDS: [Kind; 6] = [
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

/// What a missing field at the front of a pattern stands for.
const DEFAULTS: [&str; 6] = ["0", "*", "*", "*", "*", "*"];

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
    fn has_all(&self, min: u8, max: u8) -> bool {
        (min..=max).all(|value| self.values.contains(&value))
    }
}

/// The six fields of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The seconds.
    pub second: Field,
    /// The minutes.
    pub minute: Field,
    /// The hours.
    pub hour: Field,
    /// The days of the month.
    pub day: Field,
    /// The months.
    pub month: Field,
    /// The days of the week.
    pub weekday: Field,
    /// Which of the weekday's occurrences in the month is meant (`MON#2`).
    pub nth: Option<u8>,
    /// The dialect that it was parsed in.
    pub dialect: Dialect,
}

/// The most days of each month.
pub(super) const DAYS_IN_MONTH: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Fields {
    /// Parses a pattern of up to six fields. Where fields are missing, those at the front stand for their defaults.
    pub fn parse(pattern: &str, dialect: Dialect) -> Result<Self, CronFault> {
        if pattern.len() > LONGEST_PATTERN {
            return Err(whole(format!(
                "a pattern has {LONGEST_PATTERN} characters at most, and this one has {}",
                pattern.len()
            )));
        }
        let pattern = predefined(pattern, dialect).unwrap_or(pattern);
        let atoms = atoms(pattern);
        if atoms.len() > KINDS.len() {
            return Err(CronFault {
                at: atoms[KINDS.len()].0,
                field: "7th field",
                problem: format!(
                    "a pattern has 6 fields at most, and this one has {}",
                    atoms.len()
                ),
            });
        }
        if atoms.is_empty() {
            return Err(whole("the pattern is empty".to_owned()));
        }
        let missing = KINDS.len() - atoms.len();
        let text = |place: usize| match place.checked_sub(missing) {
            Some(at) => atoms[at],
            None => (1, DEFAULTS[place]),
        };
        let field = |place: usize| parse_field(text(place), place, dialect);
        let (weekday, nth) = split_nth(text(5))?;
        let mut fields = Self {
            second: field(0)?,
            minute: field(1)?,
            hour: field(2)?,
            day: field(3)?,
            month: field(4)?,
            weekday: parse_field(weekday, 5, dialect)?,
            nth,
            dialect,
        };
        // `*#2` is not unrestricted for cron-parser 5.
        fields.weekday.is_star &= nth.is_none();
        fields.drop_days_that_never_come(text(3).0)?;
        Ok(fields)
    }

    /// cron-parser drops the days that the only month does not have, and refuses a pattern with no others.
    fn drop_days_that_never_come(&mut self, at: usize) -> Result<(), CronFault> {
        let [month] = self.month.values.as_slice() else {
            return Ok(());
        };
        let most = DAYS_IN_MONTH[usize::from(*month) - 1];
        let never = (self.day.values.first()).is_some_and(|first| *first > most);
        if never && self.day.last.is_empty() {
            return Err(CronFault {
                at,
                field: KINDS[3].name,
                problem: format!("the month has {most} days at most"),
            });
        }
        let before = self.day.values.len();
        self.day.values.retain(|day| *day <= most);
        self.day.counted -= before - self.day.values.len();
        Ok(())
    }

    /// Whether the day of the month is not restricted in `month`.
    pub(super) fn any_day(&self, month: u8) -> bool {
        match self.dialect {
            Dialect::Four => self.day.counted >= usize::from(DAYS_IN_MONTH[usize::from(month) - 1]),
            Dialect::Five => self.day.is_star,
        }
    }

    /// Whether the day of the week is not restricted.
    pub(super) fn any_weekday(&self) -> bool {
        match self.dialect {
            Dialect::Four => self.weekday.counted == 8,
            Dialect::Five => self.weekday.is_star,
        }
    }

    /// Whether every second, minute or hour is meant.
    pub(super) fn is_every(field: &Field, max: u8) -> bool {
        field.has_all(0, max)
    }
}

fn whole(problem: String) -> CronFault {
    CronFault {
        at: 1,
        field: "",
        problem,
    }
}

fn predefined(pattern: &str, dialect: Dialect) -> Option<&'static str> {
    let both = match pattern {
        "@yearly" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => "",
    };
    match (both, pattern, dialect) {
        ("", "@annually", Dialect::Five) => Some("0 0 1 1 *"),
        ("", "@minutely", Dialect::Five) => Some("0 * * * * *"),
        ("", "@secondly", Dialect::Five) => Some("* * * * * *"),
        ("", "@weekdays", Dialect::Five) => Some("0 0 * * 1-5"),
        ("", "@weekends", Dialect::Five) => Some("0 0 * * 0,6"),
        ("", _, _) => None,
        (both, _, _) => Some(both),
    }
}

/// The texts between blanks, each with its first character's number.
fn atoms(pattern: &str) -> Vec<(usize, &str)> {
    let mut atoms = Vec::new();
    let mut from = None;
    for (number, (at, letter)) in pattern.char_indices().enumerate() {
        match (letter.is_whitespace(), from) {
            (true, Some((first, start))) => {
                atoms.push((first, &pattern[start..at]));
                from = None;
            }
            (false, None) => from = Some((number + 1, at)),
            _ => {}
        }
    }
    if let Some((first, start)) = from {
        atoms.push((first, &pattern[start..]));
    }
    atoms
}

/// A part of a field with its place, for errors.
type Part<'a> = (usize, &'a str);

fn fault(at: usize, place: usize, problem: impl Into<String>) -> CronFault {
    CronFault {
        at,
        field: KINDS[place].name,
        problem: problem.into(),
    }
}

/// Splits `MON#2`.
fn split_nth((at, text): Part<'_>) -> Result<(Part<'_>, Option<u8>), CronFault> {
    let Some((day, nth)) = text.split_once('#') else {
        return Ok(((at, text), None));
    };
    if let Some(other) = text.find([',', '/', '-']) {
        let sign = &text[other..=other];
        let problem = format!("# can't be combined with {sign}");
        return Err(fault(at + other, 5, problem));
    }
    match nth.parse() {
        Ok(nth @ 1..=5) => Ok(((at, day), Some(nth))),
        _ => {
            let problem = format!("after # a number from 1 to 5 is allowed, not {nth:?}");
            Err(fault(at + day.chars().count() + 1, 5, problem))
        }
    }
}

fn parse_field((at, text): Part<'_>, place: usize, dialect: Dialect) -> Result<Field, CronFault> {
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
