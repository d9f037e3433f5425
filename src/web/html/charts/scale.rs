//! The axis of a chart: its top is a round number that is at least the largest value.

use crate::web::html::format::thousands;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Jobs,
    Millis,
}

/// An axis from 0 to a round number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    max: f64,
    unit: Unit,
}

/// The first digits of round numbers.
const FIRST: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];

const SECOND: f64 = 1e3;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Round parts of a minute, an hour and a day.
const OF_SIXTY: [f64; 9] = [1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0];
const OF_A_DAY: [f64; 6] = [1.0, 2.0, 3.0, 6.0, 12.0, 24.0];

impl Scale {
    /// The scale on which `largest` fits; from 0 to 1 if all values are 0.
    pub(crate) fn of(largest: f64, unit: Unit) -> Self {
        let among = |steps: &[f64], one: f64| {
            let fits = steps.iter().find(|step| **step * one >= largest);
            fits.map_or(largest, |step| step * one)
        };
        let max = match unit {
            Unit::Millis if largest > DAY => decimal(largest / DAY) * DAY,
            Unit::Millis if largest > HOUR => among(&OF_A_DAY, HOUR),
            Unit::Millis if largest > MINUTE => among(&OF_SIXTY, MINUTE),
            Unit::Millis if largest > SECOND => among(&OF_SIXTY, SECOND),
            Unit::Millis | Unit::Jobs => decimal(largest),
        };
        Self { max, unit }
    }

    /// A value as a fraction of the height.
    pub(crate) fn part(self, value: f64) -> f64 {
        value / self.max
    }

    /// The label at the top, at most eight characters: `1,200`, `40 k`, `500 ms`, `15 min`.
    pub(crate) fn label(self) -> String {
        let max = self.max;
        let (number, word) = match self.unit {
            Unit::Jobs if max >= 1e9 => (max / 1e9, " bn"),
            Unit::Jobs if max >= 1e6 => (max / 1e6, " M"),
            Unit::Jobs if max >= 1e5 => (max / 1e3, " k"),
            Unit::Jobs => (max, ""),
            Unit::Millis if max >= DAY => (max / DAY, " d"),
            Unit::Millis if max >= HOUR => (max / HOUR, " h"),
            Unit::Millis if max >= MINUTE => (max / MINUTE, " min"),
            Unit::Millis if max >= SECOND => (max / SECOND, " s"),
            Unit::Millis => (max, " ms"),
        };
        format!("{}{word}", thousands(number.round() as u64))
    }
}

/// The next number in which only the first digit is not 0.
fn decimal(largest: f64) -> f64 {
    let power = 10_f64.powf(largest.max(1.0).log10().floor());
    let fits = FIRST.iter().find(|first| **first * power >= largest);
    fits.map_or(largest, |first| first * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_fits_below_a_number_that_reads_well() {
        let jobs = |largest| Scale::of(largest, Unit::Jobs).label();
        assert_eq!(
            [
                0.0, 1.0, 7.0, 11.0, 999.0, 1_000.0, 61_000.0, 350_000.0, 4.1e6
            ]
            .map(jobs),
            [
                "1", "1", "8", "20", "1,000", "1,000", "80,000", "400 k", "5 M"
            ]
        );
        let times = |largest| Scale::of(largest, Unit::Millis).label();
        assert_eq!(
            [
                0.0, 0.4, 850.0, 1_001.0, 12_000.0, 59_000.0, 61_000.0, 3e6, 5e6, 8e7, 1e8, 9e9
            ]
            .map(times),
            [
                "1 ms", "1 ms", "1 s", "2 s", "15 s", "1 min", "2 min", "1 h", "2 h", "1 d", "2 d",
                "200 d"
            ]
        );
    }

    #[test]
    fn no_value_leaves_the_chart() {
        for step in 0..4_000 {
            let value = 1.007_f64.powi(step);
            for unit in [Unit::Jobs, Unit::Millis] {
                let part = Scale::of(value, unit).part(value);
                assert!(part <= 1.0 && part > 0.3, "{value} {unit:?}: {part}");
            }
        }
    }
}
