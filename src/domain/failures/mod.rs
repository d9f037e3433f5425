//! Why jobs fail: failures that are alike form a group, and what a group's jobs have in common that completed jobs lack.
//!
//! Two failures are alike when their messages are the same once everything that varies is folded ([`fold`]), and when they
//! were thrown at the same place ([`stack`]). Nothing here claims a cause.

pub mod differs;
mod fingerprint;
pub(crate) mod fold;
pub mod groups;
#[cfg(test)]
mod properties;
pub(crate) mod stack;

pub use fingerprint::{Fingerprint, GroupId, LONGEST_REASON, LONGEST_STACK};
