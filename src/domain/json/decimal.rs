//! Numbers compared by their exact decimal value, whatever their digits: no float is involved.

use std::cmp::Ordering;

/// The largest exponent that a query may have. One in a job's data may be larger; it is then beyond every number of a query.
pub(crate) const LARGEST_EXPONENT: i64 = 999_999_999;

/// What exponents of more digits count as.
const BEYOND: i64 = i64::MAX / 4;

/// A number in the grammar of JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
}

impl<'t> Decimal<'t> {
    /// The number that `text` is in the grammar of JSON.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
        if !are_digits(whole) || leads_with_zero || fraction.is_some_and(|it| !are_digits(it)) {
            return None;
        }
        Some(Self {
            negative,
            whole: whole.as_bytes(),
            fraction: fraction.unwrap_or_default().as_bytes(),
            exponent,
        })
    }

    /// The power of ten that it is written with.
    pub(crate) fn exponent(self) -> i64 {
        self.exponent
    }

    /// Its digits from the first that is not 0 on.
    fn digits(self) -> impl Iterator<Item = u8> + 't {
        self.whole
            .iter()
            .chain(self.fraction)
            .copied()
            .skip_while(|digit| *digit == b'0')
    }

    /// The power of ten of its first digit that is not 0; `None` for 0.
    fn magnitude(self) -> Option<i64> {
        let zeros = |digits: &[u8]| digits.iter().take_while(|digit| **digit == b'0').count();
        let length = |digits: usize| i64::try_from(digits).unwrap_or(BEYOND);
        let before = zeros(self.whole);
        let point = match self.whole.len() - before {
            0 => match zeros(self.fraction) {
                all if all == self.fraction.len() => return None,
                after => -length(after),
            },
            digits => length(digits),
        };
        Some(self.exponent.saturating_add(point))
    }

    /// Which of both is larger.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        let sign = |negative: bool| if negative { -1 } else { 1 };
        match (self.magnitude(), other.magnitude()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => 0.cmp(&sign(other.negative)),
            (Some(_), None) => sign(self.negative).cmp(&0),
            (Some(_), Some(_)) if self.negative != other.negative => {
                sign(self.negative).cmp(&sign(other.negative))
            }
            (Some(one), Some(two)) => {
                let order = one.cmp(&two).then_with(|| self.compare_digits(other));
                if self.negative {
                    order.reverse()
                } else {
                    order
                }
            }
        }
    }

    /// Which digits are larger, as of fractions.
    fn compare_digits(self, other: Self) -> Ordering {
        let (mut one, mut two) = (self.digits(), other.digits());
        loop {
            let pair = (one.next(), two.next());
            if pair == (None, None) {
                return Ordering::Equal;
            }
            match pair.0.unwrap_or(b'0').cmp(&pair.1.unwrap_or(b'0')) {
                Ordering::Equal => {}
                order => return order,
            }
        }
    }
}

/// Which of two numbers of JSON is larger.
pub(crate) fn compare_numbers(one: &str, other: &str) -> Ordering {
    match (Decimal::parse(one), Decimal::parse(other)) {
        (Some(one), Some(other)) => one.compare(other),
        // What is no number has no value: the order is any, but always the same.
        _ => one.cmp(other),
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn exponent_of(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !are_digits(digits) {
        return None;
    }
    let size = match digits.trim_start_matches('0') {
        "" => 0,
        long if long.len() > 17 => BEYOND,
        short => short.parse().ok()?,
    };
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_ordered_by_their_exact_value() {
        let ascending = [
            "-1e99999999999999999999999",
            "-1e3",
            "-9007199254740993",
            "-9007199254740992",
            "-12.5",
            "-1",
            "-0.001",
            "-1e-99999999999999999999999",
            "0",
            "1e-99999999999999999999999",
            "1e-3",
            "0.0010000000000000000000001",
            "0.01",
            "1",
            "1.0000000000000000000000000000001",
            "9.99",
            "10",
            "12345678901234567890",
            "12345678901234567891",
            "1e400",
            "1.1e400",
            "1e99999999999999999999999",
        ];
        let parsed = ascending.map(|text| Decimal::parse(text).unwrap());
        // Minus nine quadrillion is less than minus a thousand.
        let order = |one: usize, two: usize| parsed[one].compare(parsed[two]);
        assert_eq!(order(1, 2), Ordering::Greater);
        for one in 2..ascending.len() {
            for two in 2..ascending.len() {
                let (left, right) = (ascending[one], ascending[two]);
                assert_eq!(order(one, two), one.cmp(&two), "{left} and {right}");
            }
        }
    }

    #[test]
    fn one_value_is_equal_however_it_is_written() {
        for (left, right) in [
            ("42", "42.0"),
            ("42", "4.2e1"),
            ("42", "0.00042E+5"),
            ("42", "4200e-2"),
            ("0", "-0.000e7"),
            ("12345678901234567890", "1234567890123456789.0e1"),
        ] {
            let of = |text| Decimal::parse(text).unwrap();
            assert_eq!(of(left).compare(of(right)), Ordering::Equal, "{left}");
        }
    }

    #[test]
    fn what_json_has_no_number_for_is_none() {
        for text in [
            "", "-", "+1", "042", ".5", "1.", "1e", "1e+", "0x1", "1_0", "NaN", "1e1.5", "--1",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

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
                assert_eq!(compare_numbers(one, other), at.cmp(&there), "{one} {other}");
            }
        }
        for (one, other) in [
            ("0", "-0.0"),
            ("1.0", "1"),
            ("100", "1e2"),
            ("0.1e3", "1E+2"),
        ] {
            assert_eq!(
                compare_numbers(one, other),
                Ordering::Equal,
                "{one} {other}"
            );
        }
    }
}
