//! Bullkeeper: a web administration dashboard for BullMQ queues in Redis.
//!
//! Imports go one way, `web → service → store → domain`; `tests/app/architecture.rs` reads them and keeps it so.
//! `ARCHITECTURE.md` follows a request through the floors, and says where to look for what.
//!
//! - [`config`] holds every setting, and alone reads the environment; [`cli`] is the command line's grammar.
//! - [`domain`] holds nouns and rules, and does no I/O.
//! - `store` alone knows Redis and BullMQ.
//! - [`service`] holds the use cases, and knows no HTTP.
//! - [`web`] holds the pages.
//! - [`serve`] puts them together into a running server; [`commands`] are the other things the program can do.

pub(crate) mod cache;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod domain;
pub mod serve;
pub mod service;
pub(crate) mod store;
pub mod web;

/// What a write takes, for `tests/compile_fail`, which shows what does not compile, and for tests that store a user.
#[doc(hidden)]
pub mod write_gate {
    pub use super::domain::audit::action::AuditOutcome;
    pub use super::domain::audit::unrecorded::{Act, UnrecordedEntry};
    pub use super::store::Store;
    pub use super::store::records::audit::recorded::Recorded;
    pub use super::store::records::users::{User, UserWritten};
}

/// What a queue's past takes in Redis, for the benchmark of the history.
#[doc(hidden)]
pub mod stored_past {
    pub use super::service::history::past::{PastMinute, stored_past};
}
