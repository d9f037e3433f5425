//! The series of Bullkeeper itself.

use std::fmt::Error;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType::{Counter, Gauge, Histogram, Info};
use prometheus_client::registry::Unit;

use crate::service::metrics::MetricsReading;
use crate::service::metrics::counters::{CountsByName, CountsByNames};

/// Writes the series.
pub(super) fn encode(
    read: &MetricsReading,
    dropped: u64,
    streams: u64,
    to: &mut DescriptorEncoder<'_>,
) -> Result<(), Error> {
    to.encode_descriptor("bullkeeper_build", "The version of Bullkeeper", None, Info)?
        .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
    snapshot(read, dropped, to)?;
    redis(read, to)?;
    work(read, streams, to)?;
    background(read, to)?;
    process(read, to)
}

fn snapshot(
    read: &MetricsReading,
    dropped: u64,
    to: &mut DescriptorEncoder<'_>,
) -> Result<(), Error> {
    gauge(
        to,
        "bullkeeper_queues",
        "Queues that Bullkeeper knows",
        None,
        read.queues as f64,
    )?;
    gauge(
        to,
        "bullkeeper_metrics_dropped_queues",
        "Queues without series of their own (the setting metrics_queues)",
        None,
        dropped as f64,
    )?;
    if let Some(age) = read.snapshot_age {
        let help = "How old the figures are that pages and metrics show";
        let name = "bullkeeper_snapshot_age";
        gauge(to, name, help, Some(&Unit::Seconds), age.as_secs_f64())?;
    }
    let help = "Events of queues that were read";
    counter(to, "bullkeeper_events_read", help, read.work.events)?;
    let help = "How often a queue was counted";
    counter(to, "bullkeeper_queue_counts", help, read.work.counted)?;
    let help = "How often events may have been missed, so that counters are too low";
    counter(to, "bullkeeper_event_gaps", help, read.work.resyncs)
}

fn redis(read: &MetricsReading, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    let help = "1 if Redis answered when it was last asked";
    let is_up = f64::from(u8::from(read.redis_is_up));
    gauge(to, "bullkeeper_redis_up", help, None, is_up)?;
    let times = &read.commands;
    to.encode_descriptor(
        "bullkeeper_redis_command",
        "How long Redis commands took, from sending them to their answer",
        Some(&Unit::Seconds),
        Histogram,
    )?
    .encode_histogram::<NoLabelSet>(times.sum, times.count(), &times.buckets, None)
}

fn work(read: &MetricsReading, streams: u64, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    let (unwritten, lag) = read.unwritten;
    let help = "Live pages that are open";
    gauge(to, "bullkeeper_live_streams", help, None, streams as f64)?;
    let help = "Searches through jobs that run";
    gauge(
        to,
        "bullkeeper_searches_running",
        help,
        None,
        read.searches as f64,
    )?;
    let help = "Runs that this process works on";
    gauge(
        to,
        "bullkeeper_runs_running",
        help,
        None,
        read.runs_running as f64,
    )?;
    let help = "Runs that this process worked on, by how they ended";
    by_names(
        to,
        "bullkeeper_runs_ended",
        help,
        ["kind", "state"],
        &read.runs_ended,
    )?;
    let help = "Edits, operations, sign-ins and other actions, by how they ended";
    by_names(
        to,
        "bullkeeper_actions",
        help,
        ["action", "outcome"],
        &read.actions,
    )?;
    let help = "Audit entries that Redis has not taken yet";
    gauge(
        to,
        "bullkeeper_audit_unwritten_entries",
        help,
        None,
        unwritten as f64,
    )?;
    let help =
        "How long the audit entry has waited for Redis that waits the longest; 0 if none does";
    gauge(
        to,
        "bullkeeper_audit_lag",
        help,
        Some(&Unit::Seconds),
        lag.as_secs_f64(),
    )
}

fn background(read: &MetricsReading, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    let help = "1 if this process leads those that share the Redis";
    let is_leader = f64::from(u8::from(read.is_leader));
    gauge(to, "bullkeeper_leader", help, None, is_leader)?;
    if let Some(age) = read.history_age {
        let help = "How long ago the last recorded minute of the history ended";
        let name = "bullkeeper_history_age";
        gauge(to, name, help, Some(&Unit::Seconds), age.as_secs_f64())?;
    }
    let help = "Damaged records of Bullkeeper that were set aside";
    let name = "bullkeeper_records_set_aside";
    by_name(to, name, help, "record", &read.records_set_aside)?;
    let help = "Turns of background tasks that failed";
    let name = "bullkeeper_task_failures";
    by_name(to, name, help, "task", &read.task_failures)?;
    let help = "How often a background task was started again after a panic";
    let name = "bullkeeper_task_restarts";
    by_name(to, name, help, "task", &read.task_restarts)
}

/// The names that client libraries give these by convention, so that dashboards for any process show them.
fn process(read: &MetricsReading, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
    if let Some(bytes) = read.resident_bytes {
        let help = "Resident memory";
        gauge(
            to,
            "process_resident_memory",
            help,
            Some(&Unit::Bytes),
            bytes as f64,
        )?;
    }
    let began = read.began as f64 / 1_000.0;
    let help = "When the process began, in Unix time";
    gauge(to, "process_start_time", help, Some(&Unit::Seconds), began)
}

fn gauge(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: f64,
) -> Result<(), Error> {
    to.encode_descriptor(name, help, unit, Gauge)?
        .encode_gauge(&value)
}

fn counter(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: u64,
) -> Result<(), Error> {
    to.encode_descriptor(name, help, None, Counter)?
        .encode_counter::<NoLabelSet, u64, u64>(&value, None)
}

fn by_name(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    counts: &CountsByName,
) -> Result<(), Error> {
    let mut metric = to.encode_descriptor(name, help, None, Counter)?;
    for (of, count) in counts {
        let labels = [(label, *of)];
        let mut series = metric.encode_family(&labels)?;
        series.encode_counter::<NoLabelSet, u64, u64>(count, None)?;
    }
    Ok(())
}

fn by_names(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    labels: [&'static str; 2],
    counts: &CountsByNames,
) -> Result<(), Error> {
    let mut metric = to.encode_descriptor(name, help, None, Counter)?;
    for ((one, other), count) in counts {
        let labels = [(labels[0], *one), (labels[1], *other)];
        let mut series = metric.encode_family(&labels)?;
        series.encode_counter::<NoLabelSet, u64, u64>(count, None)?;
    }
    Ok(())
}
