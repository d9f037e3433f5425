//! A violation that is to be fixed.

/// A violation: its place, and the rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Broken<'a> {
    /// The place in the document as a JSON Pointer.
    pub(crate) pointer: &'a str,
    /// The rule as a JSON Pointer into the schema, the way that the validator went.
    pub(crate) rule: &'a str,
    /// The member that is missing, if that is the problem.
    pub(crate) missing: Option<&'a str>,
}
