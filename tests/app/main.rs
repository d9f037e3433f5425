//! HTTP to the whole application on a real Redis. Each test has a Redis of its own.

#![allow(clippy::unwrap_used)]

mod program;

mod access;
mod approval;
mod architecture;
mod audit;
mod command_line;
mod edit;
mod error_groups;
mod failures;
mod hidden_values;
mod history;
mod history_pages;
mod live;
mod many_jobs;
mod operations;
mod read;
mod repair;
mod schemas;
mod search;
mod undo;
mod versions;
mod write_gate;
