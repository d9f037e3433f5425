//! The operations of RFC 6902: reading them, and doing one to a value.

use serde_json::Value;

use super::place::{self, Place, add, find, missing, remove, replace, shown};
use crate::domain::json::{Document, MAX_EDIT_DEPTH};

/// How much deeper a patch is than the document whose values it holds: its list and its operation.
const WRAPPED: usize = 2;

/// An operation, with its places and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operation {
    Add(Place, Value),
    Remove(Place),
    Replace(Place, Value),
    Move(Place, Place),
    Copy(Place, Place),
    Test(Place, Value),
}

/// Reads a list of operations.
///
/// # Errors
/// In words for the person who typed it.
pub(super) fn read_all(text: &str) -> Result<Vec<Operation>, String> {
    // Not by deserialising: serde_json would rewrite numbers, and take a member of the data for a number of its own.
    let document =
        Document::parse(text).map_err(|fault| format!("The patch is not JSON: {fault}."))?;
    if let Some(fault) = document.duplicate_keys().first() {
        return Err(format!("The patch: {fault}."));
    }
    let value = document
        .to_value_within(MAX_EDIT_DEPTH + WRAPPED)
        .map_err(|fault| format!("The patch: {fault}."))?;
    let Value::Array(list) = value else {
        return Err("A patch is a list of operations: [{\"op\": …, \"path\": …}].".to_owned());
    };
    let numbered = list.into_iter().enumerate();
    let operations = numbered.map(|(at, operation)| {
        Operation::read(operation).map_err(|why| format!("Operation {}: {why}.", at + 1))
    });
    operations.collect()
}

impl Operation {
    fn read(operation: Value) -> Result<Self, String> {
        let Value::Object(mut members) = operation else {
            return Err("it is not an object".to_owned());
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let op = text("op").ok_or("it has no \"op\"")?;
        let path = place::read(&text("path").ok_or("it has no \"path\"")?)?;
        let source = text("from");
        let from = || place::read(&source.ok_or("it has no \"from\"")?);
        let value = members.shift_remove("value");
        let value = || value.ok_or("it has no \"value\"");
        Ok(match op.as_str() {
            "add" => Self::Add(path, value()?),
            "remove" => Self::Remove(path),
            "replace" => Self::Replace(path, value()?),
            "test" => Self::Test(path, value()?),
            "copy" => Self::Copy(from()?, path),
            "move" => {
                let from = from()?;
                if path.len() > from.len() && path.starts_with(&from) {
                    return Err("a value can’t move into itself".to_owned());
                }
                Self::Move(from, path)
            }
            other => {
                return Err(format!(
                    "there is no \"op\" {other:?}; RFC 6902 has add, remove, replace, move, copy and test"
                ));
            }
        })
    }

    /// Does it to a document, as far as there is room.
    pub(super) fn apply(
        &self,
        document: &mut Value,
        room: &mut RemainingBytes,
    ) -> Result<(), String> {
        match self {
            Self::Add(path, value) => {
                room.take(path, value)?;
                add(document, path, value.clone())
            }
            Self::Remove(path) => remove(document, path).map(|_| ()),
            Self::Replace(path, value) => {
                room.take(path, value)?;
                replace(document, path, value.clone())
            }
            Self::Move(from, path) => {
                let value = remove(document, from)?;
                fits(path, &value)?;
                add(document, path, value)
            }
            Self::Copy(from, path) => {
                let value = find(document, from).ok_or_else(|| missing(from))?;
                room.take(path, value)?;
                let value = value.clone();
                add(document, path, value)
            }
            Self::Test(path, value) => match find(document, path) {
                Some(found) if is_same(found, value) => Ok(()),
                Some(_) => Err(format!("{} is another value", shown(path))),
                None => Err(missing(path)),
            },
        }
    }
}

/// What a patch may still put into a document.
#[derive(Debug)]
pub(super) struct RemainingBytes {
    /// So many bytes in all.
    pub(super) most: usize,
    /// So many were put so far.
    pub(super) put: usize,
}

impl RemainingBytes {
    /// Takes the room that `value` needs at `path`, before it is made.
    fn take(&mut self, path: &[String], value: &Value) -> Result<(), String> {
        fits(path, value)?;
        self.put += value.to_string().len();
        match self.put > self.most {
            true => Err(format!(
                "what is put into the data comes to more than {} bytes",
                self.most
            )),
            false => Ok(()),
        }
    }
}

/// Whether `value` at `path` is nested no deeper than an edit's data may be.
fn fits(path: &[String], value: &Value) -> Result<(), String> {
    match path.len() + depth(value) > MAX_EDIT_DEPTH {
        true => Err(format!(
            "{} would be nested deeper than {MAX_EDIT_DEPTH} levels",
            shown(path)
        )),
        false => Ok(()),
    }
}

/// How many levels a value has. It was read, or put together, within the limit, so this ends soon.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether two values are equal as RFC 6902, section 4.6, has it: numbers by what they come to, not by how they are written.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    let canonical = |value: &Value| {
        let text = value.to_string();
        Document::parse(&text).and_then(|document| document.canonical())
    };
    one == other
        || matches!((canonical(one), canonical(other)), (Ok(one), Ok(other)) if one == other)
}
