//! Alerts: rules of the settings, the states of what they watch, silences, and the messages to webhooks. Everything here is pure;
//! times are Unix milliseconds that the caller gives.

pub mod book;
pub mod condition;
pub mod facts;
pub mod message;
pub mod outbox;
pub mod rule;
pub mod silence;
pub mod step;
pub mod webhook;

pub(crate) mod address;
pub(crate) mod duration;
