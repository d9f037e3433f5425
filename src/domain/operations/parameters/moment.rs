//! A time to come, as people type it: `in 2 h`, `1h 30m`, `now`, `2030-01-31 14:00`, or RFC 3339.

use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The last moment that BullMQ can delay a job to: it keeps the time, in milliseconds, 4096-fold in a number of 53 bits. It
/// is in September 2039.
pub(crate) const LAST: u64 = (1 << 41) - 1;

/// No time is longer, in bytes.
const LONGEST: usize = 40;

/// The moment in Unix milliseconds that `text` means at `now`, or what is wrong with it. It is not before `now`.
pub(super) fn parse_moment(text: &str, now: u64) -> Result<u64, &'static str> {
    if text.len() > LONGEST {
        return Err("is neither a time nor a duration");
    }
    let at = match duration(text) {
        Some(from_now) => {
            let millis = u64::try_from(from_now.as_millis()).unwrap_or(u64::MAX);
            now.saturating_add(millis)
        }
        None => time(text).ok_or("is neither a time nor a duration")?,
    };
    match at {
        past if past < now => Err("is in the past"),
        far if far > LAST => Err("is too far: BullMQ can delay jobs until September 2039"),
        at => Ok(at),
    }
}

/// How many milliseconds `2 h`, `1 h 30 min` or `0` are.
pub(super) fn parse_how_long(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let length = duration(text).filter(|_| text != "now")?;
    u64::try_from(length.as_millis()).ok()
}

/// How long `in 2 h`, `1h 30m` or `now` is. Months and years are refused, because their length varies.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix("in ").unwrap_or(text).trim();
    if text == "now" {
        return Some(Duration::ZERO);
    }
    let mut letters = text.split(|letter: char| !letter.is_ascii_alphabetic());
    let has_months =
        letters.any(|unit| unit == "M" || unit.starts_with("mo") || unit.starts_with('y'));
    // A number without a unit is none of seconds that anyone could tell.
    let ends_in_unit = text.ends_with(|last: char| last.is_ascii_alphabetic());
    if has_months || !ends_in_unit || text.len() > 24 {
        return None;
    }
    humantime::parse_duration(text).ok()
}

/// A time with its offset, or one in UTC without. Unix milliseconds; those before 1970 count as its beginning.
pub(crate) fn time(text: &str) -> Option<u64> {
    let utc = text.strip_suffix(" UTC").unwrap_or(text);
    let plain = [
        format_description!("[year]-[month]-[day] [hour]:[minute]"),
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"),
        format_description!("[year]-[month]-[day]T[hour]:[minute]"),
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"),
    ];
    let plain = || {
        let mut parsed = plain
            .iter()
            .filter_map(|form| PrimitiveDateTime::parse(utc, form).ok());
        parsed.next().map(PrimitiveDateTime::assume_utc)
    };
    let at = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(plain)?;
    let millis = at.unix_timestamp_nanos() / 1_000_000;
    Some(u64::try_from(millis).unwrap_or(0))
}

/// A moment in RFC 3339, in UTC.
pub(crate) fn rfc3339(millis: u64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    // Every moment up to the last one has a form.
    at.ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}
