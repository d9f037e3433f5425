//! The page that creates a scheduler or changes one.

use std::sync::Arc;

use askama::Template;

use super::form::SetContext;
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::new_job::fields::{LONGEST_TEXT, NAME};
use crate::domain::operations::parameters::{ParameterFault, ParameterKind, ParameterSpec};
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::domain::schedulers::setup::fields::{ID, TIMING, of_template};
use crate::domain::schedulers::upcoming::ScheduleWords;
use crate::domain::schema::in_force::InForce;
use crate::service::schedulers::set::request::SchedulerPreview;
use crate::web::html::fields::{FieldView, fields};
use crate::web::html::format::bytes;
use crate::web::html::frame::Frame;
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::edit::page::{NoticeView, PLAIN_ABOVE, SchemaView};
use crate::web::job::edit::policy::PolicyView;
use crate::web::job::edit::problems::{FixForm, LARGEST_CHECKED, ProblemsView};
use crate::web::schedulers::one::NextRunView;
use crate::web::schedulers::{list_href, of_scheduler};

/// A value that would change.
#[derive(Debug)]
struct ChangeView {
    what: String,
    before: String,
    after: String,
}

/// The form that has the data. Fixes are sent with it, to its own address.
const FIX_FORM: FixForm = FixForm {
    id: "scheduler",
    action: String::new(),
};

/// What the form would do.
#[derive(Debug)]
struct PreviewView {
    words: ScheduleWords,
    next: Vec<NextRunView>,
    note: String,
}

/// The page.
#[derive(Template)]
#[template(path = "schedulers/set.html")]
pub(crate) struct SetPage {
    frame: Frame,
    notice: Option<NoticeView>,
    queue: String,
    prefix: String,
    to_queue: QueueCrumbs,
    schedulers_href: String,
    /// The page of the scheduler that is changed, or else the list.
    back_href: String,
    action: String,
    is_change: bool,
    id: String,
    id_fault: String,
    revision: String,
    seen_job: String,
    name: String,
    name_fault: String,
    longest: usize,
    timing: Vec<FieldView>,
    options: Vec<FieldView>,
    /// Options that no field has.
    kept: String,
    text: Arc<str>,
    /// Whether the text is too large for the enhanced editor.
    plain: bool,
    size: String,
    schema: SchemaView,
    pub(super) policy: PolicyView,
    problems: ProblemsView,
    /// What a fix has just changed in the data; empty for nothing.
    fixed: String,
    /// Where the text is checked while it is typed; empty where it is too large for that.
    check_href: String,
    preview: Option<PreviewView>,
    changes: Vec<ChangeView>,
    /// The next job that someone changed, and which is replaced; empty for none.
    edited_job: String,
    edited_job_href: String,
    reason: String,
    reason_fault: String,
    reason_required: bool,
    longest_reason: usize,
    /// Whether leaving would lose what was typed.
    unsaved: bool,
}

impl SetPage {
    pub(super) fn new(
        setting: &SetContext,
        notice: Option<NoticeView>,
        preview: Option<SchedulerPreview>,
        schema: Option<InForce>,
        problems: Vec<TextProblem>,
    ) -> Self {
        let (app, request) = (&setting.app, &setting.request);
        let (links, queue) = (app.links(), &request.queue);
        let preview = preview.unwrap_or_default();
        let faults = &preview.faults;
        let of_change = SchedulerId::new(request.id.as_str()).filter(|_| request.is_change());
        let schedulers_href = list_href(links, queue, &[]);
        let draw = |spec: &ParameterSpec| draw(spec, setting, &faults.fields);
        let edited = preview.edited_job.as_ref();
        Self {
            frame: match &setting.operator {
                Some(operator) => app.frame(operator, ""),
                None => app.frame_for_anyone(),
            },
            notice,
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            to_queue: QueueCrumbs::new(app, queue),
            back_href: match &of_change {
                Some(id) => of_scheduler(links, "/scheduler", queue, id, &[]),
                None => schedulers_href.clone(),
            },
            schedulers_href,
            action: match request.is_change() {
                true => links.to("/scheduler/edit", &[]),
                false => links.to("/queue/schedulers/add", &[]),
            },
            is_change: request.is_change(),
            id: request.id.clone(),
            id_fault: fault_of(&faults.fields, ID),
            revision: request.revision.clone().unwrap_or_default(),
            seen_job: request.seen_job.clone(),
            name: request.name.clone(),
            name_fault: fault_of(&faults.fields, NAME),
            longest: LONGEST_TEXT,
            timing: TIMING.iter().map(draw).collect(),
            options: of_template().map(draw).collect(),
            kept: preview.kept.join(", "),
            text: request.data.clone(),
            plain: request.data.len() > PLAIN_ABOVE,
            size: bytes(request.data.len() as u64),
            problems: ProblemsView {
                focus: !setting.fixed.is_empty(),
                ..ProblemsView::new(&app.base_path, FIX_FORM, problems, schema.is_some())
            },
            fixed: setting.fixed.clone(),
            check_href: match request.data.len() <= LARGEST_CHECKED {
                true => links.to("/queue/add/check", &[]),
                false => String::new(),
            },
            policy: PolicyView::default(),
            schema: schema.map_or_else(SchemaView::default, |schema| SchemaView::new(&schema)),
            edited_job: edited.map_or_else(String::new, |id| id.as_str().to_owned()),
            edited_job_href: edited.map_or_else(String::new, |id| links.job(queue, id)),
            reason: request.reason.clone(),
            reason_fault: faults.reason.clone(),
            changes: match setting.unsaved {
                true => changes(&preview),
                false => Vec::new(),
            },
            preview: preview
                .words
                .zip(preview.upcoming)
                .map(|(words, upcoming)| PreviewView {
                    words,
                    next: NextRunView::all(upcoming.runs),
                    note: upcoming.note,
                }),
            reason_required: app.services.rules().require_reason,
            longest_reason: LONGEST_REASON,
            unsaved: setting.unsaved,
        }
    }
}

fn draw(spec: &ParameterSpec, setting: &SetContext, faults: &[ParameterFault]) -> FieldView {
    let mut drawn = fields(std::slice::from_ref(spec), &setting.request.typed, faults);
    let mut field = drawn.remove(0);
    // A text may be left empty.
    field.required &= !matches!(spec.kind, ParameterKind::Text { .. });
    field
}

/// What would change, with the names of a scheduler's fields as BullMQ has them.
fn changes(preview: &SchedulerPreview) -> Vec<ChangeView> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let changes = preview.changes.iter().map(|change| ChangeView {
        what: change.pointer.trim_start_matches('/').replace('/', " › "),
        before: shown(&change.before),
        after: shown(&change.after),
    });
    changes.collect()
}

/// What is wrong with a field; empty for nothing.
fn fault_of(faults: &[ParameterFault], name: &str) -> String {
    let fault = faults.iter().find(|fault| fault.name == name);
    fault.map_or_else(String::new, |fault| fault.message.clone())
}
