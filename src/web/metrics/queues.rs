//! The series of queues.

use std::collections::HashSet;
use std::fmt::Error;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType::{Counter, Gauge, Histogram};
use prometheus_client::registry::Unit;

use super::labels::{QueueLabels, With};
use crate::domain::job::JobState;
use crate::domain::queue::Counts;
use crate::domain::stats::histogram::HistogramReading;
use crate::domain::stats::totals::QueueTotals;
use crate::domain::versions::lifecycle::Lifecycle;
use crate::service::live::snapshot::VersionFigures;
use crate::service::metrics::listed::{ListedQueues, RestOfQueues};

/// What the series of one queue tell, or those of the sum of many.
#[derive(Debug)]
struct QueueSample {
    labels: QueueLabels,
    counts: Counts,
    /// How many of the waiting jobs a pause holds back.
    held: u64,
    paused: u64,
    /// `None` if Bullkeeper can't tell.
    workers: Option<u64>,
    oldest_waiting: Option<u64>,
    lifecycles: Vec<(Lifecycle, u64)>,
    totals: QueueTotals,
    /// Whether waiting or processing times are told: a histogram begins with its first time.
    is_measured: bool,
}

/// The samples of all queues.
#[derive(Debug)]
pub(super) struct QueueSamples {
    samples: Vec<QueueSample>,
    /// How many queues have no series of their own.
    pub(super) dropped: u64,
}

impl QueueSamples {
    pub(super) fn of(listed: &ListedQueues) -> Self {
        let mut taken = HashSet::new();
        let own = listed.own.iter().map(|version| QueueSample::of(version));
        // A name may have been chosen to be another's label. A second series with the same labels would end the scrape.
        let mut samples: Vec<QueueSample> = own
            .filter(|sample| taken.insert(sample.labels.clone()))
            .collect();
        let doubled = listed.own.len() - samples.len();
        let rest = listed.rest.iter();
        samples.extend(rest.map(|(prefix, rest)| QueueSample::of_rest(prefix, rest)));
        let beyond: u64 = listed.rest.values().map(|rest| rest.queues).sum();
        Self {
            samples,
            dropped: beyond + doubled as u64,
        }
    }
}

impl QueueSample {
    fn of(version: &VersionFigures) -> Self {
        let figures = &version.figures;
        let totals = version.totals.as_deref().copied().unwrap_or_default();
        Self {
            labels: QueueLabels::of(version),
            counts: figures.counts,
            held: figures.held_in_waiting(),
            paused: u64::from(figures.paused),
            workers: figures.workers.map(u64::from),
            oldest_waiting: figures.oldest_waiting,
            lifecycles: vec![(version.standing.lifecycle, 1)],
            is_measured: is_measured(&totals),
            totals,
        }
    }

    fn of_rest(prefix: &str, rest: &RestOfQueues) -> Self {
        Self {
            labels: QueueLabels::of_rest(prefix),
            counts: rest.counts,
            held: rest.held,
            paused: rest.paused,
            workers: Some(rest.workers),
            oldest_waiting: rest.oldest_waiting,
            lifecycles: rest.lifecycles.clone(),
            totals: rest.totals,
            is_measured: is_measured(&rest.totals),
        }
    }

    /// How many jobs are in `state`. Each is in one state: what a pause holds back is paused, wherever it is kept.
    fn jobs(&self, state: JobState) -> u64 {
        match state {
            JobState::Waiting => self.counts.waiting - self.held,
            JobState::Paused => self.counts.paused + self.held,
            state => self.counts.of(state),
        }
    }

    fn in_lifecycle(&self, lifecycle: Lifecycle) -> u64 {
        let mut counted = self.lifecycles.iter();
        let found = counted.find(|(other, _)| *other == lifecycle);
        found.map_or(0, |(_, count)| *count)
    }
}

fn is_measured(totals: &QueueTotals) -> bool {
    let empty = QueueTotals::default();
    (totals.waiting, totals.processing) != (empty.waiting, empty.processing)
}

impl QueueSamples {
    /// Writes the series; ages are those at `now`, in Unix milliseconds.
    pub(super) fn encode(&self, to: &mut DescriptorEncoder<'_>, now: u64) -> Result<(), Error> {
        self.encode_jobs(to)?;
        self.encode_state(to, now)?;
        self.encode_counters(to)?;
        self.encode_times(to)
    }

    fn encode_jobs(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut metric =
            to.encode_descriptor("bullkeeper_queue_jobs", "Jobs in each state", None, Gauge)?;
        for sample in &self.samples {
            for state in JobState::KEPT {
                let labels = With(&sample.labels, "state", state.name());
                let mut series = metric.encode_family(&labels)?;
                series.encode_gauge(&sample.jobs(state))?;
            }
        }
        self.gauge(
            to,
            "bullkeeper_queue_outstanding_jobs",
            "Jobs that still have to be processed: all but completed and failed",
            None,
            |sample| Some(sample.counts.outstanding() as f64),
        )
    }

    fn encode_state(&self, to: &mut DescriptorEncoder<'_>, now: u64) -> Result<(), Error> {
        let mut metric = to.encode_descriptor(
            "bullkeeper_queue_lifecycle",
            "1 for the lifecycle that the version is in, else 0",
            None,
            Gauge,
        )?;
        for sample in &self.samples {
            for lifecycle in Lifecycle::ALL {
                let labels = With(&sample.labels, "lifecycle", lifecycle.word());
                let mut series = metric.encode_family(&labels)?;
                series.encode_gauge(&sample.in_lifecycle(*lifecycle))?;
            }
        }
        self.gauge(
            to,
            "bullkeeper_queue_oldest_wait",
            "How long the job has waited that waits the longest; 0 if none does",
            Some(&Unit::Seconds),
            |sample| {
                let since = sample.oldest_waiting;
                Some(since.map_or(0.0, |since| now.saturating_sub(since) as f64 / 1_000.0))
            },
        )?;
        self.gauge(
            to,
            "bullkeeper_queue_workers",
            "Connected workers; no series where Redis does not tell",
            None,
            |sample| sample.workers.map(|workers| workers as f64),
        )?;
        self.gauge(
            to,
            "bullkeeper_queue_paused",
            "1 if the queue is paused",
            None,
            |sample| Some(sample.paused as f64),
        )
    }

    fn encode_counters(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        type Count = fn(&QueueTotals) -> u64;
        let counters: [(&str, &str, Count); 3] = [
            (
                "bullkeeper_queue_jobs_added",
                "Jobs added since Bullkeeper began to follow the queue",
                |totals| totals.added,
            ),
            (
                "bullkeeper_queue_jobs_completed",
                "Jobs completed since Bullkeeper began to follow the queue",
                |totals| totals.completed,
            ),
            (
                "bullkeeper_queue_jobs_failed",
                "Jobs failed without attempts left since Bullkeeper began to follow the queue",
                |totals| totals.failed,
            ),
        ];
        for (name, help, count) in counters {
            let mut metric = to.encode_descriptor(name, help, None, Counter)?;
            for sample in &self.samples {
                let mut series = metric.encode_family(&sample.labels)?;
                series.encode_counter::<NoLabelSet, u64, u64>(&count(&sample.totals), None)?;
            }
        }
        Ok(())
    }

    fn encode_times(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        type Times = fn(&QueueTotals) -> HistogramReading;
        let histograms: [(&str, &str, Times); 2] = [
            (
                "bullkeeper_queue_wait",
                "How long jobs waited until a worker took them",
                |totals| totals.waiting.reading(),
            ),
            (
                "bullkeeper_queue_processing",
                "How long attempts took",
                |totals| totals.processing.reading(),
            ),
        ];
        for (name, help, times) in histograms {
            let mut metric = to.encode_descriptor(name, help, Some(&Unit::Seconds), Histogram)?;
            for sample in self.samples.iter().filter(|sample| sample.is_measured) {
                let times = times(&sample.totals);
                let mut series = metric.encode_family(&sample.labels)?;
                series.encode_histogram::<NoLabelSet>(
                    times.sum,
                    times.count(),
                    &times.buckets,
                    None,
                )?;
            }
        }
        Ok(())
    }

    fn gauge(
        &self,
        to: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: impl Fn(&QueueSample) -> Option<f64>,
    ) -> Result<(), Error> {
        let mut metric = to.encode_descriptor(name, help, unit, Gauge)?;
        for sample in &self.samples {
            if let Some(value) = value(sample) {
                metric.encode_family(&sample.labels)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }
}
