//! A comparison as a file, one line for each pair. Return values are left out: each may be as large as a job, and
//! differences are best seen side by side.

use super::model::{Comparing, Comparison};
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{Only, PairVerdict, Ran};
use crate::service::audit::export::{ExportFormat, csv_line, without_formula};

/// The columns for each job of a pair; `a_` or `b_` is put before the name.
const OF_A_JOB: [&str; 9] = [
    "id",
    "state",
    "added",
    "started",
    "finished",
    "attempts",
    "waiting_ms",
    "processing_ms",
    "error",
];

/// The pairs that `only` matches, written in `format`. Times are in Unix milliseconds.
pub(crate) fn export(
    asked: &Comparing,
    comparison: &Comparison,
    only: Only,
    format: ExportFormat,
) -> Vec<u8> {
    let rows = comparison
        .rows
        .iter()
        .filter(|(_, verdict)| only.wants(*verdict));
    let lines = rows.map(|(pair, verdict)| {
        let fields = fields(asked, pair, *verdict);
        match format {
            ExportFormat::JsonLines => json_line(fields),
            ExportFormat::Csv => {
                let values: Vec<String> = fields
                    .iter()
                    .map(|(_, value)| without_formula(value))
                    .collect();
                csv_line(values.iter().map(String::as_str))
            }
        }
    });
    let head = match format {
        ExportFormat::JsonLines => Vec::new(),
        ExportFormat::Csv => csv_line(names().iter().map(String::as_str)),
    };
    std::iter::once(head).chain(lines).flatten().collect()
}

fn names() -> Vec<String> {
    let of = |side: &'static str| {
        OF_A_JOB
            .into_iter()
            .map(move |name| format!("{side}_{name}"))
    };
    ["key", "verdict", "a_queue", "b_queue"]
        .into_iter()
        .map(str::to_owned)
        .chain(of("a"))
        .chain(of("b"))
        .collect()
}

fn fields(asked: &Comparing, pair: &Pair, verdict: PairVerdict) -> Vec<(String, String)> {
    let common = [
        pair.label.clone(),
        verdict.name().to_owned(),
        asked.a.name().to_owned(),
        asked.b.name().to_owned(),
    ];
    let values = common
        .into_iter()
        .chain(of_job(pair.a.as_ref()))
        .chain(of_job(pair.b.as_ref()));
    names().into_iter().zip(values).collect()
}

fn of_job(ran: Option<&Ran>) -> [String; OF_A_JOB.len()] {
    let Some(ran) = ran else {
        return Default::default();
    };
    let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
    let state = match ran.is_finished() {
        true => ran.state.name(),
        false => "not finished",
    };
    [
        ran.id.as_str().to_owned(),
        state.to_owned(),
        number(ran.times.added),
        number(ran.times.started),
        number(ran.times.finished),
        ran.attempts.to_string(),
        number(ran.times.waited_ms()),
        number(ran.times.worked_ms()),
        ran.reason.clone(),
    ]
}

/// Empty values are left out, as in an export of the audit log.
fn json_line(fields: Vec<(String, String)>) -> Vec<u8> {
    let object: serde_json::Map<_, _> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.into()))
        .collect();
    let mut line = serde_json::Value::Object(object).to_string().into_bytes();
    line.push(b'\n');
    line
}
