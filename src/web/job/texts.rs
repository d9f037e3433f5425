//! A job's texts and log on its page: in full or folded; pretty-printed if they are JSON, else as stored.

use askama::Template;

use crate::domain::edit::is_shown_whole;
use crate::domain::job::{JobId, JobText, LogLine, Payload};
use crate::domain::json::Document;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::html::format::{bytes, thousands};
use crate::web::html::json_colors::{Piece, pieces};

/// One of a job's texts.
#[derive(Template, Debug)]
#[template(path = "job/_text.html")]
pub(crate) struct TextView {
    /// The path that everything is under.
    pub(crate) base: String,
    /// The field's name, which is also the section's id.
    pub(crate) field: &'static str,
    pub(crate) label: &'static str,
    /// The text as shown: pretty-printed if it is JSON, otherwise as stored. `None` if it is folded.
    pub(crate) text: Option<Vec<Piece>>,
    /// Its size, for people.
    pub(crate) size: String,
    /// Whether the job has no such text.
    pub(crate) is_none: bool,
    /// Why it is shown as stored: `not JSON: line 1, column 2: …`; empty if it is JSON or need not be.
    pub(crate) fault: String,
    /// Whether it has bytes that a page can't show.
    pub(crate) unshown: bool,
    /// The addresses of a folded text in full, as a part of this page and as a download; otherwise empty. The download is
    /// also offered for a text that a page can't show unchanged.
    pub(crate) href: String,
    pub(crate) raw_href: String,
}

impl askama::filters::HtmlSafe for TextView {}

/// A line of a job's log.
#[derive(Debug)]
pub(crate) struct LineView {
    /// From 1.
    pub(crate) number: u64,
    pub(crate) text: String,
    /// How much of it is left out, and the address of the whole line; empty if it is complete.
    pub(crate) left: String,
    pub(crate) href: String,
}

impl LineView {
    pub(crate) fn new(app: &App, queue: &QueueId, id: &JobId, number: u64, line: &LogLine) -> Self {
        let (mut left, mut href) = (String::new(), String::new());
        if line.left_out() > 0 {
            left = bytes(line.left_out());
            let at = number.saturating_sub(1).to_string();
            href = app
                .links()
                .of_job("/job/log/line", queue, id, &[("at", &at)]);
        }
        Self {
            number,
            text: line.text.clone(),
            left,
            href,
        }
    }
}

/// A page of a job's log.
#[derive(Template, Debug)]
#[template(path = "job/_log.html")]
pub(crate) struct LogView {
    pub(crate) lines: Vec<LineView>,
    pub(crate) total: String,
    /// The address of the next lines; empty at the end.
    pub(crate) next: String,
    /// How many more there are.
    pub(crate) left: String,
}

impl askama::filters::HtmlSafe for LogView {}

/// One of a job's texts, as shown.
pub(crate) fn text_view(
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
            let is_json = which != JobText::FailedReason && fault.is_empty();
            let text = match is_json {
                true => pieces(text),
                false => plain(text),
            };
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
        href: match payload.size() > app.services.rules().max_data_bytes {
            true => String::new(),
            false => address("/job/text"),
        },
        raw_href: match unshown {
            true => app.links().job_text("/job/raw", queue, id, which),
            false => address("/job/raw"),
        },
        unshown,
    }
}

/// A text as shown, and why it is shown as stored.
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

fn plain(text: String) -> Vec<Piece> {
    vec![Piece { class: "", text }]
}

/// Stack traces are a JSON array of strings: they are shown as text, with an empty line between.
pub(crate) fn stack_traces(view: TextView, payload: &Payload) -> TextView {
    let Payload::Loaded(stored) = payload else {
        return view;
    };
    let stored = String::from_utf8_lossy(stored);
    match Document::parse(&stored).map(|document| document.strings()) {
        Ok(Some(traces)) => TextView {
            is_none: traces.is_empty(),
            text: Some(plain(traces.join("\n\n"))),
            ..view
        },
        _ => view,
    }
}

/// A page of a job's log, from line `from` of `total`.
pub(crate) fn log_view(
    app: &App,
    queue: &QueueId,
    id: &JobId,
    lines: Vec<LogLine>,
    from: u64,
    total: u64,
) -> LogView {
    // Long lines make a page end early.
    let next = from.saturating_add(lines.len() as u64);
    LogView {
        total: thousands(total),
        left: thousands(total.saturating_sub(next)),
        next: match next < total && next > from {
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
            .map(|(line, number)| LineView::new(app, queue, id, number, &line))
            .collect(),
    }
}
