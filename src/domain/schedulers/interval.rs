//! Intervals in words.

/// An interval in milliseconds in words: `every 5 minutes`, `every 1 hour 30 minutes`, `every 250 ms`.
pub fn words(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1_000, "second"),
    ];
    let (mut left, mut parts) = (millis, Vec::new());
    for (size, unit) in UNITS {
        match left / size {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            many => parts.push(format!("{many} {unit}s")),
        }
        left %= size;
    }
    if left > 0 || parts.is_empty() {
        parts.push(format!("{left} ms"));
    }
    let words = parts.join(" ");
    // "every minute", not "every 1 minute".
    let one = words.strip_prefix("1 ").filter(|unit| !unit.contains(' '));
    format!("every {}", one.unwrap_or(&words))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn an_interval_reads_as_people_say_it() {
        for (millis, said) in [
            (1, "every ms"),
            (250, "every 250 ms"),
            (1_000, "every second"),
            (1_500, "every 1 second 500 ms"),
            (300_000, "every 5 minutes"),
            (5_400_000, "every 1 hour 30 minutes"),
            (86_400_000, "every day"),
            (90_061_001, "every 1 day 1 hour 1 minute 1 second 1 ms"),
        ] {
            assert_eq!(words(millis), said);
        }
    }
}
