//! Kinds of amounts: durations and sizes, written with their unit so that a number can't be misread.

use std::path::Path;
use std::time::Duration;

use super::{Describe, Kind};

/// The units of a duration, in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// A duration within bounds, both allowed themselves; in milliseconds.
pub(in crate::config) struct Span {
    /// The shortest.
    pub(in crate::config) least: u64,
    /// The longest.
    pub(in crate::config) most: u64,
}

/// `number` days in milliseconds.
pub(in crate::config) const fn days(number: u64) -> u64 {
    number * 86_400_000
}

/// `number` seconds in milliseconds.
pub(in crate::config) const fn seconds(number: u64) -> u64 {
    number * 1_000
}

impl Describe for Span {
    fn allowed(&self) -> String {
        format!(
            "a duration from {} to {}, a number with ms, s, m, h or d",
            span_text(self.least),
            span_text(self.most)
        )
    }

    fn placeholder(&self) -> &'static str {
        "DURATION"
    }
}

impl Kind for Span {
    type Value = Duration;

    fn parse(&self, text: &str, _: &Path) -> Result<Duration, String> {
        let millis = parse_span(text).ok_or("is not a duration with its unit")?;
        if millis < self.least {
            return Err("is too short".to_owned());
        }
        if millis > self.most {
            return Err("is too long".to_owned());
        }
        Ok(Duration::from_millis(millis))
    }
}

/// A whole number within bounds, both allowed themselves.
pub(in crate::config) struct Number {
    /// The least.
    pub(in crate::config) least: usize,
    /// The most.
    pub(in crate::config) most: usize,
}

impl Describe for Number {
    fn allowed(&self) -> String {
        format!("a whole number from {} to {}", self.least, self.most)
    }

    fn placeholder(&self) -> &'static str {
        "NUMBER"
    }
}

impl Kind for Number {
    type Value = usize;

    fn parse(&self, text: &str, _: &Path) -> Result<usize, String> {
        let number: usize = text.parse().map_err(|_| "is not a whole number")?;
        match number {
            low if low < self.least => Err("is too small".to_owned()),
            high if high > self.most => Err("is too large".to_owned()),
            number => Ok(number),
        }
    }
}

/// The milliseconds of `90d`, `12h`, `15m`, `30s` or `500ms`.
fn parse_span(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*millis)
}

/// `millis` in the longest unit that keeps it whole.
fn span_text(millis: u64) -> String {
    UNITS
        .iter()
        .find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit))
        .map_or_else(
            || format!("{millis}ms"),
            |(name, unit)| format!("{}{name}", millis / unit),
        )
}

/// A number of bytes from 1 to `most`, which is a whole number of megabytes.
pub(in crate::config) struct Bytes {
    /// The most bytes.
    pub(in crate::config) most: usize,
}

impl Describe for Bytes {
    fn allowed(&self) -> String {
        format!(
            "up to {}MB, as a number of bytes or a number with kB or MB",
            self.most / 1_000_000
        )
    }

    fn placeholder(&self) -> &'static str {
        "SIZE"
    }
}

impl Kind for Bytes {
    type Value = usize;

    fn parse(&self, text: &str, _: &Path) -> Result<usize, String> {
        let (number, unit) = split_unit(text);
        // Decimal units, as the names say; an operator who means 1,048,576 writes that number.
        let factor = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1_000,
            "mb" => 1_000_000,
            _ => return Err("is not a size in bytes, kB or MB".to_owned()),
        };
        let number: usize = number
            .parse()
            .map_err(|_| "is not a size in bytes, kB or MB")?;
        match number.checked_mul(factor) {
            Some(0) => Err("is too small".to_owned()),
            Some(bytes) if bytes <= self.most => Ok(bytes),
            _ => Err("is too large".to_owned()),
        }
    }
}

/// Splits `15m` into `15` and `m`.
fn split_unit(text: &str) -> (&str, &str) {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(digits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations_need_a_unit_and_stay_within_bounds() {
        let span = Span {
            least: 500,
            most: days(90),
        };
        let read = |text| span.parse(text, Path::new(""));
        for (text, expected) in [
            ("500ms", Duration::from_millis(500)),
            ("30s", Duration::from_secs(30)),
            ("15m", Duration::from_secs(900)),
            ("12h", Duration::from_secs(43_200)),
            ("90d", Duration::from_secs(7_776_000)),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "2",
            "s",
            "2 s",
            "-2s",
            "1.5h",
            "499ms",
            "91d",
            "0s",
            "2S",
            "99999999999999999d",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(span.allowed().contains("500ms to 90d"));
    }

    #[test]
    fn sizes_are_read_with_or_without_a_unit() {
        let bytes = Bytes { most: 100_000_000 };
        let read = |text| bytes.parse(text, Path::new(""));
        for (text, expected) in [
            ("5MB", 5_000_000),
            ("512kB", 512_000),
            ("5242880", 5_242_880),
            ("1 mb", 1_000_000),
            ("100MB", 100_000_000),
            ("7B", 7),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "MB",
            "0",
            "101MB",
            "5MiB",
            "5GB",
            "-1",
            "1.5MB",
            "99999999999999999999",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
