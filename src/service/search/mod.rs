//! Runs a query over the jobs of a queue, of a family, or of all queues that a person may see, in bounded batches.
//!
//! A [`Search`](steps::Search) reads nothing by itself: whoever asks for its next step drives it, and dropping it ends it. So a
//! reader that goes away or falls behind leaves nothing running.

mod batches;
mod begin;
pub mod cursor;
pub mod export;
pub mod found;
mod plan;
pub mod progress;
mod read_ahead;
pub mod request;
pub mod steps;
mod targets;
pub(crate) mod turns;
