//! Finding anything by what one has: what a typed or pasted text may name, and how well a name matches it.

pub(crate) mod matching;
pub(crate) mod wanted;
