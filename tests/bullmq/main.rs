//! The whole application beside the real Node BullMQ 4, 5 and 6: Node makes the jobs, Bullkeeper reads, edits and retries
//! them over HTTP, and a real worker processes them and says what it saw.
//!
//! `node.rs` talks to the Node process, `bull.rs` names what is asked of it, `people.rs` does what people do, `pages.rs`
//! reads the pages. Each test has a Redis, an application and a Node process of its own.

// The harness is that of tests/app; not every helper of it is used here.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

#[path = "../app/movers.rs"]
mod movers;
#[path = "../app/support.rs"]
mod support;

mod harness;
mod read;
mod versions;
mod write;
