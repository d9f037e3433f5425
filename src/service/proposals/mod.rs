//! Proposals: a person asks for a change, or a run, that takes a second person, and another one approves or rejects it.

pub mod approve;
mod approve_edit;
pub(crate) mod ask;
pub(crate) mod close;
pub mod decided;
mod ground;
pub mod pending;
pub mod read;
pub(crate) mod readings;
pub(crate) mod runs;
pub(crate) mod to_approve;
