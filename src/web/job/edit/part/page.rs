//! The pages of a part: the outline of a value with its text, and the review of a changed part.

use askama::Template;

use super::form::PartContext;
use crate::domain::edit::part::{LARGEST_PART, Outline};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobState;
use crate::domain::json::join_pointer;
use crate::service::edit::part::{OpenedPart, ReviewedPart};
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::Frame;
use crate::web::html::parts::{DiffView, StateView};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::edit::page::{NoticeView, SchemaView};
use crate::web::job::edit::problems::{FixForm, ProblemsView};
use crate::web::job::status::AtView;

/// The path of a part's page.
pub(crate) const PATH: &str = "/job/edit/part";

/// The job and the value that the pages of a part are about.
#[derive(Debug)]
pub(super) struct PartFrame {
    at: AtView,
    to_queue: QueueCrumbs,
    job_href: String,
    name: String,
    state: Option<StateView>,
    retryable: bool,
    pointer: String,
    /// The values around it, the whole data first: what they are called, and their pages.
    around: Vec<(String, String)>,
    pub(super) revision: String,
    text: String,
    reason: String,
    edit_href: String,
    review_href: String,
    save_href: String,
    whole_href: String,
}

/// A member of the value, with its page.
#[derive(Debug)]
struct RowView {
    name: String,
    href: String,
    kind: &'static str,
    size: String,
    preview: String,
}

/// The page of a part.
#[derive(Template)]
#[template(path = "job/edit/part.html")]
pub(super) struct PartPage {
    frame: Frame,
    pub(super) doing: PartFrame,
    pub(super) notice: Option<NoticeView>,
    problems: ProblemsView,
    refusal: &'static str,
    schema: SchemaView,
    kind: &'static str,
    size: String,
    /// The size of the whole data; empty if it is not known.
    whole_size: String,
    rows: Vec<RowView>,
    /// `1 to 100 of 5,000`; empty where all members are shown.
    shown: String,
    before_href: String,
    after_href: String,
    /// Whether there is a text to be edited.
    has_text: bool,
    largest: String,
    /// From the part as it is stored now to the text, where the data was changed since.
    pub(super) conflict: Option<DiffView>,
}

/// The review of a part.
#[derive(Template)]
#[template(path = "job/edit/part_review.html")]
pub(super) struct PartReviewPage {
    frame: Frame,
    doing: PartFrame,
    schema: String,
    diff: DiffView,
    size_before: String,
    size_after: String,
    reason_required: bool,
    /// What is wrong with the reason; empty for nothing.
    reason_problem: String,
}

impl PartContext {
    fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }

    fn part_href(&self, pointer: &str, from: usize) -> String {
        let from = from.to_string();
        let query = [("pointer", pointer), ("from", from.as_str())];
        let query = if from == "0" { &query[..1] } else { &query[..] };
        self.app.links().of_job(PATH, &self.queue, &self.id, query)
    }

    fn doing(&self, name: &str, state: Option<JobState>) -> PartFrame {
        let (app, queue, id, request) = (&self.app, &self.queue, &self.id, &self.request);
        let links = app.links();
        let mut around = vec![("whole data".to_owned(), self.part_href("", 0))];
        let mut here = String::new();
        for step in request.pointer.split('/').skip(1) {
            let name = crate::domain::json::unescape_step(step);
            here = join_pointer(&here, &name);
            around.push((name.into_owned(), self.part_href(&here, 0)));
        }
        PartFrame {
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: links.job(queue, id),
            name: name.to_owned(),
            state: state.map(StateView::bare),
            retryable: state == Some(JobState::Failed),
            pointer: request.pointer.clone(),
            around,
            revision: request.seen.as_str().to_owned(),
            text: request.text.to_string(),
            reason: request.reason.clone(),
            edit_href: links.to(PATH, &[]),
            review_href: links.to("/job/edit/part/review", &[]),
            save_href: links.to("/job/edit/part/save", &[]),
            whole_href: links.of_job("/job/edit", queue, id, &[("whole", "1")]),
        }
    }

    pub(super) fn page(&self, opened: Option<&OpenedPart>, problems: Vec<TextProblem>) -> PartPage {
        let form = FixForm {
            id: "edit",
            action: String::new(),
        };
        let pointer = &self.request.pointer;
        let nothing = Outline {
            kind: "",
            size: 0,
            total: 0,
            rows: Vec::new(),
            shown: 0..0,
        };
        let outline = opened.map_or(&nothing, |opened| &opened.outline);
        let shown = &outline.shown;
        let rows = outline.rows.iter().map(|row| RowView {
            name: row.name.clone(),
            href: self.part_href(&row.pointer, 0),
            kind: row.kind,
            size: bytes(row.size as u64),
            preview: row.preview.clone(),
        });
        let page = outline.rows.len().max(1);
        PartPage {
            frame: self.frame(),
            doing: self.doing(
                opened.map_or("", |opened| &opened.name),
                opened.map(|opened| opened.state),
            ),
            notice: None,
            problems: ProblemsView::new(&self.app.base_path, form, problems, false),
            refusal: opened
                .and_then(|opened| opened.refusal)
                .map_or("", |refusal| refusal.words()),
            schema: opened.map_or_else(SchemaView::default, |opened| {
                SchemaView::new(&opened.schema)
            }),
            kind: outline.kind,
            size: bytes(outline.size as u64),
            whole_size: opened.map_or_else(String::new, |opened| bytes(opened.size)),
            rows: rows.collect(),
            shown: match outline.total > outline.rows.len() {
                true => format!(
                    "{} to {} of {}",
                    thousands(shown.start as u64 + 1),
                    thousands(shown.end as u64),
                    thousands(outline.total as u64)
                ),
                false => String::new(),
            },
            before_href: match shown.start {
                0 => String::new(),
                start => self.part_href(pointer, start.saturating_sub(page)),
            },
            after_href: match shown.end < outline.total && !outline.rows.is_empty() {
                true => self.part_href(pointer, shown.end),
                false => String::new(),
            },
            has_text: opened.is_none_or(|opened| opened.text.is_some()),
            largest: bytes(LARGEST_PART as u64),
            conflict: None,
        }
    }

    pub(super) fn review_page(
        &self,
        reviewed: ReviewedPart,
        reason_problem: &str,
    ) -> PartReviewPage {
        PartReviewPage {
            frame: self.frame(),
            doing: self.doing(&reviewed.name, Some(reviewed.state)),
            schema: reviewed.schema,
            diff: DiffView::new(reviewed.diff),
            size_before: bytes(reviewed.sizes.0),
            size_after: bytes(reviewed.sizes.1),
            reason_required: self.app.services.rules().require_reason,
            reason_problem: reason_problem.to_owned(),
        }
    }
}
