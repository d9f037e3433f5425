//! Decodes `application/x-www-form-urlencoded` while it arrives, in pieces of any size.

use super::encoded_names;

/// The fields read so far.
#[derive(Debug, Default)]
pub(crate) struct FieldParser {
    ended: Vec<(String, String)>,
    name: Vec<u8>,
    /// The value, once its name has ended.
    value: Option<Vec<u8>>,
    /// The part of an escape read so far: `%`, or `%` and a digit.
    escape: Option<Option<u8>>,
}

impl FieldParser {
    /// Reads the next piece.
    pub(crate) fn read(&mut self, piece: &[u8]) {
        for byte in piece {
            self.next(*byte);
        }
    }

    /// The names and values of all fields, in order. Bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn ended(mut self) -> Vec<(String, String)> {
        self.end_escape();
        self.end_field();
        self.ended
    }

    fn next(&mut self, byte: u8) {
        match (self.escape, byte) {
            (Some(None), digit) if digit.is_ascii_hexdigit() => self.escape = Some(Some(digit)),
            (Some(Some(first)), digit) if digit.is_ascii_hexdigit() => {
                self.escape = None;
                self.push(16 * hex(first) + hex(digit));
            }
            _ => {
                self.end_escape();
                match byte {
                    b'%' => self.escape = Some(None),
                    b'&' => self.end_field(),
                    b'=' if self.value.is_none() => self.value = Some(Vec::new()),
                    b'+' => self.push(b' '),
                    byte => self.push(byte),
                }
            }
        }
    }

    fn push(&mut self, byte: u8) {
        self.value.as_mut().unwrap_or(&mut self.name).push(byte);
    }

    /// A `%` without two digits after it stands for itself.
    fn end_escape(&mut self) {
        if let Some(digit) = self.escape.take() {
            self.push(b'%');
            digit.into_iter().for_each(|digit| self.push(digit));
        }
    }

    fn end_field(&mut self) {
        let (name, value) = (std::mem::take(&mut self.name), self.value.take());
        if !name.is_empty() || value.is_some() {
            let value = text(value.unwrap_or_default());
            self.ended.push(encoded_names::restored(text(name), value));
        }
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pieces: &[&str]) -> Vec<(String, String)> {
        let mut fields = FieldParser::default();
        for piece in pieces {
            fields.read(piece.as_bytes());
        }
        fields.ended()
    }

    #[test]
    fn a_form_is_the_same_in_whatever_pieces_it_comes() {
        let form = "a=1+2&b%3D=%C3%BC%0D%0a&c=x=y&d&e=&=f&%zz%4=%&&g=%ff&id*=%250A%25&h%2A=";
        let expected = [
            ("a", "1 2"),
            ("b=", "ü\r\n"),
            ("c", "x=y"),
            ("d", ""),
            ("e", ""),
            ("", "f"),
            ("%zz%4", "%"),
            ("g", "\u{fffd}"),
            ("id", "\n%"),
            ("h", ""),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for at in 0..form.len() {
            let (one, other) = form.split_at(at);
            assert_eq!(fields(&[one, other]), expected, "{at}");
        }
        assert!(fields(&[""]).is_empty());
    }
}
