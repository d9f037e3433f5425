//! HTTP to the whole application on a real Redis. Each test has a Redis of its own.

#![allow(clippy::unwrap_used)]

mod support;

mod access;
mod audit_log;
mod command_line;
mod editing;
mod failures;
mod house;
mod pages;
mod read_only;
mod redaction;
mod refusals;
mod retry;
mod schemas;
mod sessions;
