//! The changes that a patch holds.

use serde_json::Value;

/// A list of changes, to be made in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    pub(super) steps: Vec<PatchStep>,
}

/// One change at one place. `before` is `None` for what is added, `after` for what is removed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PatchStep {
    pub(super) pointer: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}
