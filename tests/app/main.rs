//! HTTP to the whole application on a real Redis. Each test has a Redis of its own.

#![allow(clippy::unwrap_used)]

mod listening;
mod movers;
mod support;

mod access;
mod audit_log;
mod audit_readers;
mod audit_span;
mod command_line;
mod comparing;
mod comparing_asked;
mod comparing_bounds;
mod crowd;
mod discovery;
mod editing;
mod failures;
mod family;
mod family_live;
mod guessing;
mod hardening;
mod house;
mod killed_redis;
mod large_edits;
mod large_memory;
mod large_refused;
mod lifecycle;
mod live;
mod live_odd;
mod moving;
mod moving_refused;
mod moving_stays;
mod no_jobs;
mod odd_data;
mod odd_names;
mod over_https;
mod pages;
mod past;
mod read_only;
mod redaction;
mod refusals;
mod refused_writes;
mod replica;
mod retiring;
mod retiring_refused;
mod retiring_stopped;
mod retry;
mod retry_refused;
mod runs;
mod schema_checks;
mod schemas;
mod sessions;
mod tls;
mod untrusted_proxy;
mod user_changes;
