//! Bullkeeper: a web administration dashboard for BullMQ queues in Redis.
//!
//! # How a request flows
//!
//! `web` takes it apart: who asks ([`domain::access::Operator`]), about which queue and job. It calls one function of
//! [`service`], which asks `access` for permission, reads through [`store`], decides by the rules in [`domain`], and
//! changes something only by a store function that takes the permit's audit entry and writes it in the same step. What
//! comes back is a value (saved, invalid, stale, refused, gone), from which `web` makes a page.
//!
//! # How a live page is fed
//!
//! One engine ([`service::live`]) follows the queues' event streams, counts again those that had some, and publishes one
//! snapshot after the other. A page's stream (`web::live`) holds the mark of the snapshot it was sent last, and whenever
//! its connection takes more, draws what changed since; equal messages are drawn once for all.
//!
//! # How a long operation goes on
//!
//! A run ([`domain::run`]) is begun with an intent in the audit log, and goes on in a task of its own ([`service::runs`]).
//! It works in small pieces; each piece is a script that asks whether the run is still this process's, and counts what it
//! did. So a run can be stopped, and one whose process was killed can be gone on with.
//!
//! # How a long operation runs
//!
//! Moving jobs and retiring a version are runs ([`service::runs`]): a record in Redis, a lease, and a task that does one
//! bounded piece after the other. Each piece is a script that first asks whether the run is still this process's, and
//! counts there what it did; going on after a stop or a crash is beginning anew with what is left.
//!
//! Imports go one way, `web → service → store → domain`; `tests/app/architecture.rs` reads them and keeps it so.
//!
//! - [`config`] holds every setting, and alone reads the environment; [`cli`] is the command line's grammar.
//! - [`domain`] holds nouns and rules, and does no I/O.
//! - [`store`] alone knows Redis and BullMQ.
//! - [`service`] has a file for each use case, and knows no HTTP.
//! - [`web`] has a file for each page.
//! - [`serve`] puts them together into a running server; [`commands`] are the other things the program can do.

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

/// What a write takes, for `tests/compile_fail`, which shows what does not compile.
#[doc(hidden)]
pub mod write_gate {
    pub use super::domain::audit::action::AuditOutcome;
    pub use super::domain::audit::unrecorded::{Act, UnrecordedEntry};
    pub use super::store::Store;
    pub use super::store::records::audit::recorded::Recorded;
}
