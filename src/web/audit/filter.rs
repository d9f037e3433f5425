//! The audit log's filter in an address.

use serde::Deserialize;

use crate::domain::audit::filter::AuditFilter;
use crate::service::audit::log::is_stream_id;
use crate::web::html::error::PageError;

/// The filter as the address and the form hold it.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct AuditFilterAt {
    #[serde(default)]
    pub(crate) who: String,
    /// The actor's kind: `command-line`.
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) queue: String,
    #[serde(default)]
    pub(crate) job: String,
    #[serde(default)]
    pub(crate) run: String,
    #[serde(default)]
    pub(crate) action: String,
    #[serde(default)]
    pub(crate) outcome: String,
    /// `2026-03-01T14:03`, as a browser's date and time field sends it, in UTC.
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) until: String,
    /// `1` to show reads and exports of the log too.
    #[serde(default)]
    pub(crate) reads: String,
}

impl AuditFilterAt {
    /// Parses the filter, or says what is wrong with it.
    pub(crate) fn parse(&self) -> Result<AuditFilter, PageError> {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(AuditFilter {
            who: self.who.trim().to_owned(),
            kind: optional(&self.kind)
                .map(|text| text.parse())
                .transpose()
                .map_err(PageError::bad)?,
            queue: self.queue.trim().to_owned(),
            job: self.job.clone(),
            run: self.run.trim().to_owned(),
            action: optional(&self.action)
                .map(|text| text.parse())
                .transpose()
                .map_err(PageError::bad)?,
            outcome: optional(&self.outcome)
                .map(|text| text.parse())
                .transpose()
                .map_err(PageError::bad)?,
            since: moment(&self.since)?,
            // Up to the end of the minute.
            until: moment(&self.until)?.map(|until| until + 59_999),
            hide_reads: self.reads != "1",
        })
    }

    pub(crate) fn with_reads(&self, shown: bool) -> Self {
        Self {
            reads: if shown { "1" } else { "" }.to_owned(),
            ..self.clone()
        }
    }

    /// The same for the entries of one run.
    pub(crate) fn of_run(&self, run: &str) -> Self {
        Self {
            run: run.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn query(&self) -> [(&'static str, &str); 10] {
        [
            ("who", &self.who),
            ("kind", &self.kind),
            ("queue", &self.queue),
            ("job", &self.job),
            ("run", &self.run),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
            ("reads", &self.reads),
        ]
    }
}

/// Parses a date, or a date and time, in UTC, to Unix milliseconds.
fn moment(text: &str) -> Result<Option<u64>, PageError> {
    use time::macros::format_description;
    use time::{Date, PrimitiveDateTime};
    if text.is_empty() {
        return Ok(None);
    }
    let minute = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let day = format_description!("[year]-[month]-[day]");
    let parsed = PrimitiveDateTime::parse(text, &minute)
        .or_else(|_| Date::parse(text, &day).map(Date::midnight));
    match parsed {
        // No entry is older than 1970, so an earlier date means the beginning.
        Ok(at) => Ok(Some(
            u64::try_from(at.assume_utc().unix_timestamp()).unwrap_or(0) * 1000,
        )),
        Err(_) => Err(PageError::bad(format!(
            "{text:?} is not a date and time. Use 2026-03-01 or 2026-03-01T14:03, in UTC."
        ))),
    }
}

/// The id of an audit entry in an address; `None` for an empty one.
pub(crate) fn stream_id(id: &str) -> Result<Option<&str>, PageError> {
    match id.is_empty() || is_stream_id(id) {
        true => Ok(Some(id).filter(|id| !id.is_empty())),
        false => Err(PageError::bad(format!(
            "{id:?} is not the ID of an audit entry."
        ))),
    }
}
