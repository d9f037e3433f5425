//! Jobs of one kind, and their usual options.

use bullmq::types::BackoffStrategy;
use bullmq::{BulkJob, JobOptions};
use serde_json::Value;

/// The jobs `from..to` of one kind.
pub(crate) fn jobs(
    name: &str,
    numbers: std::ops::Range<u64>,
    make: fn(u64) -> Value,
    options: impl Fn(u64) -> JobOptions,
) -> Vec<BulkJob> {
    numbers
        .map(|n| BulkJob::with_options(name, make(n), options(n)))
        .collect()
}

/// Three attempts soon after each other, as in most of the queues.
pub(crate) fn thrice(options: JobOptions) -> JobOptions {
    JobOptions {
        attempts: Some(3),
        backoff: Some(BackoffStrategy::Exponential(400)),
        ..options
    }
}
