//! What a job's page says of what was just done to the job: what came of it, as the job is now.

use askama::Template;

use crate::domain::job::{Job, JobState, JobText, Payload};
use crate::domain::operations::Operation;
use crate::web::app::App;
use crate::web::html::format::{When, duration};

/// A longer error is cut in a notice, in characters; the page has the whole of it.
const LONGEST_ERROR: usize = 200;

/// A notice above a job.
#[derive(Template, Debug, Default)]
#[template(path = "job/_notice.html")]
pub(crate) struct JobNoticeView {
    base: String,
    /// `good`, `warn` or `bad`, `none` for what is under way.
    level: &'static str,
    text: String,
}

impl askama::filters::HtmlSafe for JobNoticeView {}

impl JobNoticeView {
    /// What to say of `done` about the job as it is; nothing where nothing was done. `paused` is whether its queue is.
    pub(crate) fn new(app: &App, done: &str, job: &Job, paused: bool) -> Self {
        let (level, text) = told(done, job, paused).unwrap_or_default();
        Self {
            base: app.base_path.clone(),
            level,
            text,
        }
    }
}

fn told(done: &str, job: &Job, paused: bool) -> Option<(&'static str, String)> {
    let then = |begin: &str, again: &str| {
        let (level, came) = came_of(job, paused, again);
        (level, format!("{begin} {came}"))
    };
    let is_now = || match job.state {
        JobState::Unknown => String::new(),
        state => format!(" It is {state} now."),
    };
    Some(match done {
        "saved" => ("good", "Saved.".to_owned()),
        "saved-retried" => then("Saved and retried.", " again"),
        "saved-not-retried" => {
            let text = "Saved. Not retried, because the job was no longer failed.";
            ("warn", format!("{text}{}", is_now()))
        }
        "saved-retry-unknown" => {
            let text =
                "Saved. Redis did not answer the retry, so it is not known whether it was done.";
            ("warn", format!("{text}{}", is_now()))
        }
        "undone" => ("good", "The edit is undone.".to_owned()),
        "unchanged" => (
            "none",
            "Nothing was saved: the text is the same as the stored data.".to_owned(),
        ),
        "job.add" => then("Added.", ""),
        other => match Operation::by_id(other)? {
            Operation::Retry => then("Retried.", " again"),
            Operation::Promote => then("Promoted.", ""),
            operation => ("good", operation.spec().done.to_owned()),
        },
    })
}

/// What came of a job that was put in line.
fn came_of(job: &Job, paused: bool, again: &str) -> (&'static str, String) {
    let summary = &job.summary;
    // Both moments are from the clock of the worker.
    let after = match (summary.started, summary.finished) {
        (Some(started), Some(finished)) if finished >= started => {
            format!(" after {}", duration(finished - started))
        }
        _ => String::new(),
    };
    match job.state {
        JobState::Waiting | JobState::Prioritized if paused => paused_queue(),
        JobState::Paused => paused_queue(),
        JobState::Waiting | JobState::Prioritized => ("none", "Waiting for a worker.".to_owned()),
        JobState::Active => ("none", "A worker is processing it.".to_owned()),
        JobState::Delayed => match job.due {
            Some(due) => ("none", format!("Delayed until {}.", When::of(due).at)),
            None => ("none", "Delayed.".to_owned()),
        },
        JobState::WaitingChildren => ("none", "Waiting for its children.".to_owned()),
        JobState::Completed => ("good", format!("Completed{after}.")),
        JobState::Failed => ("bad", format!("Failed{again}{after}{}", error(job))),
        JobState::Unknown => ("none", "Its state is not known.".to_owned()),
    }
}

fn paused_queue() -> (&'static str, String) {
    ("warn", "Waiting: its queue is paused.".to_owned())
}

fn error(job: &Job) -> String {
    let Payload::Loaded(stored) = job.text(JobText::FailedReason) else {
        return ".".to_owned();
    };
    let reason = String::from_utf8_lossy(stored);
    let line = reason.lines().next().unwrap_or_default().trim();
    match line.char_indices().nth(LONGEST_ERROR) {
        _ if line.is_empty() => ".".to_owned(),
        Some((end, _)) => format!(": {}…", &line[..end]),
        None => format!(": {line}"),
    }
}
