//! Samples of the jobs of a family's versions: times, memory, and finished jobs that accumulate.

use super::table::{Columns, FamilyCell, FamilyRow, Group, Rows, part_of};
use crate::domain::job::JobState;
use crate::domain::stats::finished_jobs::FinishedSample;
use crate::domain::stats::memory::Memory;
use crate::domain::stats::retention_hint::{RetentionHint, removing_option};
use crate::domain::stats::series::Spread;
use crate::service::versions::family::WEIGHED_A_STATE;
use crate::service::versions::family_samples::{FINISHED_SAMPLE, VersionSample};
use crate::web::html::format::{bytes, duration, thousands};

/// A section that is opened on demand: rows from samples.
pub(crate) struct SampleSection {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What the figures are based on.
    pub(crate) note: String,
    pub(crate) rows: Rows,
}

/// The sections of rows from samples; one sample for each column.
pub(crate) fn samples_of(samples: &[std::sync::Arc<VersionSample>]) -> Vec<SampleSection> {
    let row = |label, cell: &dyn Fn(&VersionSample) -> String| FamilyRow {
        label,
        state: "",
        cells: samples
            .iter()
            .map(|sample| FamilyCell::text(cell(sample)))
            .collect(),
    };
    let finished = |cell: fn(&FinishedSample) -> String| {
        move |sample: &VersionSample| sample.finished.as_ref().map_or_else(unknown, cell)
    };
    let memory = |cell: fn(&Memory) -> String| {
        move |sample: &VersionSample| sample.memory.as_ref().map_or_else(unknown, cell)
    };
    let finished = vec![
        row("looked at", &finished(|sample| some(sample.jobs))),
        row(
            "failed among them",
            &finished(|sample| part_of(sample.failed, sample.jobs)),
        ),
        row("waiting p50", &finished(|s| time(s.waiting, |t| t.p50_ms))),
        row("waiting p95", &finished(|s| time(s.waiting, |t| t.p95_ms))),
        row("waiting p99", &finished(|s| time(s.waiting, |t| t.p99_ms))),
        row(
            "processing p50",
            &finished(|s| time(s.processing, |t| t.p50_ms)),
        ),
        row(
            "processing p95",
            &finished(|s| time(s.processing, |t| t.p95_ms)),
        ),
        row(
            "processing p99",
            &finished(|s| time(s.processing, |t| t.p99_ms)),
        ),
    ];
    let memory = vec![
        row("in all", &memory(|memory| about(memory.total()))),
        row("jobs and logs", &memory(|memory| about(memory.jobs()))),
        row("events", &memory(|memory| about(memory.events))),
    ];
    let section = |id, title, note: String, rows| {
        let group = Group {
            title: "",
            note: String::new(),
            rows,
        };
        SampleSection {
            id,
            title,
            note,
            rows: Rows::all(vec![group]),
        }
    };
    let newest = format!(
        "Newest {FINISHED_SAMPLE} finished jobs that are kept. Waiting times exclude retried jobs."
    );
    let estimate = format!(
        "An estimate from {WEIGHED_A_STATE} jobs of each state. Schedulers are not included."
    );
    vec![
        section("finished", "Finished jobs", newest, finished),
        section("memory", "Memory", estimate, memory),
    ]
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn some(jobs: u64) -> String {
    match jobs {
        0 => String::new(),
        jobs => thousands(jobs),
    }
}

fn time(spread: Spread, of: fn(&Spread) -> f32) -> String {
    match spread.samples {
        0 => String::new(),
        _ => duration(of(&spread).round() as u64),
    }
}

fn about(size: u64) -> String {
    match size {
        0 => String::new(),
        size => bytes(size),
    }
}

/// A hint at finished jobs that accumulate.
pub(crate) struct RetentionHintView {
    /// The version.
    pub(crate) version: String,
    pub(crate) jobs: String,
    pub(crate) state: &'static str,
    /// Their estimated size; empty if it is not known.
    pub(crate) bytes: String,
    /// How many of the sampled jobs no option removes: `25 of 25`.
    pub(crate) never_removed: String,
    /// The option to set, and an example.
    pub(crate) option: &'static str,
    pub(crate) example: &'static str,
    /// What the example keeps.
    pub(crate) keeps: &'static str,
}

/// The hints of all versions.
pub(crate) fn piles_of(
    columns: &Columns,
    samples: &[std::sync::Arc<VersionSample>],
) -> Vec<RetentionHintView> {
    columns
        .iter()
        .zip(samples)
        .flat_map(|(column, sample)| {
            let piles = sample.piles.iter();
            piles.map(|pile| pile_view(column.word.clone(), pile))
        })
        .collect()
}

fn pile_view(version: String, pile: &RetentionHint) -> RetentionHintView {
    let sampled = pile.sampled;
    let (example, keeps) = match pile.state {
        JobState::Failed => (
            "removeOnFail: { age: 7 * 24 * 3600, count: 5000 }",
            "keeps those of a week, 5,000 at most",
        ),
        _ => (
            "removeOnComplete: { age: 3600, count: 1000 }",
            "keeps those of an hour, 1,000 at most",
        ),
    };
    RetentionHintView {
        version,
        jobs: thousands(pile.jobs),
        state: pile.state.name(),
        bytes: pile.bytes.map(bytes).unwrap_or_default(),
        never_removed: format!(
            "{} of the {}",
            thousands(sampled.never_removed),
            thousands(sampled.jobs)
        ),
        option: removing_option(pile.state),
        example,
        keeps,
    }
}
