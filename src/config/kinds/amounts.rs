//! Kinds of amounts. Durations are written with their unit, so that a number can't be misread.

use std::time::Duration;

use super::SettingKind;

/// A duration from `least` to `most`, both written as in a setting.
pub(in crate::config) fn duration(
    least: &'static str,
    most: &'static str,
) -> SettingKind<Duration> {
    let bound =
        |text| parse_duration(text).expect("a bound in the table of settings is a duration");
    let bounds = (bound(least), bound(most));
    let allowed = format!("a duration from {least} to {most}, in ms, s, m, h or d");
    SettingKind::new("DURATION", allowed, move |text| {
        match parse_duration(text)? {
            short if short < bounds.0 => Err("is too short".to_owned()),
            long if long > bounds.1 => Err("is too long".to_owned()),
            duration => Ok(duration),
        }
    })
}

/// Reads `90d`, `1.5h` or `1h 30m`. The error is a reason that follows the text.
fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    // `5M` is more likely a mistake for five minutes than five months.
    let mut units = text.split(|letter: char| !letter.is_alphabetic());
    if units.any(|unit| unit == "M" || unit.starts_with("mo") || unit.starts_with('y')) {
        return Err("is in months or years, whose length varies");
    }
    // humantime reads `1 30m` as 130 minutes, and panics where a sum of huge numbers overflows.
    let lacks_unit = |part: &str| part.ends_with(|letter: char| letter.is_ascii_digit());
    if text.len() > 24 || text.split_whitespace().any(lacks_unit) {
        return Err("is not a duration with its unit");
    }
    humantime::parse_duration(text).map_err(|_| "is not a duration with its unit")
}

/// A whole number from `least` to `most`.
pub(in crate::config) fn number(least: usize, most: usize) -> SettingKind<usize> {
    let allowed = format!("a whole number from {least} to {most}");
    SettingKind::new("NUMBER", allowed, move |text| match text.parse::<usize>() {
        Err(_) => Err("is not a whole number".to_owned()),
        Ok(low) if low < least => Err("is too small".to_owned()),
        Ok(high) if high > most => Err("is too large".to_owned()),
        Ok(number) => Ok(number),
    })
}

/// A number of bytes, from one byte to `most_megabytes`.
pub(in crate::config) fn size(most_megabytes: usize) -> SettingKind<usize> {
    let allowed =
        format!("up to {most_megabytes}MB, as a number of bytes or a number with kB or MB");
    SettingKind::new("SIZE", allowed, move |text| match parse_size(text) {
        None => Err("is not a size in bytes, kB or MB".to_owned()),
        Some(0) => Err("is too small".to_owned()),
        Some(bytes) if bytes > most_megabytes * 1_000_000 => Err("is too large".to_owned()),
        Some(bytes) => Ok(bytes),
    })
}

/// Reads `5242880`, `512kB` or `5 MB`.
fn parse_size(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    // Decimal units, as their names say; an operator who means 1,048,576 writes that number.
    let factor = match text[digits.len()..]
        .trim_start()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        _ => return None,
    };
    Some(digits.parse::<usize>().ok()?.saturating_mul(factor))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations_need_a_unit_and_stay_within_bounds() {
        let kind = duration("500ms", "90d");
        for (text, expected) in [
            ("500ms", Duration::from_millis(500)),
            ("30s", Duration::from_secs(30)),
            ("15m", Duration::from_secs(900)),
            ("12h", Duration::from_secs(43_200)),
            ("90d", Duration::from_secs(7_776_000)),
            ("1h 30m", Duration::from_secs(5_400)),
            ("1h30m", Duration::from_secs(5_400)),
            ("1.5h", Duration::from_secs(5_400)),
            ("2weeks", Duration::from_secs(1_209_600)),
        ] {
            assert_eq!(kind.parse(text).unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "2",
            "s",
            "2 s",
            "-2s",
            "1 30m",
            "1h 30",
            "499ms",
            "91d",
            "0s",
            "2S",
            "99999999999999999d",
            "18446744073709551615s 1000ms",
        ] {
            assert!(kind.parse(text).is_err(), "{text}");
        }
        assert!(kind.info.allowed.contains("500ms to 90d"));
    }

    #[test]
    fn months_and_years_are_refused() {
        let kind = duration("1s", "36500d");
        for text in ["5M", "1month", "2 months", "1d 1M", "1y", "1yr", "10years"] {
            let refused = kind.parse(text).unwrap_err();
            let expected =
                format!("{text:?} is in months or years, whose length varies; allowed: a duration");
            assert!(refused.starts_with(&expected), "{refused}");
        }
        assert_eq!(kind.parse("5m").unwrap(), Duration::from_secs(300));
    }

    #[test]
    fn sizes_are_read_with_or_without_a_unit() {
        let kind = size(100);
        for (text, expected) in [
            ("5MB", 5_000_000),
            ("512kB", 512_000),
            ("5242880", 5_242_880),
            ("1 mb", 1_000_000),
            ("100MB", 100_000_000),
            ("7B", 7),
        ] {
            assert_eq!(kind.parse(text).unwrap(), expected, "{text}");
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
            assert!(kind.parse(text).is_err(), "{text}");
        }
    }
}
