//! What is asked of a JSON value, as it is written.

use std::cmp::Ordering;

use super::contains::Needle;
use super::json_values::{decoded, exactly, strings};
use super::syntax::{Comparison, Kind, Literal};
use crate::domain::json::decimal::Decimal;
use crate::domain::text_format::TextFormat;

/// What is asked of a JSON value.
#[derive(Debug, Clone)]
pub(super) enum JsonCheck {
    Exists,
    Is(Kind),
    HasFormat(TextFormat),
    Contains(Needle),
    Equals(Vec<Literal>),
    Compare(Comparison, Literal),
    Between(Literal, Literal),
}

impl JsonCheck {
    /// Whether it holds for a value, which is JSON without blanks around it.
    pub(super) fn holds(&self, value: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(kind) => kind_of(value) == *kind,
            Self::HasFormat(format) => {
                kind_of(value) == Kind::String && format.fits(&decoded(value))
            }
            Self::Contains(needle) => contains(value, needle),
            Self::Equals(literals) => literals.iter().any(|literal| equals(value, literal)),
            Self::Compare(comparison, literal) => {
                compare(value, literal).is_some_and(|order| comparison.allows(order))
            }
            Self::Between(from, to) => {
                compare(value, from).is_some_and(Ordering::is_ge)
                    && compare(value, to).is_some_and(Ordering::is_le)
            }
        }
    }
}

impl Comparison {
    /// Whether a value is allowed that compares so with the bound.
    pub(super) fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// The type of a value, by its first character.
fn kind_of(value: &str) -> Kind {
    match value.as_bytes().first() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

/// Whether a text is in a string; in an object or array as it is written, or in one of its strings and names; in any other
/// value as it is written.
fn contains(value: &str, needle: &Needle) -> bool {
    match kind_of(value) {
        Kind::String => needle.is_in(&decoded(value)),
        Kind::Object | Kind::Array => needle.is_in(value) || is_in_strings(value, needle),
        _ => needle.is_in(value),
    }
}

/// Whether a text is in one of the strings and names that are written with escapes. The others were looked through as they
/// are written.
pub(super) fn is_in_strings(json: &str, needle: &Needle) -> bool {
    memchr::memchr(b'\\', json.as_bytes()).is_some()
        && strings(json)
            .filter(|string| string.contains('\\'))
            .any(|string| needle.is_in(&decoded(string)))
}

fn equals(value: &str, literal: &Literal) -> bool {
    match literal {
        Literal::Null => value == "null",
        Literal::Bool(wanted) => value == if *wanted { "true" } else { "false" },
        Literal::Number(_) | Literal::Text(_) => {
            compare(value, literal).is_some_and(Ordering::is_eq)
        }
    }
}

/// How a value compares with a number or a text; `None` where the types differ.
fn compare(value: &str, literal: &Literal) -> Option<Ordering> {
    match (literal, kind_of(value)) {
        (Literal::Number(number), Kind::Number) => {
            Some(Decimal::parse(value)?.compare(Decimal::parse(number)?))
        }
        (Literal::Text(text), Kind::String) => Some((*exactly(value)).cmp(text.as_bytes())),
        _ => None,
    }
}
