//! A notice that says in words what became of several jobs or queues: how many, and of the first that were left as they were, why.

use askama::Template;

use super::notices::{Done, Notices};

/// The names of the notices: all is as it was asked for, or something is not.
const DONE: &str = "all-done";
const PARTLY: &str = "partly-done";

/// How many that were left as they were are named.
const NAMED: usize = 3;

/// The longest name and the longest reason of one of them, in characters. A notice is short: see notices.rs.
const LONGEST: usize = 60;

/// What a page says of it.
#[derive(Template, Debug, Default)]
#[template(path = "layout/_told.html")]
pub(crate) struct ToldView {
    base: String,
    /// In words; empty for nothing.
    text: String,
    is_good: bool,
}

impl askama::filters::HtmlSafe for ToldView {}

impl ToldView {
    /// What the page says; nothing for another notice.
    pub(crate) fn of(base: &str, done: Option<&Done>) -> Self {
        match done {
            Some(done) if done.what == DONE || done.what == PARTLY => Self {
                base: base.to_owned(),
                text: done.about.clone(),
                is_good: done.what == DONE,
            },
            _ => Self::default(),
        }
    }
}

/// Leaves it for the page at `address`.
pub(crate) async fn leave(notices: &Notices, address: &str, text: &str, is_good: bool) {
    let what = if is_good { DONE } else { PARTLY };
    notices.leave(address, what, text).await;
}

/// The first of those that were left as they were, each with the reason: `a (gone), b (held by a worker) and 3 more`.
pub(crate) fn left_words<'a>(left: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> String {
    let more = match left.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<String> = left
        .take(NAMED)
        .map(|(name, why)| format!("{} ({})", cut(name), cut(why)))
        .collect();
    format!("{}{more}", named.join(", "))
}

/// The text, or its beginning where it is long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
