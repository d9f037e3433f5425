//! Phrases for messages: what a rule expects and what a value is, short enough for one line.

use jsonschema::JsonType;
use jsonschema::error::TypeKind;
use serde_json::Value;
use std::fmt::Write;

/// How many characters of a value a message repeats.
const SHOWN: usize = 80;

pub(crate) fn type_words(kind: &TypeKind) -> String {
    let one = |kind| match kind {
        JsonType::Array => "an array",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(kind) => one(*kind).to_owned(),
        TypeKind::Multiple(kinds) => {
            let null_last = |null| {
                kinds
                    .iter()
                    .filter(move |kind| (*kind == JsonType::Null) == null)
            };
            alternatives(null_last(false).chain(null_last(true)).map(one))
        }
    }
}

pub(crate) fn one_of(options: &Value) -> String {
    match options.as_array().map(Vec::as_slice) {
        Some([only]) => found(only),
        Some(options) => format!(
            "one of {}",
            alternatives(options.iter().take(20).map(found))
        ),
        None => found(options),
    }
}

/// `a, b or c`.
fn alternatives(words: impl Iterator<Item = impl Into<String>>) -> String {
    let words: Vec<String> = words.map(Into::into).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

pub(crate) fn format_words(format: &str) -> String {
    let words = match format {
        "date" => "a date such as 2030-01-31",
        "date-time" => "a date and time such as 2030-01-31T12:00:00Z",
        "time" => "a time such as 12:00:00Z",
        "duration" => "a duration such as PT15M",
        "email" | "idn-email" => "an e-mail address",
        "hostname" | "idn-hostname" => "a host name",
        "ipv4" => "an IPv4 address",
        "ipv6" => "an IPv6 address",
        "uri" | "iri" => "a full URI such as https://example.com/",
        "uri-reference" | "iri-reference" => "a URI or a path",
        "uuid" => "a UUID",
        "regex" => "a regular expression",
        "json-pointer" => "a JSON Pointer such as /a/0",
        other => return format!("text in the format \"{other}\""),
    };
    words.to_owned()
}

/// Describes a value of the wrong type: objects and arrays only by their kind, since their content does not matter.
pub(crate) fn found_kind(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => found(other),
    }
}

/// Describes the size of a value; for a text also the text.
pub(crate) fn size(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{}: {}", text.chars().count(), found(value)),
        Value::Array(elements) => elements.len().to_string(),
        Value::Object(members) => members.len().to_string(),
        other => found(other),
    }
}

/// A value as JSON, cut after 80 characters.
pub(crate) fn found(value: &Value) -> String {
    let mut start = Start(String::new());
    // An error only means that the start is full; the rest is not shown.
    let whole = write!(start, "{value}").is_ok();
    if whole {
        clip(&start.0)
    } else {
        format!("{}…", first_characters(&start.0))
    }
}

pub(crate) fn quote(name: &str) -> String {
    found(&Value::String(name.to_owned()))
}

pub(crate) fn clip(text: &str) -> String {
    let first = first_characters(text);
    if first.len() == text.len() {
        text.to_owned()
    } else {
        format!("{first}…")
    }
}

fn first_characters(text: &str) -> &str {
    text.char_indices()
        .nth(SHOWN)
        .map_or(text, |(at, _)| &text[..at])
}

/// Takes the start of what is written and refuses the rest, so that a value of megabytes is not written out.
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len() > 4 * SHOWN {
            return Err(std::fmt::Error);
        }
        let end = text
            .char_indices()
            .nth(5 * SHOWN)
            .map_or(text.len(), |(at, _)| at);
        self.0.push_str(&text[..end]);
        if end < text.len() {
            Err(std::fmt::Error)
        } else {
            Ok(())
        }
    }
}
