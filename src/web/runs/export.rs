//! Downloads what became of a run's jobs: those that were done, by their audit entries, and those that were skipped, with the
//! reasons. The entries are read and sent in parts, however many there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::RunAt;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::field::EntryFields;
use crate::domain::audit::filter::AuditFilter;
use crate::domain::run::{Run, Skipped};
use crate::service::audit::export::{ExportFormat, csv_line, without_formula};
use crate::web::app::App;
use crate::web::audit::export::{ExportParts, FormatAt, send};
use crate::web::html::error::PageError;
use crate::web::html::format::When;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// How far Redis's clock and this process's may differ, in milliseconds.
const CLOCKS_DIFFER: u64 = 60_000;

/// The names of the columns, and of the members of a JSON line.
const COLUMNS: [&str; 8] = [
    "job", "result", "why", "at", "action", "entry", "queue", "prefix",
];

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RunAt>,
    Query(format): Query<FormatAt>,
) -> Result<Response, PageError> {
    let (id, format) = (at.run()?, format.parse()?);
    let services = Arc::clone(&app.services);
    let (run, skipped) = services.run_for_download(&operator, &id).await?;
    let parts = ExportParts {
        head: head(&run, &skipped, format),
        line: move |recorded: &LoggedEntry| done(recorded, format),
        name: format!("bullkeeper-run-{id}"),
    };
    send(services, operator, entries_of(&run), format, parts).await
}

/// The entries of a run about what was done to its jobs.
fn entries_of(run: &Run) -> AuditFilter {
    let ended = !run.state.is_under_way();
    AuditFilter {
        run: run.id.as_str().to_owned(),
        outcome: Some(AuditOutcome::Applied),
        since: Some(run.begun.saturating_sub(CLOCKS_DIFFER)),
        until: ended.then_some(run.updated.saturating_add(CLOCKS_DIFFER)),
        hide_reads: true,
        ..AuditFilter::default()
    }
}

/// The names of the columns, and the skipped jobs.
fn head(run: &Run, skipped: &[Skipped], format: ExportFormat) -> Vec<u8> {
    let mut bytes = match format {
        ExportFormat::Csv => csv_line(COLUMNS.into_iter()),
        ExportFormat::JsonLines => Vec::new(),
    };
    let mut listed = BTreeMap::<&str, u64>::new();
    for one in skipped {
        *listed.entry(&one.why).or_default() += 1;
        let queue = run
            .sources()
            .nth(one.queue)
            .map_or(["", ""], |queue| [queue.name(), queue.prefix()]);
        let [queue, prefix] = queue;
        let values = [&one.job, "skipped", &one.why, "", "", "", queue, prefix];
        bytes.extend(line(values, format));
    }
    // A run lists the first of its skipped jobs and counts them all.
    for (why, count) in &run.figures.stayed {
        let more = count.saturating_sub(listed.get(why.as_str()).copied().unwrap_or(0));
        if more > 0 {
            let why = format!("{why} ({more} more jobs, not listed)");
            bytes.extend(line(["", "skipped", &why, "", "", "", "", ""], format));
        }
    }
    bytes
}

/// The line of a job that was done; nothing for an entry about the run itself.
fn done(recorded: &LoggedEntry, format: ExportFormat) -> Vec<u8> {
    let entry = &recorded.entry;
    let [job, action, queue, prefix] =
        ["job", "action", "queue", "prefix"].map(|name| entry.field(name));
    if job.is_empty() {
        return Vec::new();
    }
    let millis = recorded.id.split('-').next().and_then(|ms| ms.parse().ok());
    let at = millis.map_or_else(String::new, |ms| When::of(ms).iso);
    let values = [
        &job,
        "done",
        "",
        &at,
        &action,
        &recorded.id,
        &queue,
        &prefix,
    ];
    line(values, format)
}

fn line(values: [&str; COLUMNS.len()], format: ExportFormat) -> Vec<u8> {
    match format {
        ExportFormat::Csv => {
            let values = values.map(without_formula);
            csv_line(values.iter().map(String::as_str))
        }
        ExportFormat::JsonLines => {
            let pairs = COLUMNS.into_iter().zip(values);
            let object: serde_json::Map<_, _> = pairs
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            let mut line = serde_json::Value::Object(object).to_string().into_bytes();
            line.push(b'\n');
            line
        }
    }
}
