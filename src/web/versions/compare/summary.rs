//! The part of a comparison's page above its pairs: the form, the figures, and what they are based on.

use super::pairs::ComparedPairView;
use super::request::{CompareAt, Meant};
use crate::domain::queue::QueueId;
use crate::domain::stats::series::Spread;
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{Only, PairBy, PairVerdict};
use crate::service::versions::compare::model::{
    ComparedSample, Comparing, Comparison, LARGEST_VALUE, MOST_BYTES, MOST_JOBS,
};
use crate::web::app::App;
use crate::web::html::format::{When, bytes, duration, thousands};

/// How many pairs a page shows.
const PAGE: usize = 100;

/// The form, and why nothing is compared.
#[derive(Debug)]
pub(crate) struct FormView {
    pub(crate) action: String,
    pub(crate) at: CompareAt,
    /// Queue, label, and whether it is chosen as the first or the second.
    pub(crate) versions: Vec<(String, String, bool, bool)>,
    pub(crate) by_pointer: bool,
    /// Name, words, and whether it is chosen.
    pub(crate) only: Vec<(&'static str, &'static str, bool)>,
    /// The problem with the input; empty if there is none.
    pub(crate) fault: String,
    /// Whether the family has only one version.
    pub(crate) alone: bool,
}

impl FormView {
    pub(crate) fn new(app: &App, meant: &Meant, only: Only) -> Self {
        let at = &meant.at;
        let versions = meant.versions.iter().map(|(label, queue)| {
            let name = queue.name();
            (name.to_owned(), label.clone(), name == at.a, name == at.b)
        });
        Self {
            action: app.links().to("/family/compare", &[]),
            versions: versions.collect(),
            by_pointer: at.by == "pointer" || (at.by.is_empty() && !at.pointer.is_empty()),
            only: Only::CHOICES
                .map(|choice| (choice.name(), words_of(choice), choice == only))
                .into(),
            fault: match &meant.asked {
                Some(Err(text)) => text.clone(),
                _ => String::new(),
            },
            alone: meant.asked.is_none(),
            at: at.clone(),
        }
    }
}

fn words_of(only: Only) -> &'static str {
    match only {
        Only::All => "all pairs",
        Only::Differing => "what differs",
        Only::Outcome => "another outcome",
        Only::Missing => "without the other",
    }
}

/// The result of a comparison.
#[derive(Debug)]
pub(crate) struct ComparedView {
    /// The versions' labels.
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) at: When,
    /// Number, word, colour and icon of each verdict.
    pub(crate) totals: Vec<(String, String, &'static str, &'static str)>,
    /// What was read and what was left out, one sentence each.
    pub(crate) basis: Vec<String>,
    pub(crate) speeds: Vec<SpeedView>,
    pub(crate) rows: Vec<ComparedPairView>,
    /// The numbers of the first and last row, and how many there are.
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) total: String,
    /// The addresses of the neighbouring pages; empty if there is none.
    pub(crate) previous: String,
    pub(crate) next: String,
    pub(crate) export_csv: String,
    pub(crate) export_jsonl: String,
    /// If there is no pair at all, what to do about it.
    pub(crate) advice: String,
}

/// The times of one version's jobs: waiting or processing.
#[derive(Debug)]
pub(crate) struct SpeedView {
    pub(crate) name: String,
    /// p50, p95 and p99; empty if no time is known.
    pub(crate) times: Vec<(&'static str, String)>,
}

impl ComparedView {
    pub(crate) fn new(
        app: &App,
        meant: &Meant,
        asked: &Comparing,
        found: &Comparison,
        only: Only,
        from: usize,
    ) -> Self {
        let label = |queue: &QueueId| {
            let version = meant.versions.iter().find(|(_, other)| other == queue);
            version.map_or(String::new(), |(label, _)| label.clone())
        };
        let (a, b) = (label(&asked.a), label(&asked.b));
        let wanted: Vec<&(Pair, PairVerdict)> = found
            .rows
            .iter()
            .filter(|(_, verdict)| only.wants(*verdict))
            .collect();
        let rows: Vec<ComparedPairView> = wanted
            .iter()
            .enumerate()
            .skip(from)
            .take(PAGE)
            .map(|(number, (pair, verdict))| {
                ComparedPairView::new(app, meant, asked, (&a, &b), number, pair, *verdict)
            })
            .collect();
        let to = |path: &str, more: (&'static str, &str)| {
            let query = meant.at.query();
            app.links().to(path, &[&query[..], &[more]].concat())
        };
        let page = |from: usize| to("/family/compare", ("from", &from.to_string()));
        Self {
            at: When::of(found.at),
            totals: totals(found, &a, &b),
            basis: basis(asked, found, &a, &b),
            speeds: speeds(found, &a, &b),
            first: thousands(if rows.is_empty() { 0 } else { from as u64 + 1 }),
            last: thousands((from + rows.len()) as u64),
            total: thousands(wanted.len() as u64),
            previous: match from {
                0 => String::new(),
                from => page(from.saturating_sub(PAGE)),
            },
            next: match from.saturating_add(PAGE) {
                next if next < wanted.len() => page(next),
                _ => String::new(),
            },
            export_csv: to("/family/compare/export", ("format", "csv")),
            export_jsonl: to("/family/compare/export", ("format", "jsonl")),
            advice: advice(found, &a, &b),
            rows,
            a,
            b,
        }
    }
}

fn totals(
    found: &Comparison,
    a: &str,
    b: &str,
) -> Vec<(String, String, &'static str, &'static str)> {
    let summary = &found.summary;
    let of = |verdict| summary.of(verdict);
    let rows = [
        (summary.pairs, "pairs finished".to_owned(), "none", "queues"),
        (
            summary.both_completed,
            "both completed".to_owned(),
            "good",
            "completed",
        ),
        (
            summary.both_failed,
            "both failed".to_owned(),
            "bad",
            "failed",
        ),
        (
            of(PairVerdict::Outcome),
            "outcome differs".to_owned(),
            "bad",
            "alert",
        ),
        (
            of(PairVerdict::ReturnValue),
            "return value differs".to_owned(),
            "warn",
            "diff",
        ),
        (
            of(PairVerdict::Reason),
            "error differs".to_owned(),
            "warn",
            "diff",
        ),
        (
            of(PairVerdict::Unfinished),
            "not finished in one".to_owned(),
            "none",
            "clock",
        ),
        (
            of(PairVerdict::OnlyA),
            format!("only in {a}"),
            "none",
            "left",
        ),
        (
            of(PairVerdict::OnlyB),
            format!("only in {b}"),
            "none",
            "right",
        ),
    ];
    rows.map(|(count, word, colour, icon)| (thousands(count as u64), word, colour, icon))
        .into()
}

fn speeds(found: &Comparison, a: &str, b: &str) -> Vec<SpeedView> {
    let summary = &found.summary;
    let view = |name: String, spread: Spread| SpeedView {
        name,
        times: match spread.samples {
            0 => Vec::new(),
            _ => vec![
                ("p50", duration(spread.p50_ms.round() as u64)),
                ("p95", duration(spread.p95_ms.round() as u64)),
                ("p99", duration(spread.p99_ms.round() as u64)),
            ],
        },
    };
    vec![
        view(format!("Waiting in {a}"), summary.a.waiting),
        view(format!("Waiting in {b}"), summary.b.waiting),
        view(format!("Processing in {a}"), summary.a.processing),
        view(format!("Processing in {b}"), summary.b.processing),
    ]
}

/// What was read and what was left out.
fn basis(asked: &Comparing, found: &Comparison, a: &str, b: &str) -> Vec<String> {
    let number = |count: usize| thousands(count as u64);
    let mut told = Vec::new();
    for (label, sampled) in [(a, &found.a), (b, &found.b)] {
        let (read, total) = (number(sampled.read), thousands(sampled.total));
        told.push(match sampled.read as u64 == sampled.total {
            true => format!("{label}: all {total} jobs that finished and are kept."),
            false => format!("{label}: the newest {read} of {total} finished jobs."),
        });
        told.extend(left_out(label, sampled));
    }
    if matches!(asked.by, PairBy::Pointer(_)) && found.a.total.max(found.b.total) > MOST_JOBS as u64
    {
        told.push(
            "A job may be missing in one version for being older than its newest.".to_owned(),
        );
    }
    let not_compared = found.summary.of(PairVerdict::NotCompared);
    if not_compared > 0 {
        told.push(format!(
            "{} pairs ended alike with values that were not compared: larger than {}, or past {} in all.",
            number(not_compared),
            bytes(LARGEST_VALUE),
            bytes(MOST_BYTES)
        ));
    }
    told
}

fn left_out(label: &str, sampled: &ComparedSample) -> Vec<String> {
    let rows = [
        (
            sampled.counted_ids,
            "have an id that BullMQ counted up, which says nothing in another version",
        ),
        (sampled.missing, "hold nothing at the pointer"),
        (sampled.not_json, "have data that is not JSON"),
        (sampled.too_large, "have too much data to be searched"),
        (
            sampled.doubled,
            "have the key of one that finished later, which stands for them",
        ),
    ];
    rows.into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{label}: {} {what}.", thousands(count as u64)))
        .collect()
}

fn advice(found: &Comparison, a: &str, b: &str) -> String {
    if found.summary.pairs > 0 {
        return String::new();
    }
    for (label, sampled) in [(a, &found.a), (b, &found.b)] {
        if sampled.total == 0 {
            return format!(
                "{label} has no finished job that is kept. Let it run with removeOnComplete and removeOnFail \
                 keeping some."
            );
        }
    }
    if found.a.counted_ids + found.b.counted_ids > 0 {
        return "No two jobs have the same id. Give both versions’ jobs the same custom jobId, or pair them by a \
                pointer to what they have in common, such as /orderId."
            .to_owned();
    }
    "No two finished jobs have the same key. Look at a job of each version for what they have in common.".to_owned()
}
