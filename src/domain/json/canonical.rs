//! A canonical form: two documents have the same one if they mean the same value, however their members are ordered and
//! their white space, escapes and numbers are written.

use super::{Document, JsonError, MAX_EDIT_DEPTH, NodeKind};

impl Document<'_> {
    /// Bytes that are equal for two documents exactly if both mean the same JSON value. Members count by name (the last of
    /// several with one name), strings by what they decode to, and numbers as exact decimals with any number of digits:
    /// `1.0` is `1`, `1e2` is `100`, and `9007199254740993` is not `9007199254740992`.
    ///
    /// # Errors
    ///
    /// If the document is nested deeper than [`MAX_EDIT_DEPTH`].
    pub fn canonical(&self) -> Result<Vec<u8>, JsonError> {
        self.canonical_of(0)
    }

    /// The canonical bytes and the compact text of the value at `pointer` (RFC 6901); `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Document::canonical`].
    pub fn canonical_at(&self, pointer: &str) -> Result<Option<(Vec<u8>, String)>, JsonError> {
        match self.find(pointer) {
            Some(at) => Ok(Some((self.canonical_of(at)?, self.compact_at(at)))),
            None => Ok(None),
        }
    }

    fn canonical_of(&self, at: usize) -> Result<Vec<u8>, JsonError> {
        if self.depth() > MAX_EDIT_DEPTH {
            let message = format!(
                "the document is nested {} levels deep; at most {MAX_EDIT_DEPTH} are compared",
                self.depth()
            );
            return Err(JsonError::at(self.position_of(at), message));
        }
        let mut out = Vec::with_capacity(self.token(at).len());
        self.write_canonical(at, &mut out);
        Ok(out)
    }

    fn write_canonical(&self, at: usize, out: &mut Vec<u8>) {
        match self.kind(at) {
            NodeKind::Array => {
                out.push(b'[');
                for element in self.elements(at) {
                    self.write_canonical(element, out);
                    out.push(b',');
                }
                out.push(b']');
            }
            NodeKind::Object => {
                let mut members: Vec<_> = self.by_name(at).into_iter().collect();
                members.sort_unstable();
                out.push(b'{');
                for (name, value) in members {
                    write_string(&name, out);
                    self.write_canonical(value, out);
                }
                out.push(b'}');
            }
            NodeKind::Scalar => match self.token(at) {
                text if text.starts_with('"') => write_string(&self.decoded_exactly(at), out),
                text if text.starts_with(['t', 'f', 'n']) => out.extend(text.bytes()),
                number => out.extend(decimal(number).into_bytes()),
            },
        }
    }
}

/// Writes the length first, so that no string can look like what follows it.
fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("\"{}:", bytes.len()).into_bytes());
    out.extend(bytes);
}

/// A number as its significant digits and the power of ten of the last one: one text for each value. A number with an
/// absurdly large exponent stays as it is written.
fn decimal(text: &str) -> String {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let significant = digits.trim_end_matches('0');
    let dropped = digits.len() - significant.len();
    let power = exponent.parse::<i128>().ok().and_then(|exponent| {
        exponent
            .checked_add(dropped as i128)?
            .checked_sub(fraction.len() as i128)
    });
    match power {
        Some(power) => format!("{sign}{significant}e{power}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        let of = |text| Document::parse(text).unwrap().canonical().unwrap();
        of(left) == of(right)
    }

    #[test]
    fn values_that_mean_the_same_are_the_same_however_they_are_written() {
        for (left, right) in [
            ("1", "1.0"),
            ("1", "1.000"),
            ("100", "1e2"),
            ("100", "1E+2"),
            ("0.01", "1e-2"),
            ("12.50", "1250e-2"),
            ("0", "-0"),
            ("0", "0.000e400"),
            ("1e400", "10e399"),
            ("12345678901234567890123", "12345678901234567890123.0"),
            (
                "1e99999999999999999999999999999999999999999",
                "1e99999999999999999999999999999999999999999",
            ),
            (
                r#"{"a":1,"b":[2,{}]}"#,
                " { \"b\" : [ 2.0 , { } ],\n\"a\":1 }",
            ),
            (r#""\u0061\/""#, r#""a/""#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#""\ud800""#, r#""\uD800""#),
        ] {
            assert!(same(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn values_that_differ_in_a_digit_a_type_or_an_order_that_counts_differ() {
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("1", "-1"),
            ("1", "10"),
            ("1e400", "1e401"),
            ("1", "\"1\""),
            ("0", "null"),
            ("false", "null"),
            ("[]", "{}"),
            ("[1,2]", "[2,1]"),
            ("[1,[2]]", "[1,2]"),
            ("[[],[]]", "[[[]]]"),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            (r#"{"a":"b"}"#, r#"{"b":"a"}"#),
            (r#"["ab"]"#, r#"["a","b"]"#),
            (r#"["\",\""]"#, r#"["",""]"#),
            (r#""\ud800""#, r#""\ufffd""#),
        ] {
            assert!(!same(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn a_value_is_found_by_a_pointer_with_its_text() {
        let document = Document::parse(r#"{"order":{"id": 7.0}}"#).unwrap();
        let found = document.canonical_at("/order/id").unwrap();
        assert_eq!(found, Some((b"7e0".to_vec(), "7.0".to_owned())));
        assert_eq!(document.canonical_at("/order/no").unwrap(), None);
        let whole = document.canonical_at("/order").unwrap().unwrap();
        assert_eq!(whole.1, r#"{"id":7.0}"#);
    }

    #[test]
    fn nesting_past_the_limit_is_refused() {
        let deep = format!("{}{}", "[".repeat(600), "]".repeat(600));
        assert!(Document::parse(&deep).unwrap().canonical().is_err());
    }
}
