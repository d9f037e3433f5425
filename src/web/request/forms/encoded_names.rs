//! Names and ids in forms. A browser changes what a form sends: a lone line feed or carriage return becomes both, and its
//! HTML parser replaces NUL by U+FFFD. A queue or job may have such a name. So a field whose name ends in `*`, such as
//! `queue*`, holds its value percent-encoded, and [`decode`] restores it before the form is parsed. Addresses do not need
//! this.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The characters that a browser may change, and the escape character itself.
const REWRITTEN: &AsciiSet = &CONTROLS.add(b'%');

/// `value` as a field `name*` holds it.
pub(crate) fn encoded(value: impl AsRef<str>) -> String {
    utf8_percent_encode(value.as_ref(), REWRITTEN).to_string()
}

/// `name` as a person can type it: percent-encoded if it has control characters.
pub(crate) fn typable(name: impl AsRef<str>) -> String {
    let name = name.as_ref();
    match name.contains(char::is_control) {
        true => encoded(name),
        false => name.to_owned(),
    }
}

/// Restores a field that was decoded already: `name*` becomes `name`.
pub(crate) fn restored(name: String, value: String) -> (String, String) {
    match name.strip_suffix('*') {
        Some(bare) => {
            let value = percent_decode_str(&value).decode_utf8_lossy();
            (bare.to_owned(), value.into_owned())
        }
        None => (name, value),
    }
}

/// Rewrites a form or query in place: each `name*` becomes `name` with its original value. The browser has escaped the
/// escapes (`%250A` becomes `%0A`), so the result is never longer.
pub(crate) fn decode(sent: &mut Vec<u8>) {
    let (mut read, mut written) = (0, 0);
    while read < sent.len() {
        let end = next(sent, read, b'&').unwrap_or(sent.len());
        let value = next(sent, read, b'=').filter(|sign| *sign < end);
        match value.and_then(|sign| Some((starred(&sent[read..sign])?, sign))) {
            Some((name, sign)) => {
                sent.copy_within(read..read + name, written);
                written += name;
                unescape(sent, sign, end, &mut written);
            }
            None => {
                sent.copy_within(read..end, written);
                written += end - read;
            }
        }
        if end < sent.len() {
            sent[written] = b'&';
            written += 1;
        }
        read = end + 1;
    }
    sent.truncate(written);
}

fn next(sent: &[u8], from: usize, sign: u8) -> Option<usize> {
    let at = sent[from..].iter().position(|byte| *byte == sign)?;
    Some(from + at)
}

/// The length of a field's name without its star; `None` if it has none.
fn starred(name: &[u8]) -> Option<usize> {
    let bare = name
        .strip_suffix(b"*")
        .or_else(|| name.strip_suffix(b"%2A"));
    bare.map(<[u8]>::len)
}

fn unescape(sent: &mut [u8], from: usize, end: usize, written: &mut usize) {
    let mut at = from;
    while at < end {
        sent[*written] = sent[at];
        *written += 1;
        let is_escape = sent[at..end].starts_with(b"%25")
            && end - at >= 5
            && sent[at + 3..at + 5].iter().all(u8::is_ascii_hexdigit);
        at += if is_escape { 3 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(sent: &str) -> String {
        let mut sent = sent.as_bytes().to_vec();
        decode(&mut sent);
        String::from_utf8(sent).unwrap()
    }

    /// A field as a browser sends it, after it has changed line breaks.
    fn sent(value: &str) -> String {
        let rewritten = value.replace("\r\n", "\n").replace('\r', "\n");
        let rewritten = rewritten.replace('\n', "\r\n").replace('\0', "\u{fffd}");
        let all = percent_encoding::NON_ALPHANUMERIC;
        utf8_percent_encode(&rewritten, all).to_string()
    }

    #[test]
    fn every_name_comes_back_as_it_was() {
        for name in [
            "email/v2",
            "a\nb",
            "a\r\nb",
            "a\rb",
            "a\0b",
            "%0A",
            "%",
            "%%250",
            "100%/v2",
            " +&=*ü\u{7f}",
            "",
        ] {
            let form = format!("x=1%250A&queue*={}&id%2A=7&y=%250A", sent(&encoded(name)));
            let form = decoded(&form);
            let fields: Vec<&str> = form.split('&').collect();
            assert_eq!((fields[0], fields[3]), ("x=1%250A", "y=%250A"), "{name:?}");
            assert_eq!(fields[2], "id=7");
            let value = fields[1].strip_prefix("queue=").unwrap();
            let back = percent_encoding::percent_decode_str(value).decode_utf8();
            assert_eq!(back.unwrap(), name);
        }
    }

    #[test]
    fn what_has_no_star_stays_byte_for_byte() {
        for form in [
            "",
            "&",
            "a",
            "a&b=",
            "a=b*&c=%2A",
            "text=%7B%250A%7D&&x",
            "*",
        ] {
            assert_eq!(decoded(form), form);
        }
        assert_eq!(decoded("a*=%25"), "a=%25");
        assert_eq!(decoded("a*=%25zz&b*=%25%32"), "a=%25zz&b=%25%32");
    }

    #[test]
    fn ordinary_names_stay_readable() {
        assert_eq!(encoded("email/v2 a?#&=+"), "email/v2 a?#&=+");
        assert_eq!(encoded("a\nb%"), "a%0Ab%25");
    }
}
