//! The query that finds the jobs of a difference: `data.amount is string`.

use super::difference::{Difference, Finding};
use super::paths::{FieldPath, PathStep, is_plain};
use crate::domain::json::Document;

/// How many values a query lists.
const MOST_VALUES: usize = 20;

impl Difference {
    /// The terms of a query that the failed jobs with this difference match.
    pub fn term(&self) -> String {
        let path = in_query(&self.path);
        match &self.finding {
            Finding::Type(is, _) => format!("{path} is {}", is.name()),
            Finding::Missing => format!("{path} missing"),
            Finding::Present => format!("{path} exists"),
            Finding::Above(most) => format!("{path} > {most}"),
            Finding::Below(least) => format!("{path} < {least}"),
            Finding::Format(format, values) => match format.name() {
                // Of an array's elements `is not` says that none has the format, not that one lacks it.
                Some(name) if !self.path.0.contains(&PathStep::Element) => {
                    format!("{path} is string {path} is not {name}")
                }
                _ => one_of(&path, values),
            },
            Finding::Outside(values, _) => one_of(&path, values),
            Finding::Value(value) => one_of(&path, std::slice::from_ref(value)),
        }
    }
}

fn in_query(path: &FieldPath) -> String {
    let mut text = "data".to_owned();
    for step in &path.0 {
        match step {
            PathStep::Element => text += "[*]",
            PathStep::Member(name) if is_plain(name) => {
                text.push('.');
                text += name;
            }
            PathStep::Member(name) => text += &format!("[{}]", quoted(name)),
        }
    }
    text
}

fn one_of(path: &str, values: &[String]) -> String {
    let values: Vec<String> = values
        .iter()
        .take(MOST_VALUES)
        .map(|value| literal(value))
        .collect();
    match values.as_slice() {
        [one] => format!("{path} = {one}"),
        many => format!("{path} in ({})", many.join(", ")),
    }
}

/// A value of JSON as a query writes it.
fn literal(token: &str) -> String {
    match Document::parse(token) {
        Ok(document) if token.starts_with('"') => quoted(&document.decoded(0)),
        _ => token.to_owned(),
    }
}

/// A text in quotes, with the escapes that a query knows.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            hidden if hidden.is_control() => quoted += &format!("\\u{:04x}", u32::from(hidden)),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
