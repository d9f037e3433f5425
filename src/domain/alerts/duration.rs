//! Durations as alert rules write them: one number and its unit, such as `5m`.

use std::time::Duration;

/// The units, the largest first, each with its seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The longest duration that a rule may name.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Reads `90s`, `5m`, `2h` or `1d`. The error is a reason that follows the rule.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let no = || format!("holds {text:?}, which is no duration such as 90s, 5m, 2h or 1d");
    let unit = text.chars().last().ok_or_else(no)?;
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(no)?;
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| no())?;
    let duration = Duration::from_secs(number.saturating_mul(seconds));
    match duration > LONGEST {
        true => Err(format!("holds {text:?}, which is longer than 365d")),
        false => Ok(duration),
    }
}

/// The duration as a rule writes it, in the largest unit that says it exactly.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let exact = UNITS
        .into_iter()
        .find(|(_, unit)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (name, unit) = exact.unwrap_or(('s', 1));
    format!("{}{name}", seconds / unit)
}

/// The duration for people, in its two largest units: `2h 3m`.
pub(crate) fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let mut units = UNITS.into_iter().zip(UNITS.into_iter().skip(1));
    let found = units.find(|((_, large), _)| seconds >= *large);
    match found {
        Some(((name, large), (smaller, small))) => {
            let rest = seconds % large / small;
            format!("{}{name} {rest}{smaller}", seconds / large)
        }
        None => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_for_people_has_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 0s"),
            (7_203, "2h 0m"),
            (93_784, "1d 2h"),
        ] {
            assert_eq!(rough(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for text in ["90s", "5m", "2h", "1d", "0s", "365d"] {
            assert_eq!(parse(text).map(words), Ok(text.to_owned()));
        }
        assert_eq!(parse("120s").map(words), Ok("2m".to_owned()));
        for text in [
            "",
            "5",
            "m",
            "5M",
            "-5m",
            "1h30m",
            "5 m",
            "366d",
            "99999999999999999999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
