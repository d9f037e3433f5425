//! The whole application in a real Chromium: the repair from signing in to the audit log, with and without JavaScript, and
//! what holds for every page.
//!
//! In `harness`, `chromium.rs` starts the browser, `browser.rs` is its user, `shop.rs` makes the queues, `places.rs`
//! reaches every page, and `steps.rs` has shared steps. Each test has a Redis, an application and a browser of its own.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod checks;
mod harness;
