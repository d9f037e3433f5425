//! Who may do what: roles, actions, the people who ask and other actors, and the [`Permit`] that a change takes.
//!
//! [`Action::needs`] decides the least role for each action, and [`Action::granted_by`] which grant does instead. [`Operator::permit`] asks it and is the only maker of a
//! [`Permit`]. A permit is typed by its [`Permission`](permission::Permission) and carries its target, so it can't be used
//! for another action or another queue.
//!
//! A store function that changes something does not take a bare permit. It takes an
//! [`UnrecordedEntry`](super::audit::unrecorded::UnrecordedEntry), which is made from a permit and which its script appends
//! to the audit log in the same step. Pieces of a run take a `HeldRun` instead, which exists only once the run's first
//! entry is in the log. So an unchecked or unaudited write does not compile; `tests/compile_fail` shows it.

mod action;
mod actor;
mod denied;
mod fresh_password;
pub mod glob;
mod grant;
mod operator;
pub mod permission;
mod permit;
#[cfg(test)]
mod properties;
pub(crate) mod role;
pub mod scope;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use actor::{Actor, ActorKind, Policy};
pub use denied::Denied;
pub use fresh_password::{FRESH_FOR, FreshPassword};
pub use grant::{Grant, GrantRule, Grants};
pub(crate) use operator::LOCAL;
pub use operator::{Operator, Origin};
pub use permit::Permit;
pub use role::Role;
