//! What the page where queues were chosen says of what was done to them.

use crate::domain::operations::on_queue::QueueOperation;
use crate::service::queue::operate_many::QueuesChanged;
use crate::web::request::notices::Done;

/// What the address of that page has: only then it looks for a notice.
pub(crate) const AT: (&str, &str) = ("done", "1");

/// The names of the notices: all is as it was asked for, or something is not.
const DONE: &str = "queues.changed";
const PARTLY: &str = "queues.not-all-changed";

/// How many queues that were not changed are named.
const NAMED: usize = 3;

/// The longest name and the longest words of one of them, in characters.
const LONGEST: usize = 60;

/// A notice.
#[derive(Debug, Default)]
pub(crate) struct QueuesToldView {
    /// In words; empty for nothing.
    pub(crate) text: String,
    pub(crate) is_good: bool,
}

impl QueuesToldView {
    /// What the page says; nothing for another notice.
    pub(crate) fn of(done: Option<&Done>) -> Self {
        match done {
            Some(done) if done.what == DONE || done.what == PARTLY => Self {
                text: done.about.clone(),
                is_good: done.what == DONE,
            },
            _ => Self::default(),
        }
    }
}

/// The notice: its name and what it says.
pub(super) fn notice(operation: QueueOperation, changed: &QueuesChanged) -> (&'static str, String) {
    let count = |count: usize| match count {
        1 => "1 queue".to_owned(),
        count => format!("{count} queues"),
    };
    let spec = operation.spec();
    let mut said = vec![format!("{}: {} changed.", spec.label, count(changed.done))];
    if changed.unchanged > 0 {
        said.push(format!(
            "{} had nothing to change.",
            count(changed.unchanged)
        ));
    }
    if !changed.failed.is_empty() {
        let failed = changed.failed.iter().take(NAMED);
        let failed: Vec<String> = failed
            .map(|(queue, why)| format!("{} ({})", cut(queue.name()), cut(why)))
            .collect();
        let more = match changed.failed.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        said.push(format!("Not changed: {}{more}.", failed.join(", ")));
    }
    if changed.not_tried > 0 {
        said.push(format!(
            "{} not tried after that.",
            count(changed.not_tried)
        ));
    }
    let is_good = changed.failed.is_empty() && changed.not_tried == 0;
    (if is_good { DONE } else { PARTLY }, said.join(" "))
}

/// The text, or its beginning where it is long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
