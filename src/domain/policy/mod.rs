//! Repair policies: files that say which fields of a job's data may be changed, which are hidden, and what a change takes.
//!
//! This module reads such a file and answers questions about places. Whether data may be stored is decided in one place,
//! [`DataPolicy`](super::edit::data_policy::DataPolicy), from the [changed places](changes).

pub(crate) mod changes;
mod contradictions;
pub(crate) mod dead_pointers;
mod edit_limit;
mod fault;
mod in_force;
pub(crate) mod mask;
mod parse;
mod pointer_pattern;
#[cfg(test)]
mod properties;
mod reason_rule;
mod repair_policy;
mod schema_paths;
#[cfg(test)]
mod tests;

pub use edit_limit::EditLimit;
pub use fault::PolicyFault;
pub use in_force::{FaultyPolicy, Hidden, PolicyInForce};
pub use parse::parse;
pub use pointer_pattern::{PatternWalk, PointerPattern};
pub use reason_rule::{ReasonRule, Ticket, TicketRule, is_safe_link};
pub use repair_policy::RepairPolicy;
