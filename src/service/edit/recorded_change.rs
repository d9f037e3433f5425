//! What the audit log keeps of a change of a job's data: a patch, or for a large change what proves the edit and allows
//! undoing it.

use std::io::{self, Write};

use crate::domain::access::permission::Permission;
use crate::domain::audit::before_piece::BeforePiece;
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
    /// The patch, and the piece of the text before that it does not give back as it was written.
    Piece(String, String),
    /// The first changes as a patch, and the text before.
    Large(LargeChange, String, Option<CompressedText>),
}

impl RecordedChange {
    /// Adds it to the entry.
    pub(crate) fn put_in<A: Permission>(self, entry: UnrecordedEntry<A>) -> UnrecordedEntry<A> {
        match self {
            Self::Patch(patch, text) => entry.patch(patch, text),
            Self::Piece(patch, piece) => entry.patch(patch, String::new()).before_piece(piece),
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

/// Why data can't be kept, and so may not go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// What has to be hidden in it can't be found.
    #[error(
        "the stored data is not JSON, so what the setting redact names can't be found and hidden in it"
    )]
    NotRedactable,
    /// It is not UTF-8 text.
    #[error("the stored data is not UTF-8 text")]
    Binary,
    /// It could not be compressed.
    #[error("compressing failed: {0}")]
    NotCompressed(String),
}

/// What the audit log keeps of data that goes with its job, and of the reason for it: the whole text, beside the entry where
/// it is not small. Data in which something may have to be hidden and can't be found is not kept at all, so it has to stay.
pub(crate) fn keep_removed(
    before: &[u8],
    reason: &str,
    redactor: &Redactor,
) -> Result<(RecordedChange, String), NotKept> {
    let stored = String::from_utf8_lossy(before);
    let document = Document::parse(&stored).ok();
    let redactor = &redactor.knowing(document.iter());
    let reason = redactor.apply_text(reason.trim());
    let exact = std::str::from_utf8(before).ok();
    let small = exact.filter(|text| text.len() <= Limit::ENTRY.bytes);
    if let Some(text) = small.filter(|text| redactor.is_empty() || text.is_empty()) {
        let kept = RecordedChange::Patch(String::new(), text.to_owned());
        return Ok((kept, reason));
    }
    let (kept, text) = text_before(before, document.as_ref(), redactor)
        .map_err(|error| NotKept::NotCompressed(error.to_string()))?;
    if kept == TextKept::Nothing {
        return Err(NotKept::NotRedactable);
    }
    let large = LargeChange {
        kept,
        before: before.len() as u64,
        after: 0,
    };
    Ok((RecordedChange::Large(large, String::new(), text), reason))
}

fn keep_documents(
    before: &[u8],
    stored: &str,
    old: Option<&Document<'_>>,
    (after, new): (&str, &Document<'_>),
    redactor: &Redactor,
) -> Result<RecordedChange, String> {
    // An entry holds text: other bytes would not come back from it as they were.
    let is_text = std::str::from_utf8(before).is_ok();
    let first = match old {
        Some(old) => match Patch::between(old, new, redactor, Limit::ENTRY) {
            Ok(patch) => {
                // A change of the writing alone (the order of keys, an escape) is not in a patch: the text is kept
                // beside it then, unless something in it may have to be hidden.
                let is_whole = redactor.is_empty() && is_text && stored.len() <= Limit::ENTRY.bytes;
                if patch.is_empty() && is_whole {
                    let text = stored.to_owned();
                    return Ok(RecordedChange::Patch(patch.to_json(), text));
                }
                let needs = match is_text {
                    true => needed_beside(&patch, old, after, redactor),
                    false => Needed::WholeText,
                };
                match needs {
                    Needed::Piece(piece) => {
                        return Ok(RecordedChange::Piece(patch.to_json(), piece));
                    }
                    Needed::WholeText if redactor.is_empty() => patch,
                    // The text can't be kept: what undoing such an entry would give is not what was there, so it is refused.
                    Needed::WholeText | Needed::Nothing => {
                        return Ok(RecordedChange::Patch(patch.to_json(), String::new()));
                    }
                }
            }
            Err(first) => first,
        },
        None if stored.len() + after.len() <= Limit::ENTRY.bytes
            && (is_text || !redactor.is_empty()) =>
        {
            // What was not JSON can't be in a patch either.
            let patch = Patch::replacing_all(redactor.apply(&new.value_at(0)));
            let text = match redactor.is_empty() {
                true => stored.to_owned(),
                false => String::new(),
            };
            return Ok(RecordedChange::Patch(patch.to_json(), text));
        }
        None => Patch::default(),
    };
    let (kept, text) = text_before(before, old, redactor)
        .map_err(|error| format!("compressing failed: {error}"))?;
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

/// What has to be kept beside a patch, so that the data before comes back from the data after byte for byte.
enum Needed {
    /// Nothing: the patch turned round gives it.
    Nothing,
    /// This piece of the data before.
    Piece(String),
    /// All of it.
    WholeText,
}

fn needed_beside(patch: &Patch, old: &Document<'_>, after: &str, redactor: &Redactor) -> Needed {
    if patch.undone_in(after).as_deref() == Some(old.text()) {
        return Needed::Nothing;
    }
    let piece = BeforePiece::between(old.text(), after);
    let shows_all = redactor.hides_nothing_in(old, piece.place());
    match piece.len() <= Limit::ENTRY.bytes && shows_all {
        true => Needed::Piece(piece.to_string()),
        false => Needed::WholeText,
    }
}

/// The text before, compressed, with the values hidden that must be.
fn text_before(
    before: &[u8],
    document: Option<&Document<'_>>,
    redactor: &Redactor,
) -> io::Result<(TextKept, Option<CompressedText>)> {
    let compressed = match document {
        _ if redactor.is_empty() => CompressedText::of(|out| out.write_all(before)),
        Some(document) => CompressedText::of(|out| redactor.write(document, out)),
        None => return Ok((TextKept::Nothing, None)),
    };
    let kept = match redactor.is_empty() {
        true => TextKept::Whole,
        false => TextKept::Redacted,
    };
    Ok((kept, Some(compressed?)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hiding(names: &[&str]) -> Redactor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Redactor::new(&names, b"key")
    }

    /// The bytes that are kept compressed.
    fn unpacked(kept: RecordedChange) -> (TextKept, Vec<u8>) {
        match kept {
            RecordedChange::Large(large, _, Some(text)) => {
                let pieces: Vec<Vec<u8>> = text.into_pieces().map(Result::unwrap).collect();
                (large.kept, pieces.concat())
            }
            other => panic!("{other:?}"),
        }
    }

    const NOT_UTF8: [&[u8]; 3] = [b"\xff\xfe", b"{\"a\":\"\xff\"}", b"{oops \xc3"];

    #[test]
    fn removed_data_comes_back_byte_by_byte_though_it_is_no_text() {
        for data in NOT_UTF8 {
            let (kept, _) = keep_removed(data, "", &hiding(&[])).unwrap();
            assert_eq!(unpacked(kept), (TextKept::Whole, data.to_vec()));
        }
        let (kept, _) = keep_removed("{\"ü\":1}".as_bytes(), "", &hiding(&[])).unwrap();
        assert!(
            matches!(&kept, RecordedChange::Patch(patch, text) if patch.is_empty() && text == "{\"ü\":1}"),
            "{kept:?}"
        );
    }

    #[test]
    fn data_that_an_edit_replaces_comes_back_byte_by_byte_though_it_is_no_text() {
        for data in NOT_UTF8 {
            let (kept, _) = keep(data, "{\"a\":\"b\"}", "", &hiding(&[])).unwrap();
            assert_eq!(unpacked(kept), (TextKept::Whole, data.to_vec()));
        }
        let (kept, _) = keep(b"{oops", "{}", "", &hiding(&[])).unwrap();
        assert!(
            matches!(&kept, RecordedChange::Patch(_, text) if text == "{oops"),
            "{kept:?}"
        );
    }

    #[test]
    fn what_goes_has_its_secrets_hidden_in_the_data_and_in_the_reason() {
        let data = br#"{"password":"correct horse"}"#;
        let reason = " it was correct horse ";
        let (kept, reason) = keep_removed(data, reason, &hiding(&["password"])).unwrap();
        assert!(
            reason.starts_with("it was") && !reason.contains("horse"),
            "{reason}"
        );
        let (kept, text) = unpacked(kept);
        assert_eq!(kept, TextKept::Redacted);
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("password") && !text.contains("horse"),
            "{text}"
        );
    }

    #[test]
    fn data_in_which_nothing_can_be_hidden_is_not_kept_and_may_not_go() {
        for data in [&b"{oops"[..], b"\xff", b"password=x"] {
            let kept = keep_removed(data, "", &hiding(&["password"]));
            assert_eq!(kept.unwrap_err(), NotKept::NotRedactable);
        }
        assert!(keep_removed(b"", "", &hiding(&["password"])).is_ok());
    }
}
