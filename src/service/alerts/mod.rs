//! Alerts: one task of every process reads what is known of them, and that of the leading process also watches and sends.

mod delivery;
mod leader;
mod measure;
pub mod page;
pub(crate) mod readings;
mod send;
pub mod silences;
pub mod try_webhook;
mod watch;
