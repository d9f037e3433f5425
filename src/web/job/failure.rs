//! How a job failed: its error and its stack traces.

use askama::Template;

use super::texts::{TextView, stack_traces, text_view};
use crate::domain::job::{Job, JobState, JobText};
use crate::domain::queue::QueueId;
use crate::web::app::App;

/// Its error, and the stack traces of its attempts.
#[derive(Template, Debug)]
#[template(path = "job/_failure.html")]
pub(crate) struct FailureView {
    pub(crate) error: TextView,
    pub(crate) stack_traces: TextView,
    /// Whether it has failed, and not only an earlier attempt.
    pub(crate) failed: bool,
    /// What is known of other jobs that failed alike, which the page loads once it is shown.
    pub(crate) alike_href: String,
}

impl askama::filters::HtmlSafe for FailureView {}

impl FailureView {
    pub(crate) fn new(app: &App, queue: &QueueId, job: &Job) -> Self {
        let text = |which| text_view(app, queue, &job.id, which, job.text(which));
        let traces = JobText::StackTraces;
        Self {
            error: text(JobText::FailedReason),
            stack_traces: stack_traces(text(traces), job.text(traces)),
            failed: job.state == JobState::Failed,
            alike_href: app.links().of_job("/job/failure", queue, &job.id, &[]),
        }
    }
}
