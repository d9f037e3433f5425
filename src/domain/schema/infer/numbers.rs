//! What numbers at one place have in common: whether they are whole, and their range, in exact digits.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use crate::domain::json::decimal::compare_numbers;

/// The numbers seen at one place.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    count: u64,
    /// Whether one has decimals or an exponent.
    not_whole: bool,
    /// The smallest and the largest, as they are written.
    range: Option<(String, String)>,
    /// One has an exponent: no range is told.
    no_range: bool,
}

impl Numbers {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The JSON Schema type of all of them.
    pub(super) fn kind(&self) -> &'static str {
        match self.not_whole {
            true => "number",
            false => "integer",
        }
    }

    pub(super) fn add(&mut self, token: &str) {
        self.count += 1;
        let digits = token.strip_prefix('-').unwrap_or(token);
        self.not_whole |= !digits.bytes().all(|byte| byte.is_ascii_digit());
        self.no_range |= token.contains(['e', 'E']);
        if !self.no_range {
            self.widen(token, token);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.not_whole |= other.not_whole;
        self.no_range |= other.no_range;
        if let Some((least, greatest)) = other.range {
            self.widen(&least, &greatest);
        }
    }

    fn widen(&mut self, least: &str, greatest: &str) {
        let (from, to) = self
            .range
            .get_or_insert_with(|| (least.to_owned(), greatest.to_owned()));
        if compare_numbers(least, from) == Ordering::Less {
            *from = least.to_owned();
        }
        if compare_numbers(greatest, to) == Ordering::Greater {
            *to = greatest.to_owned();
        }
    }

    /// Writes the range, if it is known.
    pub(super) fn write(&self, schema: &mut Map<String, Value>) {
        let Some((least, greatest)) = self.range.as_ref().filter(|_| !self.no_range) else {
            return;
        };
        let exactly = |text: &str| Value::Number(Number::from_string_unchecked(text.to_owned()));
        schema.insert("minimum".to_owned(), exactly(least));
        schema.insert("maximum".to_owned(), exactly(greatest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_all_their_digits() {
        let sorted = [
            "-100",
            "-12345678901234567890.5",
            "-2.50",
            "-2.5",
            "-0.01",
            "0",
            "-0.0",
            "0.1",
            "0.10000000000000000001",
            "9",
            "10.0",
            "10",
            "12345678901234567890",
            "12345678901234567890.1",
            "12345678901234567891",
        ];
        let sorted = [&sorted[1..2], &sorted[..1], &sorted[2..]].concat();
        let equal = [("-2.50", "-2.5"), ("0", "-0.0"), ("10.0", "10")];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                let expected =
                    match equal.contains(&(*one, *other)) || equal.contains(&(*other, *one)) {
                        true => Ordering::Equal,
                        false => at.cmp(&other_at),
                    };
                assert_eq!(compare_numbers(one, other), expected, "{one} {other}");
            }
        }
    }
}
