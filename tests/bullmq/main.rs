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

mod bull;
mod node;
mod pages;
mod people;

mod bytes;
mod comparing;
mod deploy;
mod families;
mod flows;
mod following;
mod job_pages;
mod locks;
mod moving;
mod moving_killed;
mod names;
mod paused;
mod paused_in_turns;
mod retiring;
mod retrying;
mod states;
mod workers;
