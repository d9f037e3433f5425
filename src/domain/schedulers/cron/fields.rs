//! The fields of a cron pattern, parsed as the cron-parser of a BullMQ version parses them.

pub use super::field::{CronFault, Dialect, Field};
use super::field::{KINDS, Part, fault, parse_field};

/// The longest pattern, in bytes: cron-parser 5 takes no longer one, and every value of every field takes half of it.
pub const LONGEST_PATTERN: usize = 1024;

/// What a missing field at the front of a pattern stands for.
const DEFAULTS: [&str; 6] = ["0", "*", "*", "*", "*", "*"];

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
