//! Proposals: a person asks for a change that takes a second person, and another one approves or rejects it.

pub mod approve;
pub(crate) mod ask;
pub(crate) mod close;
pub mod decided;
pub mod pending;
pub mod read;
pub(crate) mod readings;
