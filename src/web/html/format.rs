//! Formats times, numbers, sizes and durations for pages.

use std::time::UNIX_EPOCH;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::clock::unix_millis;

/// A time: for machines, for people, and relative to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// RFC 3339, for the `datetime` attribute.
    pub(crate) iso: String,
    /// `2026-03-01 14:03:22 UTC`.
    pub(crate) at: String,
    /// `3 min ago`, `in 2 h`.
    pub(crate) distance: String,
}

impl When {
    /// The moment in a stream's id, `milliseconds-sequence`.
    pub(crate) fn of_stream_id(id: &str) -> Self {
        let millis = id.split('-').next().and_then(|millis| millis.parse().ok());
        Self::of(millis.unwrap_or(0))
    }

    /// A time in Unix milliseconds.
    pub(crate) fn of(millis: u64) -> Self {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let iso = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let plain = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
        // Both formats name parts that every time has.
        Self {
            iso: at.format(&iso).unwrap_or_default(),
            at: at.format(&plain).unwrap_or_default(),
            distance: distance(millis, unix_millis()),
        }
    }
}

/// The day of a time in Unix milliseconds, in UTC: `2026-03-01`.
pub(crate) fn day(millis: u64) -> String {
    When::of(millis).iso.chars().take(10).collect()
}

/// The minute of a time in Unix milliseconds: `14:02 UTC`, with its day if that is not the day of `now`.
pub(crate) fn minute(millis: u64, now: u64) -> String {
    let at = When::of(millis).at;
    let (date, clock) = at.split_at_checked(10).unwrap_or((&at, ""));
    let clock = clock.trim().get(..5).unwrap_or_default();
    match date == day(now) {
        true => format!("{clock} UTC"),
        false => format!("{date} {clock} UTC"),
    }
}

fn distance(then: u64, now: u64) -> String {
    let seconds = then.abs_diff(now) / 1000;
    let amount = match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5_399 => format!("{} min", seconds / 60),
        5_400..=129_599 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    };
    match then > now && seconds > 0 {
        true => format!("in {amount}"),
        false => format!("{amount} ago"),
    }
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes: `812 bytes`, `5.2 kB`, `4.8 MB`, `25.3 GB`.
pub(crate) fn bytes(size: u64) -> String {
    match size {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size as f64 / 1e6),
        _ => format!("{:.1} GB", size as f64 / 1e9),
    }
}

/// A duration in milliseconds: `850 ms`, `12.5 s`, `3 min 20 s`.
pub(crate) fn duration(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", millis as f64 / 1e3),
        60_000..3_600_000 => format!("{} min {} s", millis / 60_000, millis / 1_000 % 60),
        3_600_000..86_400_000 => format!("{} h {} min", millis / 3_600_000, millis / 60_000 % 60),
        _ => format!("{} d {} h", millis / 86_400_000, millis / 3_600_000 % 24),
    }
}

/// A time of the system's clock.
pub(crate) fn when(at: std::time::SystemTime) -> When {
    let millis = at.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    When::of(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [1, 812, 5_200, 4_800_000, 25_276_500_000].map(bytes),
            ["1 byte", "812 bytes", "5.2 kB", "4.8 MB", "25.3 GB"]
        );
        assert_eq!(distance(0, 3 * 60_000), "3 min ago");
        assert_eq!(distance(7_200_000, 0), "in 2 h");
    }
}
