//! What could stand at a place instead of what breaks a rule there. Whether it satisfies the schema is not known yet.

use serde_json::{Number, Value};

use super::super::field_text::{about_field, referred};
use super::broken::Broken;
use super::numbers::number_in;
use super::options::likely_option;
use super::texts::without_space_around;
use crate::domain::json::{Document, NodeKind};

/// How many references are followed to a member's default.
const MOST_REFERENCES: usize = 8;

/// What could satisfy a rule.
pub(super) enum Candidate<'a> {
    /// Another value in the place of the one there: as it is written, and what it means.
    Instead { json: String, value: Value },
    /// A member that is missing.
    Added { name: &'a str, value: &'a Value },
}

impl Candidate<'_> {
    fn instead(json: String, value: Value) -> Self {
        Self::Instead { json, value }
    }

    fn option(value: &Value) -> Self {
        Self::instead(value.to_string(), value.clone())
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> String {
        match self {
            Self::Instead { json, .. } => json.clone(),
            Self::Added { value, .. } => value.to_string(),
        }
    }
}

/// The candidates for the value at a node, which is at `broken`'s pointer.
pub(super) fn candidates<'a>(
    schema: &'a Value,
    document: &Document<'_>,
    at: usize,
    broken: Broken<'a>,
) -> Vec<Candidate<'a>> {
    let about = about_field(schema, broken.rule);
    if let Some(name) = broken.missing {
        let is_object = document.kind(at) == NodeKind::Object;
        let given = given(schema, &about, name).filter(|_| is_object);
        let added = given.map(|value| Candidate::Added { name, value });
        return added.into_iter().collect();
    }
    let (Some((_, keyword)), Some(rule)) = (broken.rule.rsplit_once('/'), about.last()) else {
        return Vec::new();
    };
    if document.kind(at) != NodeKind::Scalar {
        return Vec::new();
    }
    let one = |candidate: Option<Candidate<'a>>| candidate.into_iter().collect();
    match keyword {
        "type" => of_types(document, at, &types(rule)),
        "anyOf" | "oneOf" => of_types(document, at, &types_of_forms(schema, rule)),
        "enum" => match rule {
            Value::Array(options) => one(likely(document, at, options)),
            _ => Vec::new(),
        },
        "const" => one(likely(document, at, std::slice::from_ref(*rule))),
        "pattern" | "format" | "maxLength" => one(trimmed(document, at)),
        _ => Vec::new(),
    }
}

/// The value that the schema gives for a member: its default, or the only value that it may have.
fn given<'s>(schema: &'s Value, about: &[&'s Value], name: &str) -> Option<&'s Value> {
    let of_member = |part: &&'s Value| part.get("properties")?.get(name);
    let mut member = about.iter().rev().find_map(of_member)?;
    for _ in 0..MOST_REFERENCES {
        let only = member.get("enum").and_then(Value::as_array);
        let only = only.filter(|options| options.len() == 1);
        let given = member.get("default").or_else(|| member.get("const"));
        if let Some(given) = given.or_else(|| only.and_then(|options| options.first())) {
            return Some(given);
        }
        member = referred(schema, member.get("$ref")?)?;
    }
    None
}

/// The types that a `type` rule names.
fn types(rule: &Value) -> Vec<&str> {
    match rule {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The types that the forms of an `anyOf` or `oneOf` name.
fn types_of_forms<'s>(schema: &'s Value, forms: &'s Value) -> Vec<&'s str> {
    let forms = forms.as_array().into_iter().flatten();
    let of_form = |form: &'s Value| {
        let target = form.get("$ref").and_then(|to| referred(schema, to));
        target.unwrap_or(form).get("type").map(types)
    };
    forms.filter_map(of_form).flatten().collect()
}

/// The same value as one of other types, where that is no question of meaning.
pub(super) fn of_types<'a>(
    document: &Document<'_>,
    at: usize,
    wanted: &[&str],
) -> Vec<Candidate<'a>> {
    let wants = |names: &[&str]| names.iter().any(|name| wanted.contains(name));
    let token = document.token(at);
    let number = |json: String| {
        let value = Value::Number(Number::from_string_unchecked(json.clone()));
        Candidate::instead(json, value)
    };
    let mut found = Vec::new();
    if token.starts_with('"') {
        let text = document.decoded(at);
        if wants(&["number", "integer"]) {
            found.extend(number_in(&text).map(number));
        }
        let word = text.trim().to_ascii_lowercase();
        if wants(&["boolean"]) && (word == "true" || word == "false") {
            let value = Value::Bool(word == "true");
            found.push(Candidate::instead(word, value));
        }
    } else if token.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && wants(&["string"])
    {
        let value = Value::String(token.to_owned());
        found.push(Candidate::instead(format!("\"{token}\""), value));
    }
    found
}

/// The one of `options` that was clearly meant.
fn likely<'a>(document: &Document<'_>, at: usize, options: &[Value]) -> Option<Candidate<'a>> {
    let token = document.token(at);
    let found = match token.starts_with('"') {
        true => likely_option(&document.decoded(at), true, options),
        false => likely_option(token, false, options),
    };
    found.map(Candidate::option)
}

/// The text without the white space around it.
fn trimmed<'a>(document: &Document<'_>, at: usize) -> Option<Candidate<'a>> {
    let json = without_space_around(document.token(at))?;
    let value = Value::String(document.decoded(at).trim().to_owned());
    Some(Candidate::instead(json, value))
}
