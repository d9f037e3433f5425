//! The whole application in a real Chromium: the repair from signing in to the audit log, with and without JavaScript, and
//! what holds for every page.
//!
//! In `harness`, `chromium.rs` starts the browser, `browser.rs` is a person at it, `shop.rs` is what they look at, `places.rs`
//! knows the way to every page, `steps.rs` what is done there. Each test has a Redis, an application and a browser of its own.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod checks;
mod harness;
