//! HTTP to the whole application on a real Redis. Each test has a Redis of its own.

#![allow(clippy::unwrap_used)]

mod listening;
mod movers;
mod support;

mod access;
mod audit_far;
mod audit_floods;
mod audit_log;
mod audit_readers;
mod audit_reads;
mod audit_scope;
mod audit_span;
mod audit_unwritten;
mod command_line;
mod comparing;
mod comparing_asked;
mod comparing_bounds;
mod crowd;
mod editing;
mod failures;
mod family;
mod family_live;
mod hardening;
mod house;
mod killed_redis;
mod lifecycle;
mod live;
mod live_odd;
mod moving;
mod moving_refused;
mod moving_stays;
mod pages;
mod past;
mod read_only;
mod redaction;
mod refusals;
mod replica;
mod retiring;
mod retiring_refused;
mod retiring_stopped;
mod retry;
mod retry_lost;
mod retry_refused;
mod runs;
mod schema_checks;
mod schemas;
mod sessions;
mod tls;
