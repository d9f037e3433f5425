//! The page with the form of a repair.

use askama::Template;

use super::form::{LEAST_ROWS, MOST_ROWS, RepairForm};
use super::submitted::RepairContext;
use crate::domain::repair::change::steps::Step;
use crate::domain::repair::spec::REPAIRABLE;
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::html::queue_crumbs::QueueCrumbs;

/// What the pages of a repair share: what was typed, and where it is sent.
#[derive(Debug)]
pub(super) struct RepairView {
    pub(super) form: RepairForm,
    pub(super) form_href: String,
    pub(super) review_href: String,
    pub(super) try_href: String,
    pub(super) run_href: String,
    pub(super) save_href: String,
    pub(super) recipes_href: String,
    pub(super) queue_href: String,
    pub(super) crumbs: Option<QueueCrumbs>,
}

impl RepairContext {
    pub(super) fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }

    pub(super) fn view(&self) -> RepairView {
        let links = self.app.links();
        let queue = self.form.queue(&self.app).ok();
        RepairView {
            form: self.form.clone(),
            form_href: links.to("/repair/form", &[]),
            review_href: links.to("/repair/review", &[]),
            try_href: links.to("/repair/try", &[]),
            run_href: links.to("/repair/run", &[]),
            save_href: links.to("/recipe/save", &[]),
            recipes_href: links.to("/recipes", &[]),
            queue_href: queue
                .as_ref()
                .map_or_else(|| links.to("/", &[]), |queue| links.queue(queue, &[])),
            crumbs: queue.map(|queue| QueueCrumbs::new(&self.app, &queue)),
        }
    }
}

/// The form.
#[derive(Template)]
#[template(path = "repair/form.html")]
pub(super) struct RepairPage {
    frame: Frame,
    doing: RepairView,
    /// Why it was not done: a title and a text.
    notice: Option<(&'static str, String)>,
    states: Vec<(&'static str, bool)>,
    kinds: Vec<KindView>,
    rows: Vec<RowView>,
    may_add_row: bool,
    /// How many jobs are selected; empty where a query says which.
    selected: String,
}

/// A kind of change to choose.
#[derive(Debug)]
struct KindView {
    id: &'static str,
    label: &'static str,
    chosen: bool,
}

/// A row for a step.
#[derive(Debug)]
struct RowView {
    number: usize,
    what: Vec<(&'static str, &'static str, bool)>,
    at: String,
    to: String,
}

const KINDS: [(&str, &str); 4] = [
    ("steps", "Steps"),
    ("patch", "JSON Patch"),
    ("merge", "Merge patch"),
    ("fixes", "Quick fixes of the schema"),
];

const STEPS: [(&str, &str); 4] = [
    ("set", "Set"),
    ("remove", "Remove"),
    ("rename", "Rename"),
    ("convert", "Convert"),
];

impl RepairPage {
    pub(super) fn new(context: &RepairContext, notice: Option<(&'static str, String)>) -> Self {
        let form = &context.form;
        let count = (form.steps.len() + usize::from(form.more)).clamp(LEAST_ROWS, MOST_ROWS);
        let rows = (0..count).map(|at| {
            let step = form.steps.get(at).cloned().unwrap_or_default();
            RowView::new(at + 1, step)
        });
        Self {
            frame: context.frame(),
            doing: context.view(),
            notice,
            states: REPAIRABLE
                .iter()
                .map(|state| {
                    (
                        state.name(),
                        form.states.iter().any(|one| one == state.name()),
                    )
                })
                .collect(),
            kinds: KINDS
                .iter()
                .map(|(id, label)| KindView {
                    id,
                    label,
                    chosen: form.kind == *id,
                })
                .collect(),
            rows: rows.collect(),
            may_add_row: count < MOST_ROWS,
            selected: match form.ids.len() {
                0 => String::new(),
                1 => "1 selected job".to_owned(),
                many => format!("{} selected jobs", thousands(many as u64)),
            },
        }
    }
}

impl RowView {
    fn new(number: usize, step: Step) -> Self {
        let what = STEPS
            .iter()
            .map(|(id, label)| (*id, *label, step.what == *id));
        Self {
            number,
            what: what.collect(),
            at: step.at,
            to: step.to,
        }
    }
}
