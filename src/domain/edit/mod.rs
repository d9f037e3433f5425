//! The rules of an edit of a job's data. They look only at the stored bytes and the operator's text.

pub(crate) mod broken_glass;
pub(crate) mod data_policy;
pub mod demands;
pub(crate) mod diff;
pub(crate) mod limit;
pub(crate) mod merge;
pub(crate) mod part;
pub mod patch;
pub mod policy_refusal;
pub(crate) mod problem;
pub(crate) mod undo;

use std::borrow::Cow;

use super::job::JobState;
use super::json::{Document, JsonError, MAX_EDIT_DEPTH};

/// How the operator's text relates to the stored bytes.
#[derive(Debug)]
pub enum Draft {
    /// Nothing but white space differs, so there is nothing to write.
    Unchanged,
    /// A change, as the compact text to store.
    Change(String),
    /// The text is not JSON, or can't be stored safely; each fault with its place.
    Faulty(Vec<JsonError>),
}

/// Replaces what a page can't show: bytes that are not UTF-8, and NUL, which HTML parsers replace.
const STANDS_FOR_UNSHOWN: char = '\u{fffd}';

/// Compares the operator's text with the stored bytes. Digits, key order and escapes stay as typed. White space between
/// tokens is removed, since BullMQ stores the compact form of `JSON.stringify`.
pub fn draft(stored: &[u8], text: &str) -> Draft {
    let shown = as_shown(stored);
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(_) if same_but_for_breaks(text, &shown) => return Draft::Unchanged,
        Err(fault) => return Draft::Faulty(vec![fault]),
    };
    if Document::parse(&shown).is_ok_and(|stored| stored.same_tokens(&document)) {
        return Draft::Unchanged;
    }
    let mut faults = document.duplicate_keys();
    if !is_shown_whole(stored)
        && let Some(at) = text.find(STANDS_FOR_UNSHOWN)
    {
        faults.push(JsonError::in_text(text, at, UNSHOWN));
    }
    if document.depth() > MAX_EDIT_DEPTH {
        faults.push(JsonError {
            line: 1,
            column: 1,
            message: format!(
                "nested {} levels deep; an edit may hold at most {MAX_EDIT_DEPTH}",
                document.depth()
            ),
        });
    }
    if !faults.is_empty() {
        return Draft::Faulty(faults);
    }
    Draft::Change(document.compact())
}

const UNSHOWN: &str = "\u{fffd} stands for bytes that a page can't show. Replace it with the intended text. A literal \u{fffd} is \
     written \\ufffd";

/// Whether a page can show the bytes in a form that sends the same bytes back.
pub fn is_shown_whole(stored: &[u8]) -> bool {
    std::str::from_utf8(stored).is_ok_and(|text| !text.contains('\0'))
}

/// The stored bytes as a form sends them back, apart from line breaks.
fn as_shown(stored: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(stored);
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', &STANDS_FOR_UNSHOWN.to_string())),
        false => text,
    }
}

/// Compares texts without regard to line breaks: a browser sends every line break of a form as CR LF.
fn same_but_for_breaks(one: &str, other: &str) -> bool {
    let lines = |text| {
        let mut rest: &str = text;
        std::iter::from_fn(move || {
            let end = rest.find(['\r', '\n']);
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            let broken = after.strip_prefix("\r\n").or_else(|| after.get(1..));
            let ends = line.is_empty() && broken.is_none();
            rest = broken.unwrap_or_default();
            (!ends).then_some((line, broken.is_some()))
        })
    };
    lines(one).eq(lines(other))
}

/// Why a job may not be edited now, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A worker has the job: it keeps its own copy and may overwrite an edit (BullMQ 5.81, 6.7).
    Active,
    /// A worker holds the job's lock.
    Locked,
}

impl Refusal {
    /// The refusal for a job in this state, if there is one.
    pub fn of(state: JobState, locked: bool) -> Option<Self> {
        match (state, locked) {
            (JobState::Active, _) => Some(Self::Active),
            (_, true) => Some(Self::Locked),
            _ => None,
        }
    }

    /// The message for the operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::Active => {
                "A worker is processing this job. It keeps the data it started with, and may overwrite an edit. Wait \
                 until the job has finished or failed."
            }
            Self::Locked => "A worker holds this job's lock. Wait until the lock is released.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_differs_in_white_space_alone_changes_nothing() {
        let stored = br#"{"b":12345678901234567890,"a":1.0}"#;
        for text in [
            r#"{"b":12345678901234567890,"a":1.0}"#,
            "{\r\n  \"b\": 12345678901234567890,\r\n  \"a\": 1.0\r\n}",
            "{ \"b\" : 12345678901234567890 , \"a\" : 1.0 }",
        ] {
            assert!(matches!(draft(stored, text), Draft::Unchanged), "{text}");
        }
    }

    #[test]
    fn digits_key_order_and_escapes_are_stored_as_typed() {
        let text = "{\"z\": 1.0,\n \"a\": 12345678901234567890123, \"s\": \"\\u00e9é\\ud800\"}";
        match draft(b"{}", text) {
            Draft::Change(compact) => assert_eq!(
                compact,
                r#"{"z":1.0,"a":12345678901234567890123,"s":"\u00e9é\ud800"}"#
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_of_a_digits_writing_is_a_change() {
        assert!(matches!(
            draft(b"{\"a\":1.0}", "{\"a\":1}"),
            Draft::Change(_)
        ));
    }

    #[test]
    fn malformed_data_that_was_not_touched_is_left_alone_and_malformed_edits_are_refused() {
        assert!(matches!(draft(b"{oops\n", "{oops\r\n"), Draft::Unchanged));
        assert!(matches!(draft(b"{oops", "{oops!"), Draft::Faulty(_)));
        assert!(matches!(draft(b"{oops", "{\"ok\":1}"), Draft::Change(_)));
    }

    #[test]
    fn what_a_page_can_not_show_is_left_alone_or_typed_anew() {
        for stored in [&b"{\"a\":\"x\0y\"}"[..], b"{\"a\":\"x\xffy\"}"] {
            assert!(!is_shown_whole(stored));
            let as_sent = "{\"a\":\"x\u{fffd}y\"}";
            assert!(matches!(draft(stored, as_sent), Draft::Unchanged));
            match draft(stored, "{\"b\":\r\n\"x\u{fffd}y\"}") {
                Draft::Faulty(faults) => assert_eq!((faults[0].line, faults[0].column), (2, 3)),
                other => panic!("{other:?}"),
            }
            assert!(matches!(draft(stored, "{\"a\":\"xy\"}"), Draft::Change(_)));
            let written = "{\"a\":\"x\\ufffdz\"}";
            assert!(matches!(draft(stored, written), Draft::Change(_)));
        }
        let itself = "{\"a\":\"\u{fffd}\"}";
        assert!(matches!(
            draft(itself.as_bytes(), "[\"\u{fffd}\"]"),
            Draft::Change(_)
        ));
    }

    #[test]
    fn line_breaks_that_a_browser_rewrites_are_no_change() {
        for stored in ["{oops\r\rx", "{oops\r\n\nx", "{\r\"a\":\r\n1}", "\r\r\n"] {
            let unbroken = stored.replace("\r\n", "\n").replace('\r', "\n");
            let sent = unbroken.replace('\n', "\r\n");
            assert!(
                matches!(draft(stored.as_bytes(), &sent), Draft::Unchanged),
                "{stored:?}"
            );
        }
    }

    #[test]
    fn a_duplicate_key_and_too_deep_a_nesting_are_refused() {
        assert!(matches!(
            draft(b"{}", r#"{"a":1,"\u0061":2}"#),
            Draft::Faulty(_)
        ));
        let deep = format!(
            "{}{}",
            "[".repeat(MAX_EDIT_DEPTH + 1),
            "]".repeat(MAX_EDIT_DEPTH + 1)
        );
        assert!(matches!(draft(b"{}", &deep), Draft::Faulty(_)));
    }
}
