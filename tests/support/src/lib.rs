//! The tests' shared support: a Redis, a running application, its users, jobs as BullMQ stores them, and what many tests
//! read from pages. A helper that only one test file needs stays in that file.

#![allow(clippy::unwrap_used)]

mod app;
pub mod fail_over;
mod form;
mod page;
mod person;
pub mod process;
mod redis;
pub mod schema_folder;
mod steps;
mod stored;
pub mod stream;
mod wait;

pub use self::app::{Another, TestApp};
pub use self::form::EditForm;
pub use self::page::Seen;
pub use self::person::{Person, serde_urlencoded};
pub use self::redis::{TestRedis, free_port};
pub use self::steps::{comparison, killed, moves, one_repair, retirement, retry, undo_runs};
pub use self::stored::audit_entries::{AuditEntry, times};
pub use self::stored::bullmq_keys::Jobs;
pub use self::stored::users::{PASSWORD, PASSWORD_HASH, make_users};
pub use self::stored::{clients, finished_jobs, past_audit};
pub use self::wait::{eventually, now};
