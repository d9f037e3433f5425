//! The steps of a patch.

use serde_json::Value;

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
