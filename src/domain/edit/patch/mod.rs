//! RFC 6902 patches: those that record what an edit changed ([`Patch`]), and those that a person typed
//! ([`apply::DataPatch`]). Both are read, and applied to values, by the same code.
//!
//! A [`Patch`] keeps the old values. Every `remove` and `replace` follows a `test` of the value it takes away. So the audit entry that holds
//! the patch says what was there, applying it to another document fails, and it can be turned round.
//! It compares values: white space, the order of members, and how a string is escaped are not changes,
//! while `1.0` and `1.00` are two numbers. A patch is for reading and proving; data is stored as text.
//!
//! A patch that holds every value of some megabytes would be twenty times as large, so [`Patch::between`] stops at a limit.

pub(crate) mod apply;
mod between;
mod in_text;
pub(crate) mod operation;
pub(crate) mod place;
mod steps;

use crate::domain::audit::redact::Redactor;
use crate::domain::json::Document;
use serde_json::{Map, Value};

pub use between::Limit;
use operation::{Operation, read_all};
use place::Place;
pub use steps::Patch;
use steps::PatchStep;

/// One change, ready to be shown; values are compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The place as a JSON Pointer. Indexes refer to the array at the time of this change.
    pub pointer: String,
    /// The value before; `None` if something was added.
    pub before: Option<String>,
    /// The value after; `None` if it was removed.
    pub after: Option<String>,
}

/// Why a text is not such a patch, or why a patch does not fit a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatchError(String);

/// Writes the text by hand: serialising a value into a value rewrites exponents (1e400 → 1e+400).
fn operation(name: &str, pointer: &str, value: Option<&Value>) -> Value {
    let mut members = Map::new();
    members.insert("op".to_owned(), name.into());
    members.insert("path".to_owned(), pointer.into());
    members.extend(value.map(|value| ("value".to_owned(), value.clone())));
    Value::Object(members)
}

impl Patch {
    /// The changes that turn `before` into `after`, with the values that `redactor` hides replaced; empty if the documents
    /// are equal as values. At the limit it fails with the first changes.
    ///
    /// Recurses as deep as the documents are nested: neither may be deeper than `MAX_EDIT_DEPTH`.
    pub fn between(
        before: &Document<'_>,
        after: &Document<'_>,
        redactor: &Redactor,
        limit: Limit,
    ) -> Result<Patch, Patch> {
        between::find(before, after, redactor, limit)
    }

    /// The first changes of the patch, which are not a complete patch: at most `most`, with at most so many bytes of JSON.
    pub fn beginning(mut self, most: usize, bytes: usize) -> Patch {
        self.steps.truncate(most);
        while !self.steps.is_empty() && self.to_json().len() > bytes {
            self.steps.pop();
        }
        self
    }

    /// The patch that replaces the whole document, for one that was not JSON and can't be named in a `test`. It fits every
    /// document, and its inverse fits none.
    pub fn replacing_all(after: Value) -> Patch {
        let step = PatchStep {
            pointer: String::new(),
            before: None,
            after: Some(after),
        };
        Patch { steps: vec![step] }
    }

    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The patch as compact RFC 6902 JSON.
    pub fn to_json(&self) -> String {
        let mut operations = Vec::with_capacity(2 * self.steps.len());
        for PatchStep {
            pointer,
            before,
            after,
        } in &self.steps
        {
            if before.is_some() {
                operations.push(operation("test", pointer, before.as_ref()));
            }
            let name = match (before, after) {
                (Some(_), Some(_)) => "replace",
                (None, _) => "add",
                (_, None) => "remove",
            };
            operations.push(operation(name, pointer, after.as_ref()));
        }
        Value::Array(operations).to_string()
    }

    /// Reads what [`Patch::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, or no patch in which every `remove` and `replace` follows its `test`.
    pub fn parse(text: &str) -> Result<Patch, PatchError> {
        let mut steps = Vec::new();
        let mut tested: Option<(Place, Value)> = None;
        for (index, operation) in read_all(text).map_err(PatchError)?.into_iter().enumerate() {
            let (place, before, after) = match (operation, tested.take()) {
                (Operation::Test(place, old), None) => {
                    tested = Some((place, old));
                    continue;
                }
                (Operation::Add(place, new), None) => (place, None, Some(new)),
                (Operation::Remove(place), Some((there, old))) if there == place => {
                    (place, Some(old), None)
                }
                (Operation::Replace(place, new), Some((there, old))) if there == place => {
                    (place, Some(old), Some(new))
                }
                _ => {
                    return Err(PatchError(format!(
                        "operation {index} of the patch is none that an edit makes"
                    )));
                }
            };
            steps.push(PatchStep {
                pointer: place::pointer(&place),
                before,
                after,
            });
        }
        match tested {
            None => Ok(Patch { steps }),
            Some((place, _)) => Err(PatchError(format!(
                "the patch ends with a test of \"{}\"",
                place::pointer(&place)
            ))),
        }
    }

    /// The document with the changes made. Members that are added come last: equal as a value, not as text.
    ///
    /// # Errors
    ///
    /// If the document is not the one that the patch was made for; the error names the place that differs.
    pub fn apply(&self, document: &Value) -> Result<Value, PatchError> {
        let mut changed = document.clone();
        for step in &self.steps {
            step.apply(&mut changed).map_err(|why| {
                PatchError(format!(
                    "the patch does not fit: at \"{}\" {why}",
                    step.pointer
                ))
            })?;
        }
        Ok(changed)
    }

    /// The patch that undoes these changes.
    pub fn inverse(&self) -> Patch {
        let backwards = self.steps.iter().rev().cloned();
        let steps = backwards.map(
            |PatchStep {
                 pointer,
                 before,
                 after,
             }| PatchStep {
                pointer,
                before: after,
                after: before,
            },
        );
        Patch {
            steps: steps.collect(),
        }
    }

    /// The changes one by one, for showing.
    pub fn changes(&self) -> Vec<Change> {
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let changes = self.steps.iter().map(|step| Change {
            pointer: step.pointer.clone(),
            before: text(&step.before),
            after: text(&step.after),
        });
        changes.collect()
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
