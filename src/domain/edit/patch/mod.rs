//! The changes of an edit, as an RFC 6902 patch that keeps the old values.
//!
//! Every `remove` and `replace` follows a `test` of the value that it takes away. So an audit entry with the patch says
//! what was there, the patch fails on another document, and it can be inverted. Documents are compared as values: white
//! space, the order of members, and the escapes of strings are no changes, while `1.0` and `1.00` are two numbers. A patch
//! is for reading and proving; data is stored as text.
//!
//! A patch that holds every value of some megabytes would be twenty times as large, so [`Patch::between`] stops at a limit.

pub(crate) mod apply;
mod between;
mod steps;

use crate::domain::audit::redact::Redactor;
use crate::domain::json::{Document, MAX_EDIT_DEPTH};
use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::{Map, Value};

pub use between::Limit;
pub use steps::Patch;
use steps::PatchStep;

/// How many levels deeper a patch is nested than the values it holds: its list and its operation.
const WRAPPED: usize = 2;

/// One change, ready to be shown. Values are compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The place as a JSON Pointer. Indexes refer to the array at the time of this change.
    pub pointer: String,
    /// The value before; `None` if something was added.
    pub before: Option<String>,
    /// The value after; `None` if it was removed.
    pub after: Option<String>,
}

/// Why a text is no such patch, or why a patch does not fit a document.
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

    /// The patch that replaces the whole document, for one that was no JSON and can't be named in a `test`. It fits every
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
    /// If the text is no JSON, or no patch in which every `remove` and `replace` follows its `test`.
    pub fn parse(text: &str) -> Result<Patch, PatchError> {
        // Deserialising would not work: serde_json takes a member of a certain name for a number.
        let document = Document::parse(text).map_err(|fault| PatchError(fault.to_string()))?;
        let operations = document.to_value_within(MAX_EDIT_DEPTH + WRAPPED);
        let Value::Array(operations) = operations.map_err(|fault| PatchError(fault.to_string()))?
        else {
            return Err(PatchError("a patch is a list of operations".to_owned()));
        };
        let mut steps = Vec::new();
        let mut tested: Option<(String, Value)> = None;
        for (index, mut operation) in operations.into_iter().enumerate() {
            let wrong = || {
                PatchError(format!(
                    "operation {index} of the patch is none that an edit makes"
                ))
            };
            let text = |name| {
                operation
                    .get(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let (Some(op), Some(pointer)) = (text("op"), text("path")) else {
                return Err(wrong());
            };
            let value = operation.get_mut("value").map(Value::take);
            let before = tested.take().map(|(place, old)| {
                if place == pointer {
                    Ok(old)
                } else {
                    Err(wrong())
                }
            });
            let before = before.transpose()?;
            match (op.as_str(), before, value) {
                ("test", None, Some(old)) => tested = Some((pointer, old)),
                ("add", None, Some(new)) => steps.push(PatchStep {
                    pointer,
                    before: None,
                    after: Some(new),
                }),
                ("remove", before @ Some(_), None) => steps.push(PatchStep {
                    pointer,
                    before,
                    after: None,
                }),
                ("replace", before @ Some(_), after @ Some(_)) => steps.push(PatchStep {
                    pointer,
                    before,
                    after,
                }),
                _ => return Err(wrong()),
            }
        }
        match tested {
            None => Ok(Patch { steps }),
            Some((pointer, _)) => Err(PatchError(format!(
                "the patch ends with a test of \"{pointer}\""
            ))),
        }
    }

    /// Applies the changes. Added members come last, and removing one may change the order of the others: the result is
    /// equal as a value, not as text.
    ///
    /// # Errors
    ///
    /// If the document is not the one that the patch was made for; the error names the place that differs.
    pub fn apply(&self, document: &Value) -> Result<Value, PatchError> {
        let mut changed = document.clone();
        let operations = self.operations()?;
        json_patch::patch(&mut changed, &operations).map_err(|error| {
            PatchError(format!(
                "the patch does not fit: at \"{}\" {}",
                error.path, error.kind
            ))
        })?;
        Ok(changed)
    }

    fn operations(&self) -> Result<Vec<PatchOperation>, PatchError> {
        let mut operations = Vec::with_capacity(2 * self.steps.len());
        for step in &self.steps {
            let path = PointerBuf::parse(step.pointer.clone())
                .map_err(|_| PatchError(format!("\"{}\" is no JSON Pointer", step.pointer)))?;
            if let Some(value) = step.before.clone() {
                operations.push(PatchOperation::Test(TestOperation {
                    path: path.clone(),
                    value,
                }));
            }
            operations.push(match (&step.before, step.after.clone()) {
                (Some(_), Some(value)) => PatchOperation::Replace(ReplaceOperation { path, value }),
                (None, Some(value)) => PatchOperation::Add(AddOperation { path, value }),
                (_, None) => PatchOperation::Remove(RemoveOperation { path }),
            });
        }
        Ok(operations)
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
