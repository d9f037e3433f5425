//! The editor's page, and the parts that all pages of an edit share.

use std::sync::Arc;

use askama::Template;

use super::form::EditContext;
use super::policy::PolicyView;
use super::problems::{FixForm, LARGEST_CHECKED, ProblemsView};
use crate::domain::access::Operator;
use crate::domain::edit::is_shown_whole;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::{JobId, JobState, JobText};
use crate::domain::json::Document;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::edit::Opened;
use crate::web::app::App;
use crate::web::html::format::{When, bytes};
use crate::web::html::frame::Frame;
use crate::web::html::parts::StateView;
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::status::AtView;
use crate::web::schemas::infer::infer_href;

/// Texts larger than this, in bytes, use a plain text field: the enhanced editor would be slow.
pub(crate) const PLAIN_ABOVE: usize = 1_000_000;

/// The parts that all pages of an edit share: the job, the hidden fields of the forms, and their addresses.
#[derive(Debug, Clone)]
pub(crate) struct EditFrame {
    pub(crate) at: AtView,
    /// The job's name; empty if the job is gone.
    pub(crate) name: String,
    /// The job's state, if known.
    pub(crate) state: Option<StateView>,
    /// Whether "Save and retry" is offered.
    pub(crate) retryable: bool,
    pub(crate) revision: String,
    pub(crate) opened: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) reason: String,
    /// The mark of the draft that this goes on from; empty for none.
    pub(crate) draft: String,
    /// When that draft was kept, where the page shows it.
    pub(crate) draft_from: Option<When>,
    pub(crate) discard_href: String,
    pub(crate) to_queue: QueueCrumbs,
    pub(crate) job_href: String,
    pub(crate) edit_href: String,
    pub(crate) review_href: String,
    pub(crate) save_href: String,
}

impl EditContext {
    /// The frame of a page of this edit.
    pub(crate) fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }
}

impl EditFrame {
    pub(crate) fn new(editing: &EditContext, name: &str, state: Option<JobState>) -> Self {
        let EditContext {
            app,
            queue,
            id,
            draft,
            stamp,
            ..
        } = editing;
        let links = app.links();
        Self {
            at: AtView::new(app, queue, id),
            name: name.to_owned(),
            state: state.map(StateView::bare),
            retryable: state == Some(JobState::Failed),
            revision: draft.seen.as_str().to_owned(),
            opened: draft.opened.clone(),
            text: draft.text.clone(),
            reason: draft.reason.clone(),
            draft: stamp.mark.clone(),
            draft_from: (stamp.kept > 0).then(|| When::of(stamp.kept)),
            discard_href: links.to("/job/draft/discard", &[]),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: links.job(queue, id),
            edit_href: links.to("/job/edit", &[]),
            review_href: links.to("/job/review", &[]),
            save_href: links.to("/job/save", &[]),
        }
    }
}

/// The editor.
#[derive(Template)]
#[template(path = "job/edit/page.html")]
pub(crate) struct EditPage {
    frame: Frame,
    doing: EditFrame,
    schema: SchemaView,
    policy: PolicyView,
    /// The page that learns a schema from completed jobs of the same name; empty where the job can't be opened.
    learn_href: String,
    problems: ProblemsView,
    /// Where the text is checked while it is typed; empty where it is too large for that.
    check_href: String,
    /// Why the job failed; empty for nothing.
    error: String,
    /// What just happened; shown above the text.
    pub(crate) notice: Option<NoticeView>,
    /// What a fix has just changed in the text; empty for nothing.
    fixed: String,
    /// Warnings before editing: a scheduler's job, a finished job, bytes that are not UTF-8.
    warnings: Vec<String>,
    /// Why it can't be edited now; empty if it can.
    refusal: &'static str,
    /// Whether the text is too large for the enhanced editor.
    plain: bool,
    size: String,
    /// Whether the text differs from the stored data, so that leaving would lose it.
    unsaved: bool,
}

/// The page for data that is larger than may be edited.
#[derive(Template)]
#[template(path = "job/edit/too_large.html")]
pub(crate) struct TooLargePage {
    frame: Frame,
    at: AtView,
    to_queue: QueueCrumbs,
    job_href: String,
    raw_href: String,
    size: String,
    limit: String,
}

impl TooLargePage {
    pub(crate) fn new(
        app: &App,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        size: u64,
        limit: u64,
    ) -> Self {
        let links = app.links();
        Self {
            frame: app.frame(operator, ""),
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: links.job(queue, id),
            raw_href: links.job_text("/job/raw", queue, id, JobText::Data),
            size: bytes(size),
            limit: bytes(limit),
        }
    }
}

/// A notice above the text.
#[derive(Debug)]
pub(crate) struct NoticeView {
    pub(crate) title: &'static str,
    pub(crate) text: String,
}

/// The schema that the data is checked against.
#[derive(Debug, Default)]
pub(crate) struct SchemaView {
    /// The schema's file; empty if there is none.
    pub(crate) name: String,
    /// The first digits of its hash.
    pub(crate) hash: String,
    /// Its faults, if it has some; then nothing can be saved.
    pub(crate) faults: Vec<String>,
}

impl SchemaView {
    pub(crate) fn new(schema: &InForce) -> Self {
        match schema {
            InForce::Nothing => Self::default(),
            InForce::Schema(schema) => Self {
                name: schema.name().to_owned(),
                hash: schema.hash().chars().take(12).collect(),
                faults: Vec::new(),
            },
            InForce::Faulty(faults) => Self {
                faults: faults.iter().map(ToString::to_string).collect(),
                ..Self::default()
            },
        }
    }
}

/// The form that has the text in the editor, and where its fixes are sent.
pub(crate) fn fix_form(app: &App) -> FixForm {
    FixForm {
        id: "edit",
        action: app.links().to("/job/edit", &[]),
    }
}

impl EditPage {
    /// The editor after a fix, whose focus is where one goes on.
    pub(crate) fn after_fix(self, fixed: String) -> Self {
        let problems = ProblemsView {
            focus: true,
            ..self.problems
        };
        Self {
            problems,
            fixed,
            ..self
        }
    }

    /// The editor on `opened`, or on the person's text alone if the job can't be opened.
    pub(crate) fn new(
        editing: &EditContext,
        opened: Option<&Opened>,
        problems: Vec<TextProblem>,
    ) -> Self {
        let job = opened.map(|opened| &opened.job);
        let doing = EditFrame::new(
            editing,
            job.map_or("", |job| &job.name),
            job.map(|job| job.state),
        );
        Self {
            frame: editing.frame(),
            schema: opened.map_or_else(SchemaView::default, |opened| {
                SchemaView::new(&opened.schema)
            }),
            policy: opened.map_or_else(PolicyView::default, |opened| {
                PolicyView::new(&opened.policy)
            }),
            learn_href: job.map_or_else(String::new, |job| {
                infer_href(editing.app.links(), &editing.queue, &job.name)
            }),
            check_href: match opened {
                Some(_) if doing.text.len() <= LARGEST_CHECKED => {
                    editing.app.links().to("/job/check", &[])
                }
                _ => String::new(),
            },
            problems: ProblemsView::new(
                &editing.app.base_path,
                fix_form(&editing.app),
                problems,
                opened.is_some(),
            ),
            fixed: String::new(),
            error: opened.map_or(String::new(), |opened| opened.error.clone()),
            notice: None,
            warnings: opened.map_or_else(Vec::new, warnings),
            refusal: opened
                .and_then(|opened| opened.refusal)
                .map_or("", |refusal| refusal.words()),
            plain: doing.text.len() > PLAIN_ABOVE,
            size: bytes(doing.text.len() as u64),
            unsaved: opened.is_none_or(|opened| *doing.text != *opened.pretty),
            doing,
        }
    }
}

fn warnings(opened: &Opened) -> Vec<String> {
    let job = &opened.job;
    let mut warnings = Vec::new();
    if let Some(scheduler) = &job.scheduler {
        warnings.push(format!(
            "The scheduler {scheduler:?} made this job. As long as it is the scheduler's next one, an edit is lost when the \
             application sets the scheduler up again, as many do at each start."
        ));
    }
    if job.state == JobState::Completed {
        warnings.push(
            "This job has completed: an edit changes nothing until something runs it again."
                .to_owned(),
        );
    }
    if job.lacks_data {
        warnings.push("This job has no data field. BullMQ reads it as {}.".to_owned());
    }
    if !is_shown_whole(&job.data) {
        warnings.push(
            "Some stored bytes can't be shown (not UTF-8, or NUL) and appear as \u{fffd}. Replace each \u{fffd} before saving. The job's \
             page links to the stored bytes."
                .to_owned(),
        );
    }
    if Document::parse(&opened.text).is_ok_and(|document| document.has_lone_surrogates()) {
        warnings.push(
            "The data holds a lone surrogate (such as \\ud800). It is kept as it is; the audit log shows it as \u{fffd}."
                .to_owned(),
        );
    }
    warnings
}
