//! Folds what varies in an error's message: `no user 42 at "ann@x.org"` becomes `no user {number} at {text}`.

use std::fmt;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use strum::{EnumString, IntoStaticStr};

/// How many characters of a message are read.
const READ: usize = 2_000;

/// How many characters a folded message has at most.
const LONGEST: usize = 300;

/// How often a message is folded again at most, until nothing changes.
const PASSES: usize = 4;

/// What was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum FoldKind {
    /// A text in quotes.
    Text,
    /// An address with a scheme.
    Url,
    /// An e-mail address.
    Email,
    /// A UUID.
    Uuid,
    /// A date, a time, or both.
    Time,
    /// An IP address, with its port.
    Ip,
    /// The name of a host, with its port.
    Host,
    /// The path of a file.
    Path,
    /// Eight or more hexadecimal digits.
    Hex,
    /// A long word of letters and digits.
    Id,
    /// A number.
    Number,
}

/// A part of a folded message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Words that are the same in every failure of a group.
    Words(String),
    /// What varies.
    Fold(FoldKind),
}

/// A message with what varies folded. Its text writes each fold in braces: `{number}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct FoldedMessage(Vec<Part>);

impl fmt::Display for FoldedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Words(words) => f.write_str(words)?,
                Part::Fold(kind) => write!(f, "{{{}}}", <&str>::from(kind))?,
            }
        }
        Ok(())
    }
}

/// What a message is made of, in the order in which it is looked for at each place. Words are there so that nothing is found
/// in the middle of one.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    let tokens = [
        r"\{(?P<folded>text|url|email|uuid|time|ip|host|path|hex|id|number)\}",
        // Names of members and codes are part of the program and tell failures apart.
        r"(?P<kept>reading '[\p{L}_$][\w$]*'|(?i:status code|status|code|errno)[ :=]{1,3}[0-9]{3}\b|ORA-[0-9]+)",
        r#"(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|'[^'\n]*'|“[^”\n]*”)"#,
        r#"(?P<url>[a-zA-Z][a-zA-Z0-9+.-]{1,15}://[^\s"'<>)\]]+)"#,
        r"(?P<email>[\w.+-]+@[\w-]+(?:[.,][\w-]+)+)",
        r"(?P<uuid>(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b)",
        r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z| ?[+-][0-9]{2}:?[0-9]{2})?)?\b|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}\b|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\b|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:[A-Z][a-z]{2} [0-9]{1,2}|[0-9]{1,2} [A-Z][a-z]{2}),? [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}(?: GMT(?:[+-][0-9]{4})?)?(?: \([A-Za-z ]+\))?)",
        r"(?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\b|\[?(?:::ffff:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|::1\b|(?i:[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}))\]?(?::[0-9]+)?)",
        r"(?P<host>(?i:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*:[0-9]{2,5}\b|(?:[a-z0-9_-]+\.)+(?:com|net|org|io|dev|cloud|local|internal|lan|example|invalid|edu|gov|info|biz|de|uk|fr|nl|eu|us|ch|se|pl|ca|au|jp|cz|dk|fi|be)\b|localhost\b))",
        r"(?P<path>[A-Za-z]:\\[^\s:*?<>|]+|(?:file://|~|\.{1,2})?(?:/[\w.@%+~-]+)+/?|[\w.@-]+(?:/[\w.@%+~-]+){2,}|[\w.@-]+/[\w.@%+~-]+\.[a-zA-Z]{1,5}\b)",
        r"(?P<hex>0[xX][0-9a-fA-F]+\b|[0-9a-fA-F]{8,}\b)",
        r"(?P<number>[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?)",
        r"(?P<word>[\p{L}\p{N}_$]+(?:['/]\p{L}+)*)",
    ];
    Regex::new(&tokens.join("|")).expect("the pattern is valid")
});

/// The groups of [`TOKENS`] that are folded whenever they match.
const ALWAYS: [(&str, FoldKind); 8] = [
    ("text", FoldKind::Text),
    ("url", FoldKind::Url),
    ("email", FoldKind::Email),
    ("uuid", FoldKind::Uuid),
    ("time", FoldKind::Time),
    ("ip", FoldKind::Ip),
    ("host", FoldKind::Host),
    ("path", FoldKind::Path),
];

impl FoldedMessage {
    /// Folds a message. The same message folded again stays as it is.
    pub fn of(message: &str) -> Self {
        let mut read: String = message.chars().take(READ).collect();
        for _ in 0..PASSES {
            let folded = Self::once(&read);
            let text = folded.to_string();
            if text == read {
                return folded;
            }
            read = text;
        }
        Self::once(&read)
    }

    /// Its parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    fn once(message: &str) -> Self {
        let mut folding = Folding::default();
        let mut at = 0;
        for token in TOKENS.captures_iter(message) {
            let whole = token.get_match();
            folding.words(&message[at..whole.start()]);
            folding.token(&token, message[..whole.start()].chars().next_back());
            at = whole.end();
        }
        folding.words(&message[at..]);
        folding.finish()
    }
}

/// A message that is being folded.
#[derive(Default)]
struct Folding {
    parts: Vec<Part>,
}

impl Folding {
    /// Adds words, with one blank for white space.
    fn words(&mut self, words: &str) {
        for letter in words.chars() {
            let letter = if letter.is_whitespace() || letter.is_control() {
                ' '
            } else {
                letter
            };
            match self.parts.last_mut() {
                Some(Part::Words(last)) if letter == ' ' && last.ends_with(' ') => {}
                Some(Part::Words(last)) => last.push(letter),
                None if letter == ' ' => {}
                _ => self.parts.push(Part::Words(letter.to_string())),
            }
        }
    }

    fn token(&mut self, token: &Captures<'_>, before: Option<char>) {
        let text = &token[0];
        if let Some(kind) = token.name("folded") {
            if let Ok(kind) = kind.as_str().parse() {
                self.fold(kind);
            }
            return;
        }
        let always = ALWAYS.iter().find(|(name, _)| token.name(name).is_some());
        if let Some((_, kind)) = always {
            return self.fold(*kind);
        }
        if token.name("number").is_some() {
            // In `order-12` the sign belongs to the word.
            let sign = text.starts_with(['+', '-']) && before.is_some_and(char::is_alphanumeric);
            if sign {
                self.words(&text[..1]);
            }
            return self.fold(FoldKind::Number);
        }
        match token.name("hex").is_some() || token.name("word").is_some() {
            true => self.word(text),
            false => self.words(text),
        }
    }

    /// Adds a word, whose digits may vary.
    fn word(&mut self, word: &str) {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let is_hex = |word: &str| word.chars().all(|letter| letter.is_ascii_hexdigit());
        if digits == 0 || is_code(word) {
            self.words(word);
        } else if digits == word.len() {
            self.fold(FoldKind::Number);
        } else if word.len() >= 8 && is_hex(word.trim_start_matches("0x").trim_start_matches("0X"))
        {
            self.fold(FoldKind::Hex);
        } else if word.len() >= 16 && digits >= 3 {
            self.fold(FoldKind::Id);
        } else {
            let is_digit = |letter: &char| letter.is_ascii_digit();
            let letters: Vec<char> = word.chars().collect();
            for run in letters.chunk_by(|one, next| is_digit(one) == is_digit(next)) {
                match is_digit(&run[0]) {
                    true => self.fold(FoldKind::Number),
                    false => self.words(&run.iter().collect::<String>()),
                }
            }
        }
    }

    /// Adds a fold. A list of alike folds is one, so that its length makes no difference.
    fn fold(&mut self, kind: FoldKind) {
        if let [.., Part::Fold(before), Part::Words(between)] = self.parts.as_slice()
            && *before == kind
            && between.trim() == ","
        {
            self.parts.pop();
            return;
        }
        self.parts.push(Part::Fold(kind));
    }

    /// What was folded, cut to the length of a message.
    fn finish(mut self) -> FoldedMessage {
        let mut room = LONGEST;
        let mut kept = Vec::with_capacity(self.parts.len());
        for part in self.parts.drain(..) {
            let size = match &part {
                Part::Words(words) => words.chars().count(),
                Part::Fold(kind) => <&str>::from(kind).len() + 2,
            };
            match part {
                part if size <= room => kept.push(part),
                Part::Words(words) => {
                    kept.push(Part::Words(words.chars().take(room).collect()));
                    break;
                }
                Part::Fold(_) => break,
            }
            room -= size;
        }
        if let Some(Part::Words(last)) = kept.last_mut() {
            last.truncate(last.trim_end().len());
        }
        kept.retain(|part| !matches!(part, Part::Words(words) if words.is_empty()));
        FoldedMessage(kept)
    }
}

/// Whether a word is the code of an error, such as `E11000` or `P2002`.
fn is_code(word: &str) -> bool {
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (1..=6).contains(&letters.len())
        && letters.chars().all(|letter| letter.is_ascii_uppercase())
        && word.len() - letters.len() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_folded_and_the_rest_stays() {
        for (message, folded) in [
            (
                "amount must be a number, got \"12,50\"",
                "amount must be a number, got {text}",
            ),
            (
                "amount must be more than 0, got -420",
                "amount must be more than {number}, got {number}",
            ),
            (
                "550 5.1.1 <ann@gone.example>: mailbox unavailable",
                "{number} {number} <{email}>: mailbox unavailable",
            ),
            (
                "connect ECONNREFUSED 10.0.3.17:6379",
                "connect ECONNREFUSED {ip}",
            ),
            ("connect ECONNREFUSED ::1:6379", "connect ECONNREFUSED {ip}"),
            (
                "getaddrinfo ENOTFOUND smtp.example.com",
                "getaddrinfo ENOTFOUND {host}",
            ),
            ("connect to db-3:5432 failed", "connect to {host} failed"),
            (
                "ENOENT: no such file or directory, open '/tmp/a 1.csv'",
                "ENOENT: no such file or directory, open {text}",
            ),
            ("can't open /var/lib/app/77.pdf", "can't open {path}"),
            (
                "job 7f3c2a9e-1b2d-4c3d-8e9f-0a1b2c3d4e5f is gone",
                "job {uuid} is gone",
            ),
            (
                "order order-123 of user42 timed out after 5000ms",
                "order order-{number} of user{number} timed out after {number}ms",
            ),
            ("due 2031-12-31T10:00:00.000Z is over", "due {time} is over"),
            (
                "at Sat Nov 28 2026 20:14:11 GMT+0000 (Coordinated Universal Time)",
                "at {time}",
            ),
            ("no document 507f1f77bcf86cd799439011", "no document {hex}"),
            ("no customer cus_9s6XKzkNRiz8i3abc", "no customer {id}"),
            (
                "GET https://api.example.com/v1/a?b=1 failed",
                "GET {url} failed",
            ),
            ("ids 1, 2, 3 and 4", "ids {number} and {number}"),
            ("two\n   lines", "two lines"),
        ] {
            assert_eq!(FoldedMessage::of(message).to_string(), folded, "{message}");
        }
    }

    #[test]
    fn codes_and_names_of_members_tell_failures_apart() {
        for message in [
            "Request failed with status code 404",
            "E11000 duplicate key",
            "Cannot read properties of undefined (reading 'email')",
            "ORA-00942: table or view does not exist",
            "data.customer.email is not a function",
            "either and/or neither",
        ] {
            assert_eq!(FoldedMessage::of(message).to_string(), message);
        }
    }

    #[test]
    fn a_long_message_is_cut_after_it_is_folded() {
        let long = |id: &str| format!("{id} {}", "word ".repeat(1_000));
        let (one, other) = (long("1"), long("123456789"));
        assert_eq!(FoldedMessage::of(&one), FoldedMessage::of(&other));
        assert!(FoldedMessage::of(&one).to_string().chars().count() <= LONGEST);
    }
}
