//! The formats that a set of texts may have, as the validator itself recognises them.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The formats that are looked for, the most telling first.
const NAMES: [&str; 6] = ["date-time", "date", "uuid", "email", "ipv4", "uri"];

/// Longer texts are not looked at, in bytes: they have no format here.
const LONGEST: usize = 2_000;

static VALIDATORS: LazyLock<Vec<Option<Validator>>> = LazyLock::new(|| {
    let validator = |name| {
        let schema = json!({ "type": "string", "format": name });
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).ok()
    };
    NAMES.iter().map(validator).collect()
});

/// The formats that all texts so far have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Formats([bool; NAMES.len()]);

impl Default for Formats {
    fn default() -> Self {
        Self([true; NAMES.len()])
    }
}

impl Formats {
    /// Takes out the formats that `text` does not have.
    pub(super) fn narrow(&mut self, text: &str) {
        if !self.0.contains(&true) {
            return;
        }
        let value = Value::String(text.to_owned());
        for (at, possible) in self
            .0
            .iter_mut()
            .enumerate()
            .filter(|(_, possible)| **possible)
        {
            let is_valid = |validator: &Validator| validator.is_valid(&value);
            *possible = text.len() <= LONGEST
                && may_be(NAMES[at], text)
                && VALIDATORS[at].as_ref().is_some_and(is_valid);
        }
    }

    /// Takes out the formats that others do not have.
    pub(super) fn and(&mut self, other: Self) {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one &= other;
        }
    }

    /// Whether one is left whose texts are seldom a few that come again: dates, ids and addresses of people.
    pub(super) fn is_open_ended(self) -> bool {
        self.name()
            .is_some_and(|name| !matches!(name, "ipv4" | "uri"))
    }

    /// The most telling format that is left.
    pub(super) fn name(self) -> Option<&'static str> {
        self.0.iter().position(|one| *one).map(|at| NAMES[at])
    }
}

/// Whether people would call it that. The standard takes "order:17" for a URI.
fn may_be(name: &str, text: &str) -> bool {
    name != "uri" || text.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_what_all_texts_have() {
        for (texts, expected) in [
            (
                vec!["2030-01-31T12:00:00Z", "2030-01-31T12:00:00.5+01:00"],
                Some("date-time"),
            ),
            (vec!["2030-01-31", "2031-02-28"], Some("date")),
            (vec!["2030-01-31", "2031-02-30"], None),
            (vec!["ann@example.com"], Some("email")),
            (vec!["018f2a7e-0000-7000-8000-000000000001"], Some("uuid")),
            (
                vec!["https://example.com/a?b=1", "s3://bucket/key"],
                Some("uri"),
            ),
            (vec!["order:17"], None),
            (vec!["127.0.0.1"], Some("ipv4")),
            (vec!["2030-01-31", "ann@example.com"], None),
            (vec![""], None),
        ] {
            let mut formats = Formats::default();
            texts.iter().for_each(|text| formats.narrow(text));
            assert_eq!(formats.name(), expected, "{texts:?}");
        }
    }
}
