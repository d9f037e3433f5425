//! A job's row in a queue's list.

use super::selected_form::LONGEST_SELECTED;
use crate::domain::job::row::JobRow;
use crate::domain::queue::QueueId;
use crate::web::app::App;
use crate::web::html::format::{When, bytes};
use crate::web::request::forms::encoded_names::encoded;

/// A job's row.
#[derive(Debug)]
pub(crate) struct RowView {
    pub(crate) id: String,
    pub(crate) href: String,
    /// The id as a field of the selection's form holds it; empty where the job can't be selected.
    pub(crate) pick: String,
    pub(crate) name: String,
    /// The state lists the id, but the job's hash is gone.
    pub(crate) gone: bool,
    /// When it was added.
    pub(crate) added: Option<When>,
    /// When it finished.
    pub(crate) finished: Option<When>,
    /// `2 of 3`.
    pub(crate) attempts: String,
    /// When a delayed job is due.
    pub(crate) due: Option<When>,
    /// BullMQ's priority; empty for none.
    pub(crate) priority: String,
    /// The first line of the error.
    pub(crate) error: String,
    /// The beginning of its data, on one line; empty where there is an error to show.
    pub(crate) data: String,
}

pub(crate) fn row_view(app: &App, queue: &QueueId, row: &JobRow) -> RowView {
    let summary = row.summary.clone().unwrap_or_default();
    let error = first_line(summary.failed_reason.as_deref().unwrap_or_default());
    RowView {
        id: shown_id(row.id.as_str()),
        href: match row.id.as_str().len() <= LONGEST_LINKED {
            true => app.links().job(queue, &row.id),
            false => String::new(),
        },
        pick: match row.summary.is_some() && row.id.as_str().len() <= LONGEST_SELECTED {
            true => encoded(row.id.as_str()),
            false => String::new(),
        },
        gone: row.summary.is_none(),
        name: cut(summary.name, LONGEST_NAME),
        added: summary.added.map(When::of),
        finished: summary.finished.map(When::of),
        attempts: match summary.attempts {
            Some(allowed) => format!("{} of {}", summary.attempts_made, allowed.max(1)),
            None => summary.attempts_made.to_string(),
        },
        due: row.due.map(When::of),
        priority: match summary.priority {
            0 => String::new(),
            priority => priority.to_string(),
        },
        data: match error.is_empty() {
            true => cut(on_one_line(&summary.data.unwrap_or_default()), LONGEST_DATA),
            false => String::new(),
        },
        error,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// JSON as a row shows it. Blanks inside of strings are folded as well: the job's page has them all.
fn on_one_line(json: &str) -> String {
    json.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No address holds a longer id, in bytes, once it is encoded.
const LONGEST_LINKED: usize = 16 * 1024;

/// A row shows an id whole where it has a page, and of any other the beginning.
fn shown_id(id: &str) -> String {
    match id.len() <= LONGEST_LINKED {
        true => id.to_owned(),
        false => format!(
            "{} (an id of {})",
            cut(id.chars().take(LONGEST_NAME + 1).collect(), LONGEST_NAME),
            bytes(id.len() as u64)
        ),
    }
}

/// A row shows so many characters of a name; the job's page has the whole.
const LONGEST_NAME: usize = 200;

/// A row shows so many characters of the data.
const LONGEST_DATA: usize = 240;

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
