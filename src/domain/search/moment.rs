//! Times and durations as people type them: `2h ago`, `today`, `2026-01-31 14:00`, `1.5h`.

use std::ops::Range;

use super::input::Input;
use crate::domain::operations::parameters::{point_in_time, rfc3339};

const DAY: u64 = 24 * 3_600_000;

/// The longest duration: a thousand years.
const LONGEST: u64 = 365_000 * DAY;

/// The last moment of the year 9999, which is the last that RFC 3339 can write.
const LAST: u64 = 253_402_300_799_999;

/// A time as it was typed. Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    At(u64),
    /// A whole day in UTC, by its beginning.
    Day(u64),
    /// So many milliseconds before now.
    Ago(u64),
    Today,
    Yesterday,
}

impl Moment {
    /// The milliseconds that it means at `now`.
    pub(super) fn resolve(self, now: u64) -> Range<u64> {
        let instant = |at: u64| at..at.saturating_add(1);
        let today = now - now % DAY;
        let day = |from: u64| from..from.saturating_add(DAY);
        match self {
            Self::At(at) => instant(at),
            Self::Day(from) => day(from),
            Self::Ago(millis) => instant(now.saturating_sub(millis)),
            Self::Today => day(today),
            Self::Yesterday => day(today.saturating_sub(DAY)),
        }
    }

    /// The same time, no longer told from now.
    pub(super) fn fixed(self, now: u64) -> Self {
        match self {
            Self::Ago(_) => Self::At(self.resolve(now).start),
            Self::Today | Self::Yesterday => Self::Day(self.resolve(now).start),
            fixed => fixed,
        }
    }

    /// As a query has it.
    pub(super) fn text(self) -> String {
        match self {
            Self::At(at) => rfc3339(at),
            Self::Day(at) => rfc3339(at).chars().take(10).collect(),
            Self::Ago(0) => "now".to_owned(),
            Self::Ago(millis) => format!("{} ago", duration_text(millis)),
            Self::Today => "today".to_owned(),
            Self::Yesterday => "yesterday".to_owned(),
        }
    }

    /// Takes a time if one is next.
    pub(super) fn take(input: &mut Input<'_>) -> Option<Self> {
        for (word, moment) in [
            ("now", Self::Ago(0)),
            ("today", Self::Today),
            ("yesterday", Self::Yesterday),
        ] {
            if input.take_word(word) {
                return Some(moment);
            }
        }
        let mut ahead = input.clone();
        let found = take_date(&mut ahead).or_else(|| {
            ahead = input.clone();
            let word = ahead.next_word();
            let digits = word.len() >= 11 && word.bytes().all(|byte| byte.is_ascii_digit());
            if digits {
                ahead.take_word(word);
                return word.parse().ok().filter(|at| *at <= LAST).map(Self::At);
            }
            let millis = take_duration(&mut ahead, false)?;
            ahead.take_word("ago").then_some(Self::Ago(millis))
        });
        input.at = if found.is_some() { ahead.at } else { input.at };
        found
    }
}

/// Takes a date, and the time and the zone after it.
fn take_date(input: &mut Input<'_>) -> Option<Moment> {
    let word = input.next_word();
    let date = word
        .get(..10)
        .filter(|date| has_shape(date, "0000-00-00"))?;
    input.take_word(word);
    let mut time = word[10..].trim_start_matches(['T', 't']);
    if word.len() == 10 {
        let next = input.next_word();
        if next.get(..5).is_none_or(|next| !has_shape(next, "00:00")) {
            return point_in_time(&format!("{date}T00:00:00Z")).map(Moment::Day);
        }
        input.take_word(next);
        time = next;
    }
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, mut zone) = time.split_at(zone_at);
    if zone.is_empty() {
        let next = input.next_word();
        let is_zone = next.eq_ignore_ascii_case("utc")
            || next.eq_ignore_ascii_case("z")
            || has_shape(next, "+00:00")
            || has_shape(next, "-00:00");
        if is_zone {
            input.take_word(next);
            zone = next;
        }
    }
    let zone = match zone {
        offset if offset.starts_with(['+', '-']) => offset,
        _ => "Z",
    };
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    point_in_time(&format!("{date}T{clock}{seconds}{zone}"))
        .filter(|at| *at <= LAST)
        .map(Moment::At)
}

/// Whether a text has a digit wherever the shape has 0, and is like it elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                _ => byte == like,
            })
}

/// Takes a duration if one is next: `30s`, `1h 30 min`, `1.5h`. `bare`: also a number of milliseconds without a unit.
pub(super) fn take_duration(input: &mut Input<'_>, bare: bool) -> Option<u64> {
    let mut total: Option<u64> = None;
    loop {
        let mut ahead = input.clone();
        ahead.skip_blanks();
        let number = ahead.take_until(|letter| !letter.is_ascii_digit() && letter != '.');
        let after_number = ahead.clone();
        ahead.skip_blanks();
        let unit = ahead.take_until(|letter| !letter.is_ascii_alphabetic());
        let ends = |input: &Input<'_>| {
            input
                .peek()
                .is_none_or(|next| super::input::ends_value(next) || next.is_ascii_digit())
        };
        let millis = unit_millis(unit)
            .filter(|_| ends(&ahead))
            .and_then(|unit| parts(number, unit));
        match (millis, total) {
            (Some(millis), before) => {
                let sum = before.unwrap_or(0).checked_add(millis)?;
                total = Some(sum).filter(|sum| *sum <= LONGEST);
                input.at = ahead.at;
                total?;
            }
            (None, None) if bare && ends(&after_number) => {
                input.at = after_number.at;
                return parts(number, 1).filter(|millis| *millis <= LONGEST);
            }
            (None, before) => return before,
        }
    }
}

/// A decimal number of units, in whole milliseconds.
fn parts(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if number.len() > 16 || fraction.is_empty() {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let tenths = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit);
    let fraction = u64::try_from(fraction / u128::from(tenths)).ok()?;
    whole.checked_mul(unit)?.checked_add(fraction)
}

fn unit_millis(unit: &str) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "millis" | "milliseconds" | "millisecond" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000,
        "min" | "mins" | "minute" | "minutes" => 60_000,
        // M is the month elsewhere.
        "m" if unit == "m" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    })
}

/// A duration as one number of the largest unit that it is a multiple of.
pub(super) fn duration_text(millis: u64) -> String {
    let units = [(DAY, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    match units
        .iter()
        .find(|(size, _)| millis > 0 && millis.is_multiple_of(*size))
    {
        Some((size, unit)) => format!("{}{unit}", millis / size),
        None => format!("{millis}ms"),
    }
}
