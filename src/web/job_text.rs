//! A job's texts and log as they are shown: whole, folded, or as they are stored where they are no JSON.

use askama::Template;

use super::App;
use super::view::{bytes, thousands};
use crate::domain::edit::is_shown_whole;
use crate::domain::job::{JobId, JobText, Payload};
use crate::domain::json::Document;
use crate::domain::queue::QueueId;
use crate::service::browse::LOG_PAGE;

/// One of a job's texts.
#[derive(Template, Debug)]
#[template(path = "_job_text.html")]
pub(super) struct TextView {
    /// The path everything is under.
    pub(super) base: String,
    /// The field's name, which is also the section's anchor.
    pub(super) field: &'static str,
    pub(super) label: &'static str,
    /// The text as shown: pretty-printed where it is JSON, otherwise as stored. `None` where it is folded.
    pub(super) text: Option<String>,
    /// Its size, for people.
    pub(super) size: String,
    /// Whether there is any.
    pub(super) is_none: bool,
    /// Why it is shown as it is stored: `not JSON: line 1, column 2: …`; empty where it is JSON or need not be.
    pub(super) fault: String,
    /// Whether it holds bytes that a page can't show.
    pub(super) unshown: bool,
    /// Where the whole of a folded text is loaded from as a part of this page, and as it is stored; otherwise empty. The second
    /// is also there for a text that a page can't show as it is.
    pub(super) href: String,
    pub(super) raw_href: String,
}

impl askama::filters::HtmlSafe for TextView {}

/// A page of a job's log.
#[derive(Template, Debug)]
#[template(path = "_job_log.html")]
pub(super) struct LogView {
    /// Number and line.
    pub(super) lines: Vec<(u64, String)>,
    pub(super) total: String,
    /// The next lines' address; empty at the end.
    pub(super) next: String,
    /// How many more there are.
    pub(super) left: String,
}

impl askama::filters::HtmlSafe for LogView {}

/// One of a job's texts, as it is shown.
pub(super) fn text_view(
    app: &App,
    queue: &QueueId,
    id: &JobId,
    which: JobText,
    payload: &Payload,
) -> TextView {
    let label = match which {
        JobText::Data => "Data",
        JobText::ReturnValue => "Return value",
        JobText::FailedReason => "Error",
        JobText::StackTraces => "Stack traces",
        JobText::Options => "Options",
        JobText::Progress => "Progress",
    };
    let (text, fault) = match payload {
        Payload::Folded(_) => (None, String::new()),
        Payload::Loaded(stored) => {
            let (text, fault) = shown(which, &String::from_utf8_lossy(stored));
            (Some(text), fault)
        }
    };
    let address = |path: &str| match payload {
        Payload::Folded(1..) => app.links().job_text(path, queue, id, which),
        _ => String::new(),
    };
    let unshown = match payload {
        Payload::Loaded(stored) => !is_shown_whole(stored),
        Payload::Folded(_) => false,
    };
    TextView {
        base: app.base_path.clone(),
        field: which.field(),
        label,
        text,
        size: bytes(payload.size()),
        is_none: payload.size() == 0,
        fault,
        href: address("/job/text"),
        raw_href: match unshown {
            true => app.links().job_text("/job/raw", queue, id, which),
            false => address("/job/raw"),
        },
        unshown,
    }
}

/// A text as it is shown, and why it is shown as it is stored.
fn shown(which: JobText, stored: &str) -> (String, String) {
    if which == JobText::FailedReason {
        return (stored.to_owned(), String::new());
    }
    match Document::parse(stored) {
        Ok(document) => (document.pretty(), String::new()),
        Err(fault) => {
            let place = format!("line {}, column {}", fault.line, fault.column);
            (
                stored.to_owned(),
                format!("not JSON: {place}: {}", fault.message),
            )
        }
    }
}

/// Stack traces are a JSON array of texts: they are shown as the texts, with an empty line between.
pub(super) fn stack_traces(view: TextView, payload: &Payload) -> TextView {
    let Payload::Loaded(stored) = payload else {
        return view;
    };
    let stored = String::from_utf8_lossy(stored);
    match Document::parse(&stored).map(|document| document.strings()) {
        Ok(Some(traces)) => TextView {
            is_none: traces.is_empty(),
            text: Some(traces.join("\n\n")),
            ..view
        },
        _ => view,
    }
}

/// A page of a job's log, from line `from` of `total`.
pub(super) fn log_view(
    app: &App,
    queue: &QueueId,
    id: &JobId,
    lines: Vec<String>,
    from: u64,
    total: u64,
) -> LogView {
    let next = from.saturating_add(LOG_PAGE);
    LogView {
        total: thousands(total),
        left: thousands(total.saturating_sub(next)),
        next: match next < total {
            true => {
                let (next, total) = (next.to_string(), total.to_string());
                let range = [("from", next.as_str()), ("total", total.as_str())];
                app.links().of_job("/job/log", queue, id, &range)
            }
            false => String::new(),
        },
        lines: lines
            .into_iter()
            .zip(from.saturating_add(1)..)
            .map(|(line, number)| (number, line))
            .collect(),
    }
}
