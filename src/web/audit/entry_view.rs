//! An audit entry as a row of the log and of a job's page.

use askama::Template;

use crate::domain::access::Actor;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::{Entry, LoggedEntry};
use crate::domain::policy::is_safe_link;
use crate::web::app::App;
use crate::web::html::format::{When, thousands};

/// A row of the log.
#[derive(Template, Debug)]
#[template(path = "audit/_entry.html")]
pub(crate) struct EntryView {
    /// The path that everything is under.
    base: String,
    /// The stream's id.
    pub(crate) id: String,
    pub(crate) when: When,
    pub(crate) actor: String,
    pub(super) role: String,
    pub(crate) action: String,
    pub(crate) outcome: String,
    /// How many similar events it stands for, and their time span; empty for one.
    times: String,
    pub(super) queue: String,
    pub(super) queue_href: String,
    job: String,
    pub(crate) job_href: String,
    /// If one or more jobs went to another queue: its name, with the job's id there, and their page.
    to: String,
    to_href: String,
    /// The user whom a change of users is about.
    subject: String,
    pub(super) why: String,
    /// The ticket that the reason names, and where it can be read; empty for none.
    pub(super) ticket: String,
    pub(super) ticket_href: String,
    /// Whether it has a change to show.
    has_diff: bool,
    /// The entry's own page, and the address from which its details are loaded into this page.
    href: String,
}

impl askama::filters::HtmlSafe for EntryView {}

impl EntryView {
    pub(crate) fn new(app: &App, recorded: &LoggedEntry) -> Self {
        let entry = &recorded.entry;
        let links = app.links();
        let queue = entry.queue_id();
        let job = entry.job.value();
        let (to, to_href) = towards(app, entry);
        Self {
            to,
            to_href,
            base: app.base_path.clone(),
            id: recorded.id.clone(),
            when: When::of_stream_id(&recorded.id),
            actor: entry.actor().to_string(),
            role: role(entry),
            action: entry.action.text().into_owned(),
            outcome: entry.outcome.text().into_owned(),
            times: times(entry),
            queue: entry.queue.clone(),
            queue_href: queue
                .as_ref()
                .map_or(String::new(), |queue| links.queue(queue, &[])),
            subject: entry.subject().into_owned(),
            job: entry.job.text().into_owned(),
            job_href: match (&queue, &job) {
                (Some(queue), Some(job)) => links.job(queue, job),
                _ => String::new(),
            },
            why: why(entry),
            ticket: entry.ticket.clone(),
            ticket_href: ticket_href(entry),
            has_diff: !entry.patch.is_empty()
                || !entry.apart.is_empty()
                || !entry.large.is_absent(),
            href: links.to("/audit/entry", &[("id", &recorded.id)]),
        }
    }
}

/// As what the actor did it. The command line and others that are not a user have all rights, so nothing is said of theirs.
fn role(entry: &Entry) -> String {
    match entry.actor() {
        Actor::User(_) | Actor::Other { .. } => entry.role.text().into_owned(),
        _ => String::new(),
    }
}

/// What a row says of an entry: what kept the change from being made, else the person's reason, else what it came to.
pub(super) fn why(entry: &Entry) -> String {
    // Earlier releases wrote into the reason whom a change of users was about, which the row says already.
    let subject = entry.subject();
    let was_done = entry.outcome == AuditOutcome::Applied;
    let texts = match was_done {
        true => [&entry.reason, &entry.error, &entry.note],
        false => [&entry.error, &entry.reason, &entry.note],
    };
    let said = texts
        .into_iter()
        .find(|text| !text.is_empty() && **text != subject);
    said.cloned().unwrap_or_default()
}

/// Where the entry's ticket can be read. Whoever may write to Redis could have put anything there, so that only a web address is
/// made a link.
pub(super) fn ticket_href(entry: &Entry) -> String {
    match is_safe_link(&entry.ticket_link) {
        true => entry.ticket_link.clone(),
        false => String::new(),
    }
}

/// "412 times, 14:02:10 to 14:03:09", for an entry that stands for several events.
fn times(entry: &Entry) -> String {
    let Some(&count) = entry.count.value() else {
        return String::new();
    };
    // The time of day of `2026-03-01T14:02:10.5Z`.
    let clock = |time: &str| time.get(11..19).unwrap_or_default().to_owned();
    let (first, last) = (clock(&entry.first.text()), clock(&entry.last.text()));
    match count {
        1 => format!("1 time, {first}"),
        _ => format!("{} times, {first} to {last}", thousands(count)),
    }
}

/// Where one or more jobs went: in words, and as an address.
fn towards(app: &App, entry: &Entry) -> (String, String) {
    let Some(queue) = entry.to_queue_id() else {
        return Default::default();
    };
    match entry.to_job.value() {
        Some(job) => (
            format!("{} {job}", queue.name()),
            app.links().job(&queue, job),
        ),
        None => (queue.name().to_owned(), app.links().queue(&queue, &[])),
    }
}
