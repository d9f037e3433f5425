//! The jobs that a search finds, as a file: JSON lines, or CSV that a spreadsheet can open without running anything.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::progress::{Found, SearchEnd, SearchProgress};
use super::request::{LARGEST_SEARCHED, SearchLimits};
use super::steps::Search;
use crate::domain::access::Operator;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::Query;
use crate::service::Services;
use crate::service::audit::export::{ExportFormat, csv_line, without_formula};
use crate::service::audit::record_reads::ExportRead;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::WalkedJob;

/// An export has so many jobs at most, and takes so long at most.
const EXPORT_LIMITS: SearchLimits = SearchLimits {
    found: 250_000,
    looked_at: u64::MAX,
    within: Duration::from_secs(30 * 60),
};

/// The columns, and the members of a JSON line.
const COLUMNS: [&str; 12] = [
    "queue",
    "prefix",
    "id",
    "state",
    "name",
    "added",
    "started",
    "finished",
    "attempts",
    "error",
    "data",
    "returnvalue",
];

/// The fields behind the columns from `name` on.
const FIELDS: [JobField; 8] = [
    JobField::Name,
    JobField::Added,
    JobField::Started,
    JobField::Finished,
    JobField::AttemptsMade,
    JobField::FailedReason,
    JobField::Data,
    JobField::ReturnValue,
];

/// An export under way. It is recorded when it is dropped: at its end, or where it broke off.
#[derive(Debug)]
pub struct SearchExport {
    services: Arc<Services>,
    operator: Operator,
    search: Search,
    format: ExportFormat,
    record: ExportRead,
    /// What comes before the first job, until it is sent.
    head: Option<Vec<u8>>,
    found: Vec<Found>,
    end: Option<(SearchEnd, SearchProgress)>,
    is_over: bool,
}

impl Services {
    /// Begins an export of all jobs that a query finds.
    ///
    /// # Errors
    ///
    /// As [`Services::begin_search`].
    pub async fn begin_search_export(
        self: &Arc<Self>,
        operator: &Operator,
        query: Query,
        place: &QueueSet,
        format: ExportFormat,
    ) -> Result<SearchExport, ServiceError> {
        let search = self.begin_search(operator, query.clone(), place, None, EXPORT_LIMITS);
        let search = search.await?;
        // A value that is searched for may be a secret. The note never names a queue.
        let text = match self.redactor().await {
            Ok(_) if search.asks_for_hidden() => "not kept".to_owned(),
            Ok(redactor) => redactor.apply_text(&query.text()),
            Err(_) => "not kept".to_owned(),
        };
        let whose = match place {
            QueueSet::Queue(_) => "of a queue",
            QueueSet::Family { .. } => "of a family",
            QueueSet::All => "of all queues in scope",
        };
        let entry = Entry::new(operator, AuditAction::ExportJobs, AuditOutcome::Applied);
        let entry = entry.noting(format!("as {}, {whose}, query {text:?}", format.name()));
        let entry = match place {
            QueueSet::Queue(queue) => entry.on_queue(queue),
            _ => entry,
        };
        Ok(SearchExport {
            services: Arc::clone(self),
            operator: operator.clone(),
            search,
            format,
            record: self.record_export(entry, ["job", "jobs"]),
            head: Some(head(format)),
            found: Vec::new(),
            end: None,
            is_over: false,
        })
    }
}

impl SearchExport {
    /// The next part of the file; `None` at its end.
    ///
    /// # Errors
    ///
    /// What keeps the rest from being read. The file then breaks off.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Ok(Some(head));
        }
        loop {
            if !self.found.is_empty() {
                return self.some_jobs().await.map(Some);
            }
            if let Some((end, progress)) = self.end.take() {
                self.is_over = true;
                if let SearchEnd::Failed(error, _) = end {
                    return Err(error);
                }
                self.record.is_whole();
                return Ok(last_line(self.format, &end, &progress));
            }
            if self.is_over {
                return Ok(None);
            }
            let Some(step) = self.search.next().await else {
                return Ok(None);
            };
            self.found = step.found;
            self.end = step.end.map(|end| (end, step.progress));
        }
    }

    /// The lines of the first jobs that were found, as many as are read at once.
    async fn some_jobs(&mut self) -> Result<Vec<u8>, ServiceError> {
        let read =
            self.services
                .first_to_export(&self.operator, &self.found, &FIELDS, LARGEST_SEARCHED);
        let (count, jobs, share) = read.await?;
        let Some(queue) = self.found.first().map(|first| first.queue.clone()) else {
            return Ok(Vec::new());
        };
        self.found.drain(..count);
        self.record.add(jobs.len());
        let format = self.format;
        let bytes = jobs.iter().map(|job| job.data().len()).sum();
        let lines = run_blocking(bytes, move || {
            let lines = jobs.iter().flat_map(|job| line(format, &queue, job));
            let lines: Vec<u8> = lines.collect();
            drop((jobs, share));
            lines
        });
        lines.await
    }
}

fn head(format: ExportFormat) -> Vec<u8> {
    match format {
        ExportFormat::JsonLines => Vec::new(),
        ExportFormat::Csv => csv_line(COLUMNS.into_iter()),
    }
}

/// What a file that leaves out jobs says at its end.
fn last_line(format: ExportFormat, end: &SearchEnd, progress: &SearchProgress) -> Option<Vec<u8>> {
    let mut left_out = Vec::new();
    if end.cursor().is_some() {
        let SearchProgress {
            found,
            looked_at,
            total,
            ..
        } = progress;
        left_out.push(format!(
            "this file ends after {found} jobs; {looked_at} of {total} were looked at"
        ));
    }
    let unread = progress.unreadable + progress.too_large;
    if unread > 0 {
        left_out.push(format!("{unread} jobs could not be searched"));
    }
    if progress.skipped_queues > 0 {
        left_out.push(format!(
            "{} queues could not be read",
            progress.skipped_queues
        ));
    }
    let note = (!left_out.is_empty()).then(|| left_out.join("; "))?;
    Some(match format {
        ExportFormat::JsonLines => {
            let object = Map::from_iter([("note".to_owned(), Value::from(note))]);
            format!("{}\n", Value::Object(object)).into_bytes()
        }
        ExportFormat::Csv => csv_line([note.as_str()].into_iter().chain([""; COLUMNS.len() - 1])),
    })
}

/// A job's line.
fn line(format: ExportFormat, queue: &QueueId, job: &WalkedJob) -> Vec<u8> {
    let known = [
        queue.name(),
        queue.prefix(),
        job.id.as_str(),
        job.state.name(),
    ];
    match format {
        ExportFormat::Csv => {
            let values = FIELDS.iter().map(|field| match job.get(*field) {
                FieldValue::TooLarge(size) => format!("({size} bytes, not exported)"),
                _ => job.text(*field).into_owned(),
            });
            let values = known.into_iter().map(str::to_owned).chain(values);
            let values: Vec<String> = values.map(|value| without_formula(&value)).collect();
            csv_line(values.iter().map(String::as_str))
        }
        ExportFormat::JsonLines => {
            let mut members: Vec<String> = COLUMNS
                .iter()
                .zip(known)
                .map(|(column, value)| member(column, &quoted(value)))
                .collect();
            let columns = COLUMNS.iter().skip(known.len());
            for (column, field) in columns.zip(FIELDS) {
                members.extend(json_member(column, field, job.get(field)));
            }
            format!("{{{}}}\n", members.join(",")).into_bytes()
        }
    }
}

/// A field as a member of a JSON line: JSON as it is stored, digit by digit; what is not JSON as a text.
fn json_member(column: &str, field: JobField, value: FieldValue<'_>) -> Option<String> {
    let bytes = match value {
        FieldValue::Absent => return None,
        FieldValue::TooLarge(size) => {
            return Some(member(&format!("{column}_bytes"), &size.to_string()));
        }
        FieldValue::Bytes(bytes) => bytes,
    };
    let is_text = matches!(field, JobField::Name | JobField::FailedReason);
    if !is_text && let Ok(json) = serde_json::from_slice::<&RawValue>(bytes) {
        // Between the values of a JSON text a line may end; within a string none can.
        return Some(member(column, &json.get().replace(['\n', '\r'], " ")));
    }
    let text = quoted(&String::from_utf8_lossy(bytes));
    Some(match is_text {
        true => member(column, &text),
        false => member(&format!("{column}_text"), &text),
    })
}

fn member(name: &str, json: &str) -> String {
    format!("{}:{json}", quoted(name))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(field: JobField, bytes: &[u8]) -> String {
        json_member("data", field, FieldValue::Bytes(bytes)).unwrap()
    }

    #[test]
    fn data_is_exported_digit_by_digit_on_one_line_and_what_is_not_json_as_a_text() {
        let data = br#"{"id": 12345678901234567890123, "at": 1.0, "id": 2,"#;
        let whole = [&data[..], b"\r\n\"x\": \"a\\nb\"}"].concat();
        assert_eq!(
            shown(JobField::Data, &whole),
            r#""data":{"id": 12345678901234567890123, "at": 1.0, "id": 2,  "x": "a\nb"}"#
        );
        assert_eq!(
            shown(JobField::Data, b"{oops\n"),
            r#""data_text":"{oops\n""#
        );
        assert_eq!(shown(JobField::Name, b"5"), r#""data":"5""#);
        assert_eq!(
            json_member("data", JobField::Data, FieldValue::TooLarge(9)).unwrap(),
            r#""data_bytes":9"#
        );
    }
}
