//! Compares numbers by their digits, since a double has too few of them.

use std::cmp::Ordering;

/// A number as digits without zeros at either end, and the power of ten of the place before the first.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    /// The number is 0.digits times ten to this power.
    power: i64,
}

impl Digits {
    /// Reads a number of JSON.
    fn of(token: &str) -> Self {
        let (negative, token) = match token.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = all.iter().take_while(|digit| **digit == b'0').count();
        let end = all
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(zeros, |at| at + 1);
        // An exponent beyond 64 bits is as good as the largest.
        let limit = match exponent.starts_with('-') {
            true => i64::MIN / 4,
            false => i64::MAX / 4,
        };
        let exponent: i64 = exponent
            .parse()
            .unwrap_or(limit)
            .clamp(i64::MIN / 4, i64::MAX / 4);
        let digits = all[zeros..end].to_vec();
        let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / 4);
        Self {
            negative: negative && !digits.is_empty(),
            power: exponent + length(whole.len()) - length(zeros),
            digits,
        }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => (self.power, &self.digits).cmp(&(other.power, &other.digits)),
        }
    }
}

/// Which of two numbers of JSON is larger.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (Digits::of(one), Digits::of(other));
    match (one.negative, other.negative) {
        (false, false) => one.compare_size(&other),
        (true, true) => other.compare_size(&one),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_all_their_digits() {
        let rising = [
            "-1e400",
            "-12",
            "-1.5",
            "-1e-3",
            "0",
            "1e-400",
            "0.001",
            "0.01",
            "1",
            "9",
            "10",
            "12.5",
            "100",
            "12345678901234567890",
            "12345678901234567891",
            "1e400",
        ];
        for (at, one) in rising.iter().enumerate() {
            for (there, other) in rising.iter().enumerate() {
                assert_eq!(compare(one, other), at.cmp(&there), "{one} {other}");
            }
        }
        for (one, other) in [
            ("0", "-0.0"),
            ("1.0", "1"),
            ("100", "1e2"),
            ("0.1e3", "1E+2"),
        ] {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} {other}");
        }
    }
}
