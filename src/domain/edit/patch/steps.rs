//! The steps of a patch.

use serde_json::Value;

use super::place::{self, add, find, remove, replace};

/// A list of changes, to be made in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    pub(super) steps: Vec<PatchStep>,
}

/// One change at one place. `before` is `None` for an addition, `after` for a removal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PatchStep {
    pub(super) pointer: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl PatchStep {
    /// Makes this change to the document it was made for: the value it takes away has to be there, digit by digit.
    pub(super) fn apply(&self, document: &mut Value) -> Result<(), String> {
        let place = place::read(&self.pointer)?;
        if let Some(before) = &self.before {
            match find(document, &place) {
                Some(found) if found == before => {}
                Some(_) => return Err("there is another value".to_owned()),
                None => return Err("there is nothing".to_owned()),
            }
        }
        match (&self.before, self.after.clone()) {
            (Some(_), Some(after)) => replace(document, &place, after),
            (None, Some(after)) => add(document, &place, after),
            (_, None) => remove(document, &place).map(drop),
        }
    }
}
