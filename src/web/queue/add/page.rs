//! The page that adds a job.

use std::sync::Arc;

use askama::Template;

use super::form::AddContext;
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::new_job::fields::{GROUPS, NAME};
use crate::domain::operations::parameters::{ParameterFault, ParameterKind};
use crate::domain::policy::PolicyInForce;
use crate::domain::schema::in_force::InForce;
use crate::service::jobs::add::request::AddFaults;
use crate::web::html::fields::{FieldView, fields};
use crate::web::html::format::bytes;
use crate::web::html::frame::Frame;
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::edit::page::{NoticeView, PLAIN_ABOVE, SchemaView};
use crate::web::job::edit::policy::PolicyView;
use crate::web::job::edit::problems::{FixForm, LARGEST_CHECKED, ProblemsView};
use crate::web::schemas::infer::infer_href;

/// The form that has the data. Fixes are sent with it, to its own address.
pub(super) const FIX_FORM: FixForm = FixForm {
    id: "add",
    action: String::new(),
};

/// What the page says about the queue.
#[derive(Debug)]
pub(crate) struct AboutQueue {
    /// The schema in force for jobs of the name.
    pub(crate) schema: InForce,
    /// The policy in force for them.
    pub(crate) policy: PolicyInForce,
    /// The names of its newest jobs.
    pub(crate) names: Vec<String>,
}

/// Fields that belong together.
#[derive(Debug)]
struct GroupView {
    legend: &'static str,
    fields: Vec<FieldView>,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/add.html")]
pub(crate) struct AddPage {
    frame: Frame,
    notice: Option<NoticeView>,
    queue: String,
    prefix: String,
    to_queue: QueueCrumbs,
    queue_href: String,
    action: String,
    name: String,
    name_fault: String,
    longest_name: usize,
    names: Vec<String>,
    groups: Vec<GroupView>,
    text: Arc<str>,
    /// Whether the text is too large for the enhanced editor.
    plain: bool,
    size: String,
    schema: SchemaView,
    policy: PolicyView,
    /// The page that learns a schema from completed jobs of the same name.
    learn_href: String,
    problems: ProblemsView,
    /// Where the text is checked while it is typed; empty where it is too large for that.
    check_href: String,
    /// Where the data comes from; empty where a person typed it.
    filled_from: String,
    /// Options that were not taken over.
    left: String,
    /// What a fix has just changed in the data; empty for nothing.
    fixed: String,
    reason: String,
    reason_fault: String,
    reason_required: bool,
    longest_reason: usize,
    /// Whether leaving would lose what was typed.
    unsaved: bool,
}

impl AddPage {
    pub(crate) fn new(
        adding: &AddContext,
        notice: Option<NoticeView>,
        about: Option<AboutQueue>,
        faults: &AddFaults,
        problems: Vec<TextProblem>,
    ) -> Self {
        let (app, request) = (&adding.app, &adding.request);
        let (links, queue) = (app.links(), &request.queue);
        let checked = about.is_some();
        Self {
            frame: match &adding.operator {
                Some(operator) => app.frame(operator, ""),
                None => app.frame_for_anyone(),
            },
            notice,
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            to_queue: QueueCrumbs::new(app, queue),
            queue_href: links.queue(queue, &[]),
            action: links.to("/queue/add", &[]),
            name: request.name.clone(),
            name_fault: fault_of(&faults.fields, NAME),
            longest_name: crate::domain::job::new_job::fields::LONGEST_TEXT,
            groups: groups(adding, faults),
            text: request.data.clone(),
            plain: request.data.len() > PLAIN_ABOVE,
            size: bytes(request.data.len() as u64),
            learn_href: infer_href(links, queue, &request.name),
            schema: about
                .as_ref()
                .map_or_else(SchemaView::default, |about| SchemaView::new(&about.schema)),
            policy: about.as_ref().map_or_else(PolicyView::default, |about| {
                PolicyView::of_new_job(&about.policy)
            }),
            names: about.map(|about| about.names).unwrap_or_default(),
            problems: ProblemsView {
                focus: !adding.fixed.is_empty(),
                ..ProblemsView::new(&app.base_path, FIX_FORM, problems, checked)
            },
            fixed: adding.fixed.clone(),
            check_href: match request.data.len() <= LARGEST_CHECKED {
                true => links.to("/queue/add/check", &[]),
                false => String::new(),
            },
            filled_from: adding.filled_from.clone(),
            left: adding.left.join(", "),
            reason: request.reason.clone(),
            reason_fault: faults.reason.clone(),
            reason_required: app.services.rules().require_reason,
            longest_reason: LONGEST_REASON,
            unsaved: adding.unsaved,
        }
    }
}

fn groups(adding: &AddContext, faults: &AddFaults) -> Vec<GroupView> {
    let groups = GROUPS.iter().map(|group| {
        let mut fields = fields(group.fields, &adding.request.typed, &faults.fields);
        for (field, spec) in fields.iter_mut().zip(group.fields) {
            // A text may be left empty.
            field.required &= !matches!(spec.kind, ParameterKind::Text { .. });
        }
        GroupView {
            legend: group.legend,
            fields,
        }
    });
    groups.collect()
}

/// What is wrong with a field; empty for nothing.
fn fault_of(faults: &[ParameterFault], name: &str) -> String {
    let fault = faults.iter().find(|fault| fault.name == name);
    fault.map_or_else(String::new, |fault| fault.message.clone())
}
