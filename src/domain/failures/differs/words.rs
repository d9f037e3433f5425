//! What differs, in words: "is a string in 7 of 7 failed jobs, a number in 500 of 500 completed jobs".

use super::difference::{Difference, Finding, Share};
use super::observe::JsonType;

/// How many values are named.
const NAMED: usize = 5;

/// The longest value that is shown whole, in characters.
const LONGEST: usize = 60;

impl JsonType {
    /// `a string`.
    pub fn words(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Null => "null",
        }
    }

    /// `string`.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }
}

impl Finding {
    /// Whether the share of completed jobs is of those of which it holds as well, and not of which the opposite holds.
    pub fn is_rare(&self) -> bool {
        matches!(self, Self::Value(_))
    }
}

impl Difference {
    /// What holds of the field in failed jobs, and what in completed ones.
    pub fn words(&self) -> String {
        let failed = shares(self.failed, "failed");
        let completed = shares(self.completed, "completed");
        match &self.finding {
            Finding::Type(is, usual) => {
                format!(
                    "is {} in {failed}, {} in {completed}",
                    is.words(),
                    usual.words()
                )
            }
            Finding::Missing => format!("is missing in {failed}, there in {completed}"),
            Finding::Present => format!("is there in {failed}, missing in {completed}"),
            Finding::Format(format, values) => format!(
                "is {} in {failed}, {} in {completed}",
                list(values, "or"),
                format.words()
            ),
            Finding::Outside(values, known) => format!(
                "is {} in {failed}, one of {} in {completed}",
                list(values, "or"),
                list(known, "and")
            ),
            Finding::Above(most) => {
                format!("is above {most} in {failed}, up to {most} in {completed}")
            }
            Finding::Below(least) => {
                format!("is below {least} in {failed}, {least} or more in {completed}")
            }
            Finding::Value(value) => format!("is {} in {failed}, and in {completed}", short(value)),
        }
    }
}

fn shares(share: Share, state: &str) -> String {
    let jobs = if share.of == 1 { "job" } else { "jobs" };
    format!("{} of {} {state} {jobs}", share.with, share.of)
}

fn short(value: &str) -> String {
    match value.chars().count() > LONGEST {
        true => value.chars().take(LONGEST).chain(['…']).collect(),
        false => value.to_owned(),
    }
}

fn list(values: &[String], last: &str) -> String {
    let mut named: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|value| short(value))
        .collect();
    let more = values.len().saturating_sub(NAMED);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    match named.split_last() {
        Some((end, before)) if !before.is_empty() => format!("{} {last} {end}", before.join(", ")),
        _ => named.join(""),
    }
}
