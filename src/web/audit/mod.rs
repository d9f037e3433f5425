//! The audit log: who did what to which job, how it ended, and what it changed.

pub(crate) mod entry;
pub(crate) mod export;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::app::App;
use super::html::error::PageError;
use super::html::format::{When, thousands};
use super::html::frame::{Frame, Page};
use super::request::extract::{Query, SignedInUser};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::{Entry, LoggedEntry};
use crate::domain::audit::filter::AuditFilter;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::audit::log::{choices, is_stream_id};

/// The filter as the address and the form hold it.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct AuditFilterAt {
    #[serde(default)]
    who: String,
    #[serde(default)]
    queue: String,
    #[serde(default)]
    job: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    outcome: String,
    /// `2026-03-01T14:03`, as a browser's field for a date and time sends it, in UTC.
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    /// `1` to see who read and exported the log, too.
    #[serde(default)]
    reads: String,
}

impl AuditFilterAt {
    /// The filter, or what is wrong with it.
    pub(crate) fn parse(&self) -> Result<AuditFilter, PageError> {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(AuditFilter {
            who: self.who.trim().to_owned(),
            queue: self.queue.clone(),
            job: self.job.clone(),
            action: optional(&self.action)
                .map(|text| text.parse())
                .transpose()
                .map_err(PageError::bad)?,
            outcome: optional(&self.outcome)
                .map(|text| text.parse())
                .transpose()
                .map_err(PageError::bad)?,
            since: moment(&self.since)?,
            // To the end of the minute that is named.
            until: moment(&self.until)?.map(|until| until + 59_999),
            hide_reads: self.reads != "1",
        })
    }

    fn with_reads(&self, shown: bool) -> Self {
        Self {
            reads: if shown { "1" } else { "" }.to_owned(),
            ..self.clone()
        }
    }

    fn query(&self) -> [(&'static str, &str); 8] {
        [
            ("who", &self.who),
            ("queue", &self.queue),
            ("job", &self.job),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
            ("reads", &self.reads),
        ]
    }
}

/// A date, or a date and time, in UTC, as Unix milliseconds.
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
        // Before 1970 there is no entry: that is its beginning.
        Ok(at) => Ok(Some(
            u64::try_from(at.assume_utc().unix_timestamp()).unwrap_or(0) * 1000,
        )),
        Err(_) => Err(PageError::bad(format!(
            "{text:?} is no date and time; write 2026-03-01 or 2026-03-01T14:03, in UTC."
        ))),
    }
}

/// The page.
#[derive(Template)]
#[template(path = "audit/page.html")]
pub(crate) struct AuditLogPage {
    frame: Frame,
    filter: AuditFilterAt,
    actions: Vec<&'static str>,
    outcomes: Vec<&'static str>,
    entries: Vec<EntryView>,
    /// Whether anything is filtered, and the address without a filter.
    filtered: bool,
    clear_href: String,
    /// Whether reads of the log are left out, and the address that shows or hides them.
    reads_hidden: bool,
    reads_href: String,
    /// The next page's address; empty at the log's end.
    next: String,
    /// The page ended for having looked through enough, not for being full.
    gave_up: bool,
    export_jsonl: String,
    export_csv: String,
}

/// An entry of the log.
#[derive(Template, Debug)]
#[template(path = "audit/_entry.html")]
pub(crate) struct EntryView {
    /// The path everything is under.
    base: String,
    /// The stream's id.
    pub(crate) id: String,
    pub(crate) when: When,
    pub(crate) actor: String,
    role: String,
    pub(crate) action: String,
    pub(crate) outcome: String,
    /// How many alike events it stands for, and from when to when; empty for one.
    times: String,
    queue: String,
    queue_href: String,
    job: String,
    pub(crate) job_href: String,
    /// For a job or jobs that went to another queue: its name with the job's id there, and their page.
    to: String,
    to_href: String,
    why: String,
    /// Whether there is a change to look at.
    has_diff: bool,
    /// The entry's own page, and where its details are loaded from as a part of this one.
    href: String,
}

impl askama::filters::HtmlSafe for EntryView {}

impl EntryView {
    pub(crate) fn new(app: &App, recorded: &LoggedEntry) -> Self {
        let entry = &recorded.entry;
        let links = app.links();
        let millis = recorded.id.split('-').next().and_then(|ms| ms.parse().ok());
        let queue = entry.queue_id();
        let job = JobId::new(entry.job.as_str());
        let (to, to_href) = towards(app, entry);
        Self {
            to,
            to_href,
            base: app.base_path.clone(),
            id: recorded.id.clone(),
            when: When::of(millis.unwrap_or(0)),
            actor: entry.actor.clone(),
            role: entry.role.clone(),
            action: entry.action.clone(),
            outcome: entry.outcome.clone(),
            times: times(entry),
            queue: entry.queue.clone(),
            queue_href: queue
                .as_ref()
                .map_or(String::new(), |queue| links.queue(queue, &[])),
            job: entry.job.clone(),
            job_href: match (&queue, &job) {
                (Some(queue), Some(job)) => links.job(queue, job),
                _ => String::new(),
            },
            why: why(entry),
            has_diff: !entry.patch.is_empty() || !entry.apart.is_empty() || !entry.large.is_empty(),
            href: links.to("/audit/entry", &[("id", &recorded.id)]),
        }
    }
}

/// What a row says of an entry: what kept the change from being made, else the person's reason, else what it came to.
fn why(entry: &Entry) -> String {
    let was_done = entry.outcome == AuditOutcome::Applied.name();
    let texts = match was_done {
        true => [&entry.reason, &entry.error, &entry.note],
        false => [&entry.error, &entry.reason, &entry.note],
    };
    let said = texts.into_iter().find(|text| !text.is_empty());
    said.cloned().unwrap_or_default()
}

/// "412 times, 14:02:10 to 14:03:09", for an entry that stands for several events.
fn times(entry: &Entry) -> String {
    let Ok(count) = entry.count.parse::<u64>() else {
        return String::new();
    };
    // The time of day of `2026-03-01T14:02:10.5Z`.
    let clock = |time: &str| time.get(11..19).unwrap_or_default().to_owned();
    let (first, last) = (clock(&entry.first), clock(&entry.last));
    match count {
        1 => format!("1 time, {first}"),
        _ => format!("{} times, {first} to {last}", thousands(count)),
    }
}

/// Where a job or jobs went: in words, and as an address.
fn towards(app: &App, entry: &Entry) -> (String, String) {
    let Ok(queue) = QueueId::new(&entry.prefix, &entry.to_queue) else {
        return Default::default();
    };
    match JobId::new(entry.to_job.as_str()) {
        Some(job) => (
            format!("{} {job}", queue.name()),
            app.links().job(&queue, &job),
        ),
        None => (queue.name().to_owned(), app.links().queue(&queue, &[])),
    }
}

/// Which page of the log.
#[derive(Debug, Deserialize)]
pub(crate) struct BeforeAt {
    #[serde(default)]
    before: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<AuditFilterAt>,
    Query(range): Query<BeforeAt>,
) -> Result<Page<AuditLogPage>, PageError> {
    let filter = at.parse()?;
    let before = Some(range.before.as_str()).filter(|id| !id.is_empty());
    if before.is_some_and(|id| !is_stream_id(id)) {
        return Err(PageError::bad(format!(
            "{:?} is no id of an audit entry.",
            range.before
        )));
    }
    let found = app.services.audit_page(&operator, &filter, before).await?;
    let links = app.links();
    let with = |path: &str, name: &'static str, value: &str| {
        links.to(path, &[&at.query()[..], &[(name, value)]].concat())
    };
    let (actions, outcomes) = choices();
    Ok(Page::ok(AuditLogPage {
        frame: app.frame(&operator, "audit"),
        entries: found
            .entries
            .iter()
            .map(|recorded| EntryView::new(&app, recorded))
            .collect(),
        filtered: AuditFilter {
            hide_reads: false,
            ..filter.clone()
        } != AuditFilter::default(),
        reads_hidden: filter.hide_reads && !AuditAction::READS.map(Some).contains(&filter.action),
        reads_href: links.to("/audit", &at.with_reads(filter.hide_reads).query()),
        clear_href: links.to("/audit", &[]),
        next: found
            .next
            .map_or(String::new(), |next| with("/audit", "before", &next)),
        gave_up: found.gave_up,
        export_jsonl: with("/audit/export", "format", "jsonl"),
        export_csv: with("/audit/export", "format", "csv"),
        filter: at,
        actions,
        outcomes,
    }))
}
