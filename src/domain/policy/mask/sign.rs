//! What is shown and told in place of hidden values.

/// What stands for a hidden value, inside of its quotes.
pub(crate) const MASK: &str = "•••";

/// The same as JSON.
pub(crate) const MASK_JSON: &str = "\"•••\"";

/// What is told of a violation of the schema whose own message might quote a hidden value.
pub(crate) const BY_HIDDEN_VALUES: &str = "breaks the schema, by values that are hidden from you";
