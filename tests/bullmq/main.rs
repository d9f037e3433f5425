//! The whole application beside the real Node BullMQ 4, 5 and 6: Node makes the jobs, Bullkeeper reads, edits and retries
//! them over HTTP, and a real worker processes them and reports what it saw.
//!
//! In `harness`, `node.rs` talks to the Node process, `bull.rs` names its requests, `people.rs` does what users do, and
//! `pages.rs` reads the pages. `node` holds the scripts. Each test has a Redis, an application and a Node process of its
//! own.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod harness;
mod read;
mod versions;
mod write;
