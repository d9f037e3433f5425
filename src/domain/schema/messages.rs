//! The validator's errors in plain words, for operators who have not read the schema.

use super::message_parts::{
    clip, format_words, found, found_kind, one_of, quote, size, type_words,
};
use crate::domain::json::join_pointer;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

/// One error, without its place in the text yet.
pub(crate) struct ProblemText {
    pub(crate) pointer: String,
    pub(crate) message: String,
    pub(crate) expected: String,
    pub(crate) schema_pointer: String,
    /// Whether it is about the member's name instead of its value.
    pub(crate) by_name: bool,
    /// The member that is missing, if that is the problem.
    pub(crate) missing: Option<String>,
}

/// An error in words: what is expected, and what was found.
enum Said {
    Expected(String, String),
    Just(String),
    /// Members that are not allowed, one problem each.
    Unwanted(Vec<String>),
    /// Alternatives that all failed, each with its errors.
    NoneOf(Vec<Vec<ProblemText>>),
}

impl ProblemText {
    fn of(error: &ValidationError<'_>, message: impl Into<String>) -> ProblemText {
        ProblemText {
            pointer: error.instance_path().as_str().to_owned(),
            message: message.into(),
            expected: String::new(),
            schema_pointer: error.schema_path().as_str().to_owned(),
            by_name: false,
            missing: match error.kind() {
                Kind::Required { property } => property.as_str().map(str::to_owned),
                _ => None,
            },
        }
    }
}

/// Adds the problems that `error` describes; usually one, sometimes several.
pub(crate) fn problems(error: &ValidationError<'_>, problems: &mut Vec<ProblemText>) {
    match say(error) {
        Said::Just(message) => problems.push(ProblemText::of(error, message)),
        Said::Expected(expected, found) => problems.push(ProblemText {
            message: format!("expected {expected}, found {found}"),
            expected,
            ..ProblemText::of(error, "")
        }),
        Said::Unwanted(names) => problems.extend(names.iter().map(|name| ProblemText {
            pointer: join_pointer(error.instance_path().as_str(), name),
            by_name: true,
            ..ProblemText::of(error, format!("{} is not allowed here", quote(name)))
        })),
        Said::NoneOf(branches) => none_of(error, branches, problems),
    }
}

/// Says why no alternative matches: all problems of the one that was clearly meant, or else the first problem of the
/// nearest one.
fn none_of(
    error: &ValidationError<'_>,
    mut branches: Vec<Vec<ProblemText>>,
    problems: &mut Vec<ProblemText>,
) {
    let pointer = error.instance_path().as_str();
    let count = branches.len();
    let message = match nearest(pointer, &branches) {
        Some((index, true)) => return problems.append(&mut branches[index]),
        Some((index, false)) => {
            let near = &branches[index][0];
            let place = match near.pointer.strip_prefix(pointer) {
                None | Some("") => String::new(),
                Some(place) => format!(" at {place}"),
            };
            let said = &near.message;
            format!("fits none of the {count} allowed forms; the nearest fails{place}: {said}")
        }
        None => format!("fits none of the {count} allowed forms"),
    };
    problems.push(ProblemText {
        expected: format!("one of {count} forms"),
        ..ProblemText::of(error, message)
    });
}

/// The alternative that was probably meant: of those with the right type, the one with the fewest errors. Also returns
/// whether it is the only one of the right type, so that its errors are the whole truth.
fn nearest(pointer: &str, branches: &[Vec<ProblemText>]) -> Option<(usize, bool)> {
    let wrong_type = |branch: &[ProblemText]| {
        branch
            .iter()
            .any(|problem| problem.pointer == pointer && problem.schema_pointer.ends_with("/type"))
    };
    let candidates = || {
        branches
            .iter()
            .enumerate()
            .filter(|(_, branch)| !branch.is_empty())
    };
    let mut right = candidates().filter(|(_, branch)| !wrong_type(branch));
    let best = right.clone().min_by_key(|(_, branch)| branch.len());
    let only = right.next().is_some() && right.next().is_none();
    best.map(|(index, _)| (index, only))
        .or_else(|| candidates().next().map(|(index, _)| (index, false)))
}

fn say(error: &ValidationError<'_>) -> Said {
    let instance: &Value = error.instance();
    let expected = |what: String| Said::Expected(what, found(instance));
    match error.kind() {
        Kind::Type { kind } => Said::Expected(type_words(kind), found_kind(instance)),
        Kind::Required { property } => Said::Just(format!("{} is required here", found(property))),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            Said::Unwanted(unexpected.clone())
        }
        Kind::Constant { expected_value } => expected(found(expected_value)),
        Kind::Enum { options } => expected(one_of(options)),
        Kind::Minimum { limit } => expected(format!("a number not less than {limit}")),
        Kind::Maximum { limit } => expected(format!("a number not greater than {limit}")),
        Kind::ExclusiveMinimum { limit } => expected(format!("a number greater than {limit}")),
        Kind::ExclusiveMaximum { limit } => expected(format!("a number less than {limit}")),
        Kind::MultipleOf { multiple_of } => expected(format!("a multiple of {multiple_of}")),
        Kind::Pattern { pattern } => expected(format!("text that matches {}", clip(pattern))),
        Kind::Format { format } => expected(format_words(format)),
        Kind::ContentEncoding { content_encoding } => expected(format!("{content_encoding} text")),
        Kind::ContentMediaType { content_media_type } => {
            expected(format!("{content_media_type} text"))
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => Said::NoneOf(
            context
                .iter()
                .map(|branch| {
                    let mut found = Vec::new();
                    branch.iter().for_each(|error| problems(error, &mut found));
                    found
                })
                .collect(),
        ),
        Kind::PropertyNames { error } => {
            let name = found(error.instance());
            Said::Just(match say(error) {
                Said::Expected(expected, _) => {
                    format!("the name {name} is not allowed here; expected {expected}")
                }
                _ => format!("the name {name} is not allowed here"),
            })
        }
        Kind::FalseSchema if rules_members(error.schema_path().as_str()) => {
            Said::Just("expected an object without members".to_owned())
        }
        kind => say_size(kind, instance),
    }
}

/// Whether a rule that allows nothing concerns all members of an object instead of one value.
fn rules_members(schema_path: &str) -> bool {
    schema_path.ends_with("/additionalProperties") || schema_path.ends_with("/propertyNames")
}

/// What the size should be, and what it is.
fn say_size(kind: &Kind, instance: &Value) -> Said {
    let sized = |bound: &str, limit: u64, one: &str| {
        let many = if limit == 1 { "" } else { "s" };
        Said::Expected(format!("{bound} {limit} {one}{many}"), size(instance))
    };
    match kind {
        Kind::MinLength { limit } => sized("at least", *limit, "character"),
        Kind::MaxLength { limit } => sized("at most", *limit, "character"),
        Kind::MinItems { limit } => sized("at least", *limit, "element"),
        Kind::MaxItems { limit } => sized("at most", *limit, "element"),
        Kind::AdditionalItems { limit } => sized("at most", *limit as u64, "element"),
        Kind::MinProperties { limit } => sized("at least", *limit, "member"),
        Kind::MaxProperties { limit } => sized("at most", *limit, "member"),
        Kind::UniqueItems => {
            Said::Just("expected every element to be different, found some twice".to_owned())
        }
        Kind::Contains => Said::Just(
            "expected an element of the kind this array must contain, found none or too many"
                .to_owned(),
        ),
        Kind::UnevaluatedItems { unexpected } => {
            let count = unexpected.len();
            Said::Just(format!("{count} of the elements here are not allowed"))
        }
        Kind::Not { .. } => Said::Just(format!(
            "{} is what the schema rules out here",
            found(instance)
        )),
        Kind::FalseSchema => Said::Just("nothing may stand here".to_owned()),
        Kind::OneOfMultipleValid { .. } => {
            Said::Just("fits more than one of the allowed forms, where just one may fit".to_owned())
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            Said::Just("the schema's pattern could not be run on this text".to_owned())
        }
        Kind::Custom { message, .. } => Said::Just(message.clone()),
        Kind::Referencing(error) => Said::Just(format!(
            "the schema's reference cannot be followed: {error}"
        )),
        kind => Said::Just(format!("breaks the schema's rule \"{}\"", kind.keyword())),
    }
}
