//! Whether a text holds another, in whatever case, in Unicode.

use memchr::memmem;

/// The commonest bytes of JSON and of English, commonest first. The rarest byte of a text is looked for.
const COMMON: &[u8] = b"\" ,:etaoinsrhldcumfpgwybvk0123456789_-./{}[]";

/// A text to look for.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    folded: String,
    /// Where in it its rarest byte is, if it is ASCII.
    rarest: Option<usize>,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let folded = fold(text);
        let rank = |byte: u8| COMMON.iter().position(|common| *common == byte);
        let rarest = folded.is_ascii().then(|| {
            let places = folded.bytes().enumerate();
            places
                .max_by_key(|(_, byte)| rank(*byte).unwrap_or(usize::MAX))
                .map_or(0, |(at, _)| at)
        });
        Self { folded, rarest }
    }

    /// Whether `text` holds it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self.rarest {
            Some(rarest) => {
                self.is_in_ascii(text.as_bytes(), rarest)
                    || (has_letters_of_ascii(text) && self.is_in_folded(text))
            }
            None => !text.is_ascii() && self.is_in_folded(text),
        }
    }

    fn is_in_folded(&self, text: &str) -> bool {
        memmem::find(fold(text).as_bytes(), self.folded.as_bytes()).is_some()
    }

    fn is_in_ascii(&self, text: &[u8], rarest: usize) -> bool {
        let needle = self.folded.as_bytes();
        let Some(&byte) = needle.get(rarest) else {
            return true;
        };
        let is_at = |at: usize| {
            let from = at.checked_sub(rarest);
            let part = from.and_then(|from| text.get(from..from + needle.len()));
            part.is_some_and(|part| part.eq_ignore_ascii_case(needle))
        };
        if byte.is_ascii_lowercase() {
            memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text).any(is_at)
        } else {
            memchr::memchr_iter(byte, text).any(is_at)
        }
    }
}

/// Whether a text holds one of the two characters outside ASCII whose lower case has a letter of ASCII: the Kelvin sign, and
/// the capital I with a dot.
fn has_letters_of_ascii(text: &str) -> bool {
    let bytes = text.as_bytes();
    !text.is_ascii()
        && (memmem::find(bytes, "\u{212a}".as_bytes()).is_some()
            || memmem::find(bytes, "\u{130}".as_bytes()).is_some())
}

/// A text in lower case, letter by letter; both small sigmas are one.
pub(super) fn fold(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    letters
        .map(|letter| if letter == 'ς' { 'σ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_whatever_case_and_script() {
        for (text, part, found) in [
            ("A LANTERN of brass", "lantern", true),
            ("lanter", "lantern", false),
            ("xxlantern", "LANTERN", true),
            ("Ärger", "äRGER", true),
            ("STRASSE", "straße", false),
            ("ΟΔΟΣ", "οδος", true),
            ("ΟΔΟΣΑ", "οδός", false),
            ("ΟΔΟΣΑ", "ΟΔΟΣ", true),
            ("300 \u{212a}", "300 k", true),
            ("\u{130}zmir", "i\u{307}ZMIR", true),
            ("ü 42", "42", true),
            ("日本語", "本", true),
            ("a", "", true),
        ] {
            assert_eq!(Needle::new(part).is_in(text), found, "{part} in {text}");
        }
    }

    #[test]
    fn two_characters_alone_become_letters_of_ascii() {
        let all = (0x80..=0x0010_FFFF).filter_map(char::from_u32);
        let into: Vec<char> = all
            .filter(|letter| letter.to_lowercase().any(|small| small.is_ascii()))
            .collect();
        assert_eq!(into, ['\u{130}', '\u{212a}']);
    }
}
