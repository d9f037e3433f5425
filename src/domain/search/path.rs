//! The way to values in a JSON document.

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To the member of an object.
    Member(String),
    /// To an element of an array, counted from 0.
    Index(usize),
    /// To every element of an array.
    AnyElement,
}
