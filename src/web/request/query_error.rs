//! What is said of an address whose query can't be taken: which parameter it is, and what is allowed.

use std::num::IntErrorKind;

use super::forms::fields::FieldParser;

/// How much of a value is repeated, in characters.
const REPEATED: usize = 40;

/// What is wrong with `query`, which the parser refused with `refusal`.
pub(crate) fn query_error(query: &str, refusal: &str) -> String {
    let mut parser = FieldParser::default();
    parser.read(query.as_bytes());
    let fields = parser.ended();
    let values = |name: &str| -> Vec<String> {
        let same = fields.iter().filter(|(other, _)| other == name);
        same.map(|(_, value)| format!("“{}”", value.chars().take(REPEATED).collect::<String>()))
            .collect()
    };
    // serde's words: it names the field of a struct that it found twice, or not at all.
    let named = |words: &str| {
        let (_, rest) = refusal.split_once(words)?;
        Some(rest.split_once('`')?.0)
    };
    if let Some(name) = named("duplicate field `") {
        return format!(
            "The address has the parameter “{name}” {} times, with the values {}. It is allowed once.",
            values(name).len(),
            values(name).join(" and "),
        );
    }
    if let Some(name) = named("missing field `") {
        return format!("The address lacks the parameter “{name}”, which this page needs.");
    }
    let number = fields
        .iter()
        .find(|(name, value)| refusal.contains(&format!("{name}: ")) && is_no_number(value));
    match number {
        Some((name, _)) => format!(
            "The parameter “{name}” is {}. A whole number from 0 is allowed.",
            values(name).join(" and "),
        ),
        None => format!("The query of the address can’t be read: {refusal}."),
    }
}

fn is_no_number(value: &str) -> bool {
    let parsed = value.parse::<u64>();
    parsed.is_err_and(|error| *error.kind() != IntErrorKind::Zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_named_and_what_is_allowed() {
        for (query, refusal, told) in [
            (
                "state=failed&name=a&state=x%20y",
                "Failed to deserialize query string: duplicate field `state`",
                "The address has the parameter “state” 2 times, with the values “failed” and “x y”. It is allowed once.",
            ),
            (
                "",
                "Failed to deserialize query string: missing field `name`",
                "The address lacks the parameter “name”, which this page needs.",
            ),
            (
                "from=-1",
                "Failed to deserialize query string: from: invalid digit found in string",
                "The parameter “from” is “-1”. A whole number from 0 is allowed.",
            ),
        ] {
            assert_eq!(query_error(query, refusal), told);
        }
    }
}
