//! The pages that show what an edit changes: the review, and a conflict with another change.

use askama::Template;

use super::form::EditContext;
use super::page::EditFrame;
use super::policy::PolicyView;
use crate::domain::audit::reason::BadReason;
use crate::service::edit::assess::{Conflict, Places, Reviewed};
use crate::service::edit::changed_by::ChangedBy;
use crate::web::app::App;
use crate::web::html::format::{When, bytes};
use crate::web::html::frame::Frame;
use crate::web::html::parts::DiffView;
use crate::web::html::password_field::PasswordField;

/// The review of a change.
#[derive(Template)]
#[template(path = "job/edit/review.html")]
pub(crate) struct ReviewPage {
    frame: Frame,
    doing: EditFrame,
    /// The schema that the text passed; empty if there is none.
    schema: String,
    changes: Vec<ChangeView>,
    /// Why the changes are not listed one by one; empty if they are.
    not_listed: &'static str,
    diff: DiffView,
    reason_required: bool,
    /// What is wrong with the reason that was sent; empty for nothing.
    reason_wrong: String,
    /// The policy that the change passed, and what it asks of the reason.
    policy: PolicyView,
    /// The field for the person's password, where the change takes it.
    password: Option<PasswordField>,
    /// Whether this person may save it alone, and the field for their password then.
    may_break_glass: bool,
    alone: Option<PasswordField>,
    /// The changed places that a second person has to approve.
    approval: Vec<String>,
    /// What the person used of their limit of edits, in words; empty where there is none.
    used: String,
    size_before: String,
    size_after: String,
}

/// One changed place.
#[derive(Debug)]
pub(crate) struct ChangeView {
    /// `added`, `removed` or `changed`.
    pub(crate) kind: &'static str,
    pub(crate) pointer: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// How many characters of a value are listed; the diff has all of it.
const LONGEST_LISTED: usize = 200;

impl ReviewPage {
    pub(crate) fn new(
        editing: &EditContext,
        reviewed: Reviewed,
        reason_wrong: Option<&BadReason>,
    ) -> Self {
        let Reviewed {
            change,
            diff,
            places,
            used,
            policy,
        } = reviewed;
        let policy = PolicyView::new(&policy);
        let (changes, not_listed) = listed(places);
        Self {
            frame: editing.frame(),
            doing: EditFrame::new(editing, &change.job.name, Some(change.job.state)),
            schema: change
                .schema
                .as_ref()
                .map_or(String::new(), |schema| schema.name().to_owned()),
            changes,
            not_listed,
            diff: DiffView::new(diff),
            reason_required: editing.app.services.rules().require_reason || policy.needs_reason,
            reason_wrong: match reason_wrong {
                None => String::new(),
                Some(BadReason::Missing) => "Enter a reason.".to_owned(),
                Some(bad) => bad.to_string(),
            },
            policy,
            may_break_glass: !change.demands.approval.is_empty()
                && editing.operator.as_ref().is_some_and(|operator| {
                    let services = &editing.app.services;
                    services.may_break_glass(operator, &editing.queue)
                }),
            alone: PasswordField::unless_fresh(
                editing.operator.as_ref(),
                editing.password_problem.as_ref(),
            ),
            password: match change.demands.password {
                true => PasswordField::unless_fresh(
                    editing.operator.as_ref(),
                    editing.password_problem.as_ref(),
                ),
                false => None,
            },
            approval: change.demands.approval,
            used: used.map_or_else(String::new, |used| used.words()),
            size_before: bytes(change.job.data.len() as u64),
            size_after: bytes(change.after.len() as u64),
        }
    }
}

pub(crate) fn listed(places: Places) -> (Vec<ChangeView>, &'static str) {
    let changes = match places {
        Places::Whole => {
            let text = "What is stored is not JSON, so it is replaced as a whole.";
            return (Vec::new(), text);
        }
        Places::All(places) if places.is_empty() => {
            let text = "No value changes: only the order of keys or how a character is escaped.";
            return (Vec::new(), text);
        }
        Places::TooMany => {
            let text =
                "The changed places are too many or too large to list; the difference is below.";
            return (Vec::new(), text);
        }
        Places::All(places) => places,
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

/// Somebody else changed the job first: the three versions, and a merge if the changes do not touch.
#[derive(Template)]
#[template(path = "job/edit/conflict.html")]
pub(crate) struct ConflictPage {
    frame: Frame,
    doing: EditFrame,
    /// From what the person opened to what is stored now: the other's change.
    theirs: DiffView,
    /// From what the person opened to their text: their own change.
    yours: DiffView,
    /// The revision and bytes of what is stored now, from which the forms continue.
    now_revision: String,
    now_stored: String,
    /// What is stored now, pretty-printed.
    now: String,
    /// Both changes merged, if they do not touch.
    merged: Option<String>,
    /// The places that both changed; empty if the texts can't be compared.
    clashes: Vec<String>,
    /// Who made the other change, as the page says it, and when; empty if the reader is not told.
    changed_by: String,
    changed_at: Option<When>,
    /// The job's audit entries, which say who made the other change.
    history_href: String,
}

impl ConflictPage {
    pub(crate) fn new(editing: &EditContext, conflict: Conflict, changed_by: ChangedBy) -> Self {
        let app: &App = &editing.app;
        let (merged, clashes) = match conflict.merged {
            Ok(text) => (Some(text), Vec::new()),
            Err(pointers) => (None, pointers),
        };
        let (changed_by, changed_at) = match changed_by {
            ChangedBy::Person(name, at) => (format!("{name} changed it"), Some(When::of(at))),
            ChangedBy::AnotherProgram => {
                let text = "Another program changed it, not Bullkeeper.";
                (text.to_owned(), None)
            }
            ChangedBy::NotTold => (String::new(), None),
        };
        let of_job = [
            ("queue", editing.queue.name()),
            ("job", editing.id.as_str()),
        ];
        Self {
            frame: editing.frame(),
            doing: EditFrame::new(editing, &conflict.name, Some(conflict.state)),
            theirs: DiffView::new(conflict.theirs),
            yours: DiffView::new(conflict.yours),
            now_revision: conflict.now_revision.as_str().to_owned(),
            now_stored: conflict.now_stored,
            now: conflict.now,
            merged,
            clashes,
            changed_by,
            changed_at,
            history_href: app.links().to("/audit", &of_job),
        }
    }
}
