//! Durations as a person would type them.

/// A duration in milliseconds as one number of the largest unit that it is a multiple of.
pub(crate) fn as_duration(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (24 * 3_600_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let unit = UNITS.iter().find(|(size, _)| millis.is_multiple_of(*size));
    match unit {
        Some((size, unit)) => format!("{} {unit}", millis / size),
        None => format!("{millis} ms"),
    }
}
