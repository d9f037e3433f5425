//! Numbers in texts, as people and spreadsheets write them.

/// Longer texts are not read as numbers, in bytes.
const LONGEST: usize = 200;

/// The number that a text is, as JSON without needless zeros, if it can be read in one way only. All its digits stay.
///
/// A comma is a decimal comma unless three digits follow it: `12,50` is 12.5, and `1,234` may be two numbers. Groups of three
/// digits may be divided by commas, points, blanks or apostrophes where that is clear. Leading zeros, signs of plus and
/// exponents are refused: such a text is an id, a phone number or a code as likely as a number.
pub(super) fn number_in(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let (sign, unsigned) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = parts(unsigned)?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(&whole) || !is_digits(fraction) {
        return None;
    }
    if whole.starts_with('0') && whole != "0" {
        return None;
    }
    let number = match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    };
    match (sign, number.as_str()) {
        ("-", "0") => None,
        _ => Some(format!("{sign}{number}")),
    }
}

/// The digits before and after the decimal sign, without what divides their groups.
fn parts(unsigned: &str) -> Option<(String, &str)> {
    let count = |sign: char| unsigned.matches(sign).count();
    let decimal = match (count('.'), count(',')) {
        (0, 0) => None,
        // JSON's own.
        (1, 0) => Some('.'),
        (0, 1) if !is_ambiguous(unsigned) => Some(','),
        (0, 2..) | (2.., 0) => None,
        (points, 1) if points > 0 && unsigned.rfind(',') > unsigned.rfind('.') => Some(','),
        (1, commas) if commas > 0 && unsigned.rfind('.') > unsigned.rfind(',') => Some('.'),
        _ => return None,
    };
    let (whole, fraction) = match decimal {
        Some(sign) => {
            let (whole, fraction) = unsigned.split_once(sign)?;
            if fraction.is_empty() {
                return None;
            }
            (whole, fraction)
        }
        None => (unsigned, ""),
    };
    Some((without_groups(whole)?, fraction))
}

/// Whether the only comma may divide groups of digits as well as decimals.
fn is_ambiguous(unsigned: &str) -> bool {
    let Some((whole, fraction)) = unsigned.split_once(',') else {
        return false;
    };
    fraction.len() == 3 && whole.len() <= 3 && whole != "0"
}

/// The digits of a whole number whose groups, if there are some, are all divided by the same sign.
fn without_groups(whole: &str) -> Option<String> {
    let is_sign = |one: char| matches!(one, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’');
    let Some(sign) = whole.chars().find(|one| is_sign(*one)) else {
        return Some(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(sign).collect();
    let (first, rest) = groups.split_first()?;
    let is_whole = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    is_whole.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_where_it_can_be_read_in_one_way() {
        for (text, number) in [
            ("42", "42"),
            (" 42\n", "42"),
            ("-5", "-5"),
            ("\u{2212}5", "-5"),
            ("0", "0"),
            ("12.5", "12.5"),
            ("12,50", "12.5"),
            ("12.50", "12.5"),
            ("12,00", "12"),
            ("0,125", "0.125"),
            ("1,5", "1.5"),
            ("1,2345", "1.2345"),
            ("1234,567", "1234.567"),
            ("1.234", "1.234"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("1,234,567.89", "1234567.89"),
            ("1 234,5", "1234.5"),
            ("1\u{202f}234\u{202f}567", "1234567"),
            ("1'234.50", "1234.5"),
            ("12345678901234567890", "12345678901234567890"),
            (
                "0.1000000000000000055511151231257827",
                "0.1000000000000000055511151231257827",
            ),
        ] {
            assert_eq!(number_in(text).as_deref(), Some(number), "{text}");
        }
    }

    #[test]
    fn what_may_be_something_else_is_no_number() {
        for text in [
            "",
            " ",
            "-",
            "1,234",
            "999,999",
            "007",
            "00",
            "-0",
            "+42",
            "1e3",
            "0x1f",
            "12 50",
            "1 23",
            "12,",
            ",5",
            ".5",
            "5.",
            "1,23,456",
            "1.23.456",
            "1,234,56",
            "1.234.56",
            "1,2.3,4",
            "1.2,3.4",
            "12%",
            "€ 12",
            "12 €",
            "٤٢",
            "½",
            "NaN",
            "Infinity",
            "--5",
            "- 5",
            "1,234 567",
            "1'234 567",
            "12.5.",
            "..",
            "1..2",
            "1,,2",
        ] {
            assert_eq!(number_in(text), None, "{text}");
        }
        assert_eq!(number_in(&"1".repeat(LONGEST + 1)), None);
    }
}
