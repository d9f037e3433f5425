//! HTTP to the whole application on a real Redis. Each test has a Redis of its own.

#![allow(clippy::unwrap_used)]

mod support;

mod editing;
mod house;
