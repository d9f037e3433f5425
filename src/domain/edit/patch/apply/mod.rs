//! Applies an RFC 6902 patch that a person typed, to change the shape of job data on its way to another version.
//!
//! No crate does this, because untouched data must stay as it was written: its digits, and the order of members, which
//! json-patch 4 changes on a removal (with serde_json's `preserve_order`).

use serde_json::Value;

use crate::domain::json::{Document, MAX_EDIT_DEPTH};

/// How many levels deeper a patch is nested than the values it holds.
const WRAPPED: usize = 2;

/// The longest patch that is accepted, in bytes.
pub(crate) const LONGEST_PATCH: usize = 64 * 1024;

/// A patch, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataPatch {
    operations: Vec<Operation>,
}

/// A place in a document: the names and indexes that lead to it.
type Path = Vec<String>;

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    Add(Path, Value),
    Remove(Path),
    Replace(Path, Value),
    Move(Path, Path),
    Copy(Path, Path),
    Test(Path, Value),
}

/// Why a patch could not be applied to some data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApplyError {
    /// The data is no JSON.
    NotJson,
    /// The data is JSON that can't be parsed and written back unchanged.
    Inexact,
    /// An operation does not fit the data: which one, and why.
    Unfitting(String),
}

impl DataPatch {
    /// Parses a patch; `None` for a text of white space alone.
    ///
    /// # Errors
    ///
    /// A message for the person who typed it.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.len() > LONGEST_PATCH {
            return Err(format!(
                "The patch has {} bytes, and at most {LONGEST_PATCH} are taken.",
                text.len()
            ));
        }
        // Deserialising would rewrite numbers.
        let document =
            Document::parse(text).map_err(|fault| format!("The patch is no JSON: {fault}."))?;
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
        let operations = operations.collect::<Result<Vec<_>, _>>()?;
        match operations.is_empty() {
            true => {
                Err("The patch holds no operation: leave it out, or say what to change.".to_owned())
            }
            false => Ok(Some(Self { operations })),
        }
    }

    /// Applies the patch and returns compact text. The values that it puts in may have `most` bytes in all, and may be
    /// nested as deep as an edit's data. Without the limit, a few copies of the document into itself would exceed any
    /// memory.
    pub(crate) fn apply(&self, data: &str, most: usize) -> Result<String, ApplyError> {
        let document = Document::parse(data).map_err(|_| ApplyError::NotJson)?;
        let mut value = document.to_value().map_err(|_| ApplyError::Inexact)?;
        let again = value.to_string();
        if again != document.compact() {
            return Err(ApplyError::Inexact);
        }
        let mut room = RemainingBytes { most, put: 0 };
        for (at, operation) in self.operations.iter().enumerate() {
            operation
                .apply(&mut value, &mut room)
                .map_err(|why| ApplyError::Unfitting(format!("operation {}: {why}", at + 1)))?;
        }
        Ok(value.to_string())
    }
}

impl Operation {
    fn read(operation: Value) -> Result<Self, String> {
        let Value::Object(mut members) = operation else {
            return Err("it is no object".to_owned());
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let op = text("op").ok_or("it has no \"op\"")?;
        let path = parse_pointer(&text("path").ok_or("it has no \"path\"")?)?;
        let source = text("from");
        let from = || parse_pointer(&source.ok_or("it has no \"from\"")?);
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

    fn apply(&self, document: &mut Value, room: &mut RemainingBytes) -> Result<(), String> {
        match self {
            Self::Add(path, value) => {
                room.take(path, value)?;
                add(document, path, value.clone())
            }
            Self::Remove(path) => remove(document, path).map(|_| ()),
            Self::Replace(path, value) => {
                room.take(path, value)?;
                *find(document, path).ok_or_else(|| missing(path))? = value.clone();
                Ok(())
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

/// How much a patch may still put into a document.
#[derive(Debug)]
struct RemainingBytes {
    /// The limit, in bytes.
    most: usize,
    /// The bytes put in so far.
    put: usize,
}

impl RemainingBytes {
    /// Takes the bytes that `value` needs at `path`, before it is copied.
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

/// Checks that `value` at `path` is nested no deeper than an edit's data may be.
fn fits(path: &[String], value: &Value) -> Result<(), String> {
    match path.len() + depth(value) > MAX_EDIT_DEPTH {
        true => Err(format!(
            "{} would be nested deeper than {MAX_EDIT_DEPTH} levels",
            shown(path)
        )),
        false => Ok(()),
    }
}
/// The levels of a value. Values are only read or built within the depth limit, so the recursion is bounded.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether two values are equal by RFC 6902, section 4.6: numbers by their value, however they are written.
fn is_same(one: &Value, other: &Value) -> bool {
    let canonical = |value: &Value| {
        let text = value.to_string();
        Document::parse(&text).and_then(|document| document.canonical())
    };
    one == other
        || matches!((canonical(one), canonical(other)), (Ok(one), Ok(other)) if one == other)
}

fn parse_pointer(text: &str) -> Result<Path, String> {
    match text.strip_prefix('/') {
        None if text.is_empty() => Ok(Vec::new()),
        None => Err(format!(
            "{text:?} is no JSON Pointer, which begins with a slash"
        )),
        // RFC 6901, section 3: `~0` is a tilde and `~1` a slash.
        Some(rest) if rest.replace("~0", "").replace("~1", "").contains('~') => Err(format!(
            "{text:?} is no JSON Pointer: a ~ stands before 0 or 1 alone"
        )),
        Some(rest) => Ok(rest
            .split('/')
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect()),
    }
}

fn shown(path: &[String]) -> String {
    match path {
        [] => "the whole document".to_owned(),
        path => path
            .iter()
            .map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1")))
            .collect(),
    }
}

fn missing(path: &[String]) -> String {
    format!("there is no {}", shown(path))
}

fn index(part: &str) -> Option<usize> {
    let canonical = part == "0" || !part.starts_with('0');
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse().ok().filter(|_| canonical && digits)
}

fn find<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get_mut(part),
        Value::Array(elements) => elements.get_mut(index(part)?),
        _ => None,
    })
}

fn add(document: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((last, parent)) = path.split_last() else {
        *document = value;
        return Ok(());
    };
    match find(document, parent) {
        Some(Value::Object(members)) => {
            members.insert(last.clone(), value);
            Ok(())
        }
        Some(Value::Array(elements)) => {
            let end = elements.len();
            let at = if last == "-" { Some(end) } else { index(last) };
            let at = at.filter(|at| *at <= end).ok_or_else(|| missing(path))?;
            elements.insert(at, value);
            Ok(())
        }
        _ => Err(missing(parent)),
    }
}

fn remove(document: &mut Value, path: &[String]) -> Result<Value, String> {
    let Some((last, parent)) = path.split_last() else {
        return Err("the whole document can’t be removed".to_owned());
    };
    let removed = match find(document, parent) {
        // The other members keep their order.
        Some(Value::Object(members)) => members.shift_remove(last),
        Some(Value::Array(elements)) => index(last)
            .filter(|at| *at < elements.len())
            .map(|at| elements.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| missing(path))
}

#[cfg(test)]
mod tests;
