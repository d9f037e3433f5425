//! The page structs of an edit: the editor, the review of a change, a conflict.

use askama::Template;

use super::App;
use super::editor::Editing;
use super::jobs::AtView;
use super::page::Frame;
use super::view::{StateView, bytes};
use crate::domain::diff::{Diff, Row};
use crate::domain::job::JobState;
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::patch::Change;
use crate::service::edit_job::Opened;
use crate::service::weigh::{Conflict, Problem, Reviewed};
use crate::store::schemas::InForce;

/// Texts above this stay in a plain text field: the enhanced editor would be slow.
const PLAIN_ABOVE: usize = 1_000_000;

/// What every page of an edit has: the job it is about, the fields its forms carry, and where they are sent.
#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub(super) at: AtView,
    /// The job's name; empty where the job is gone.
    pub(super) name: String,
    /// Where it stands, where that is known.
    pub(super) state: Option<StateView>,
    /// Whether Save and retry is offered.
    pub(super) retryable: bool,
    pub(super) revision: String,
    pub(super) opened: String,
    pub(super) text: String,
    pub(super) reason: String,
    pub(super) queue_href: String,
    pub(super) job_href: String,
    pub(super) edit_href: String,
    pub(super) review_href: String,
    pub(super) save_href: String,
}

impl Editing {
    fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }
}

impl Doing {
    fn new(editing: &Editing, name: &str, state: Option<JobState>) -> Self {
        let Editing {
            app,
            queue,
            id,
            draft,
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
            queue_href: links.queue(queue, &[]),
            job_href: links.job(queue, id),
            edit_href: links.to("/job/edit", &[]),
            review_href: links.to("/job/review", &[]),
            save_href: links.to("/job/save", &[]),
        }
    }
}

/// The editor.
#[derive(Template)]
#[template(path = "edit.html")]
pub(super) struct EditPage {
    frame: Frame,
    doing: Doing,
    schema: SchemaView,
    problems: Vec<ProblemView>,
    /// What just happened; above the text.
    pub(super) notice: Option<NoticeView>,
    /// Things to know before editing: a scheduler's job, a finished one, bytes that are not UTF-8.
    warnings: Vec<String>,
    /// Why it can't be edited now; empty where it can.
    refusal: &'static str,
    /// Whether the text is too large for the enhanced editor.
    plain: bool,
    size: String,
    /// Whether the text differs from what is stored, so that leaving would lose it.
    unsaved: bool,
}

/// Something said above the text.
#[derive(Debug)]
pub(super) struct NoticeView {
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// What the data is checked against.
#[derive(Debug, Default)]
pub(super) struct SchemaView {
    /// The schema's file; empty where there is none.
    pub(super) name: String,
    /// The first digits of its hash.
    pub(super) hash: String,
    /// Its faults, where it is faulty: nothing can be saved then.
    pub(super) faults: Vec<String>,
}

impl SchemaView {
    fn new(schema: &InForce) -> Self {
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

/// Something wrong, at a place in the text.
#[derive(Debug)]
pub(super) struct ProblemView {
    pub(super) line: usize,
    pub(super) column: usize,
    /// The JSON pointer, where a schema found it; `None` for a fault of syntax.
    pub(super) pointer: Option<String>,
    pub(super) message: String,
}

impl From<Problem> for ProblemView {
    fn from(problem: Problem) -> Self {
        Self {
            line: problem.line,
            column: problem.column,
            pointer: problem.pointer,
            message: problem.message,
        }
    }
}

impl EditPage {
    /// The editor on `opened`, or, where the job can't be opened, on the person's text alone.
    pub(super) fn new(editing: &Editing, opened: Option<&Opened>, problems: Vec<Problem>) -> Self {
        let job = opened.map(|opened| &opened.job);
        let doing = Doing::new(
            editing,
            job.map_or("", |job| &job.name),
            job.map(|job| job.state),
        );
        Self {
            frame: editing.frame(),
            schema: opened.map_or_else(SchemaView::default, |opened| {
                SchemaView::new(&opened.schema)
            }),
            problems: problems.into_iter().map(ProblemView::from).collect(),
            notice: None,
            warnings: opened.map_or_else(Vec::new, warnings),
            refusal: opened
                .and_then(|opened| opened.refusal)
                .map_or("", |refusal| refusal.words()),
            plain: doing.text.len() > PLAIN_ABOVE,
            size: bytes(doing.text.len() as u64),
            unsaved: doing.text != pretty_or_raw(&doing.opened),
            doing,
        }
    }
}

fn warnings(opened: &Opened) -> Vec<String> {
    let job = &opened.job;
    let mut warnings = Vec::new();
    if let Some(scheduler) = &job.scheduler {
        warnings.push(format!(
            "The scheduler {scheduler:?} made this job: an edit of its next run is lost when the scheduler is changed."
        ));
    }
    if job.state == JobState::Completed {
        warnings.push(
            "This job has completed: an edit changes nothing until something runs it again."
                .to_owned(),
        );
    }
    if std::str::from_utf8(&job.data).is_err() {
        warnings.push(
            "The stored data is not UTF-8. Bytes that are not are shown as \u{fffd}, and would be saved as that."
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

/// The review of a change.
#[derive(Template)]
#[template(path = "review.html")]
pub(super) struct ReviewPage {
    frame: Frame,
    doing: Doing,
    /// The schema it was found valid under; empty where there is none.
    schema: String,
    changes: Vec<ChangeView>,
    /// Why the changes are not listed one by one; empty where they are.
    not_listed: &'static str,
    diff: DiffView,
    reason_required: bool,
    /// Whether it was sent without one.
    reason_missing: bool,
    size_before: String,
    size_after: String,
}

/// One changed place.
#[derive(Debug)]
pub(super) struct ChangeView {
    /// `added`, `removed` or `changed`.
    kind: &'static str,
    pointer: String,
    before: String,
    after: String,
}

/// More changed places than this are not listed; the diff has them.
const MOST_LISTED: usize = 50;

/// A longer value is cut; the diff has it.
const LONGEST_LISTED: usize = 200;

impl ReviewPage {
    pub(super) fn new(editing: &Editing, reviewed: Reviewed, reason_missing: bool) -> Self {
        let Reviewed {
            change,
            diff,
            places,
        } = reviewed;
        let (changes, not_listed) = listed(places);
        Self {
            frame: editing.frame(),
            doing: Doing::new(editing, &change.job.name, Some(change.job.state)),
            schema: change
                .schema
                .as_ref()
                .map_or(String::new(), |schema| schema.name().to_owned()),
            changes,
            not_listed,
            diff: DiffView::new(diff),
            reason_required: editing.app.services.rules().require_reason,
            reason_missing,
            size_before: bytes(change.job.data.len() as u64),
            size_after: bytes(change.after.len() as u64),
        }
    }
}

fn listed(places: Option<Vec<Change>>) -> (Vec<ChangeView>, &'static str) {
    let changes = match places {
        None => {
            let text = "What is stored is no JSON, so it is replaced as a whole.";
            return (Vec::new(), text);
        }
        Some(places) if places.is_empty() => {
            let text = "No value changes, only how it is written: the order of keys, or an escape.";
            return (Vec::new(), text);
        }
        Some(places) if places.len() > MOST_LISTED => {
            let text = "There are too many changed places to list; they are below.";
            return (Vec::new(), text);
        }
        Some(places) => places,
    };
    let listed = changes
        .into_iter()
        .map(|change| ChangeView {
            kind: match (&change.before, &change.after) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            },
            pointer: match change.pointer.as_str() {
                "" => "(whole document)".to_owned(),
                pointer => pointer.to_owned(),
            },
            before: cut(change.before),
            after: cut(change.after),
        })
        .collect();
    (listed, "")
}

fn cut(value: Option<String>) -> String {
    let value = value.unwrap_or_default();
    match value.char_indices().nth(LONGEST_LISTED) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

/// Two texts side by side.
#[derive(Debug)]
pub(super) struct DiffView {
    pub(super) rows: Vec<Row>,
    pub(super) truncated: bool,
}

impl DiffView {
    fn new(diff: Diff) -> Self {
        Self {
            rows: diff.rows,
            truncated: diff.truncated,
        }
    }
}

/// Somebody else's change came first: three ways, and a merge where the changes do not touch.
#[derive(Template)]
#[template(path = "conflict.html")]
pub(super) struct ConflictPage {
    frame: Frame,
    doing: Doing,
    /// What the person opened against what is stored now: what the other changed.
    theirs: DiffView,
    /// What the person opened against their text: what they changed.
    yours: DiffView,
    /// The revision and bytes of what is stored now: what the forms go on from.
    now_revision: String,
    now_stored: String,
    /// What is stored now, pretty-printed.
    now: String,
    /// Both changes together, where they do not touch.
    merged: Option<String>,
    /// Where they do; empty where nothing could be compared.
    clashes: Vec<String>,
    /// The job's audit history says who it was.
    history_href: String,
}

impl ConflictPage {
    pub(super) fn new(editing: &Editing, conflict: Conflict) -> Self {
        let app: &App = &editing.app;
        let (merged, clashes) = match conflict.merged {
            Ok(text) => (Some(text), Vec::new()),
            Err(pointers) => (None, pointers),
        };
        let of_job = [
            ("queue", editing.queue.name()),
            ("job", editing.id.as_str()),
        ];
        Self {
            frame: editing.frame(),
            doing: Doing::new(editing, "", None),
            theirs: DiffView::new(conflict.theirs),
            yours: DiffView::new(conflict.yours),
            now_revision: conflict.now_revision.as_str().to_owned(),
            now_stored: conflict.now_stored,
            now: conflict.now,
            merged,
            clashes,
            history_href: app.links().to("/audit", &of_job),
        }
    }
}
