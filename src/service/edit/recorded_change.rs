//! What the audit log keeps of a change of a job's data: a patch, or for a large change what proves the edit and allows
//! undoing it.

use std::io::Write;

use crate::domain::access::permission::Permission;
use crate::domain::audit::large_change::{CompressedText, LargeChange, TextKept};
use crate::domain::audit::redact::Redactor;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::edit::patch::{Limit, Patch};
use crate::domain::json::{Document, MAX_EDIT_DEPTH};

/// How many changes, in how many bytes, an entry shows of a change that is too large for a patch.
const FIRST_CHANGES: usize = 20;
const FIRST_BYTES: usize = 3_000;

/// What an entry keeps of a change.
#[derive(Debug)]
pub(crate) enum RecordedChange {
    /// The patch, and the text before if a patch can't hold it.
    Patch(String, String),
    /// The first changes as a patch, and the text before.
    Large(LargeChange, String, Option<CompressedText>),
}

impl RecordedChange {
    /// Adds it to the entry.
    pub(crate) fn put_in<A: Permission>(self, entry: UnrecordedEntry<A>) -> UnrecordedEntry<A> {
        match self {
            Self::Patch(patch, text) => entry.patch(patch, text),
            Self::Large(large, first, text) => entry.large_change(&large, first, text),
        }
    }
}

/// What the audit log keeps of a change, and of the reason for it.
pub(crate) fn keep(
    before: &[u8],
    after: &str,
    reason: &str,
    redactor: &Redactor,
) -> Result<(RecordedChange, String), String> {
    let stored = String::from_utf8_lossy(before);
    let comparable = |text| match Document::parse(text) {
        Ok(document) if document.depth() <= MAX_EDIT_DEPTH => Ok(document),
        Ok(document) => Err(format!("nested {} levels deep", document.depth())),
        Err(fault) => Err(fault.message),
    };
    let new = comparable(after).map_err(|fault| format!("the new data: {fault}"))?;
    let old = comparable(&stored).ok();
    let redactor = &redactor.knowing(old.iter().chain([&new]));
    let reason = redactor.apply_text(reason.trim());
    let kept = keep_documents(before, &stored, old.as_ref(), (after, &new), redactor)?;
    Ok((kept, reason))
}

/// What the audit log keeps of data that is deleted with its job: the whole text, beside the entry unless it is small.
pub(crate) fn keep_removed(before: &[u8], redactor: &Redactor) -> Result<RecordedChange, String> {
    let stored = String::from_utf8_lossy(before);
    let document = Document::parse(&stored).ok();
    let redactor = &redactor.knowing(document.iter());
    if redactor.is_empty() && before.len() <= Limit::ENTRY.bytes {
        return Ok(RecordedChange::Patch(String::new(), stored.into_owned()));
    }
    let (kept, text) = text_before(before, document.as_ref(), redactor)?;
    let large = LargeChange {
        kept,
        before: before.len() as u64,
        after: 0,
    };
    Ok(RecordedChange::Large(large, String::new(), text))
}

fn keep_documents(
    before: &[u8],
    stored: &str,
    old: Option<&Document<'_>>,
    (after, new): (&str, &Document<'_>),
    redactor: &Redactor,
) -> Result<RecordedChange, String> {
    let first = match old {
        Some(old) => match Patch::between(old, new, redactor, Limit::ENTRY) {
            Ok(patch) => {
                // A change of the spelling alone (order of keys, escapes) is not in a patch. The text is then kept beside
                // it, unless something in it may have to be hidden.
                let wants_text = patch.is_empty() && redactor.is_empty();
                if !wants_text || stored.len() <= Limit::ENTRY.bytes {
                    let text = wants_text.then(|| stored.to_owned());
                    return Ok(RecordedChange::Patch(
                        patch.to_json(),
                        text.unwrap_or_default(),
                    ));
                }
                patch
            }
            Err(first) => first,
        },
        None if stored.len() + after.len() <= Limit::ENTRY.bytes => {
            // Data that was no JSON can't be in a patch either.
            let patch = Patch::replacing_all(redactor.apply(&new.value_at(0)));
            let text = match redactor.is_empty() {
                true => stored.to_owned(),
                false => String::new(),
            };
            return Ok(RecordedChange::Patch(patch.to_json(), text));
        }
        None => Patch::default(),
    };
    let (kept, text) = text_before(before, old, redactor)?;
    let large = LargeChange {
        kept,
        before: before.len() as u64,
        after: after.len() as u64,
    };
    let first = first.beginning(FIRST_CHANGES, FIRST_BYTES);
    let first = match first.is_empty() {
        true => String::new(),
        false => first.to_json(),
    };
    Ok(RecordedChange::Large(large, first, text))
}

/// The text before, compressed, with the values hidden that must be.
fn text_before(
    before: &[u8],
    document: Option<&Document<'_>>,
    redactor: &Redactor,
) -> Result<(TextKept, Option<CompressedText>), String> {
    let compressed = match document {
        _ if redactor.is_empty() => CompressedText::of(|out| out.write_all(before)),
        Some(document) => CompressedText::of(|out| redactor.write(document, out)),
        None => return Ok((TextKept::Nothing, None)),
    };
    let kept = match redactor.is_empty() {
        true => TextKept::Whole,
        false => TextKept::Redacted,
    };
    let compressed = compressed.map_err(|error| format!("compressing failed: {error}"))?;
    Ok((kept, Some(compressed)))
}
