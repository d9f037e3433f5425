//! Whatever an edit's entry keeps gives the data from before back, byte for byte.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use crate::domain::audit::entry::Entry;
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::undo::{DataField, NotRestorable, data_before};
use crate::domain::job::Revision;
use crate::domain::json::arbitrary::{any_json, bounded, plain_json, plain_json_object};
use crate::service::edit::recorded_change::{RecordedChange, keep};

/// What undoing an edit gives, from what its entry keeps.
fn undone(before: &str, after: &str, redactor: &Redactor) -> Result<Vec<u8>, NotRestorable> {
    let (kept, _) = keep(before.as_bytes(), after, "", redactor).unwrap();
    let digest = redactor.seal(Revision::of(before.as_bytes()).as_str());
    let mut fields = vec![("before".to_owned(), digest)];
    let mut add = |name: &str, text: String| fields.push((name.to_owned(), text));
    let mut whole = None;
    match kept {
        RecordedChange::Patch(patch, text) => {
            add("patch", patch);
            add("before_text", text);
        }
        RecordedChange::Piece(patch, piece) => {
            add("patch", patch);
            add("before_piece", piece);
        }
        RecordedChange::Large(large, _, text) => {
            add("large", large.to_string());
            whole = text.and_then(|text| text.whole(u64::MAX));
        }
    }
    let entry = Entry::from_fields(fields);
    let after = DataField::Bytes(after.as_bytes().to_vec());
    let is = |revision: &Revision, digest: &str| redactor.seal(revision.as_str()) == digest;
    Ok(data_before(&entry, whole, &after, &is)?.bytes().to_vec())
}

/// The data before and after an edit: of any writing, or alike in many places.
fn edits() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (any_json().prop_map(|text| text.spaced), plain_json()),
        (plain_json_object(), plain_json_object()),
        (".{0,12}", plain_json()),
    ]
}

proptest! {
    #![proptest_config(bounded(4_000))]

    #[test]
    fn an_edit_is_undone_byte_for_byte((before, after) in edits()) {
        let restored = undone(&before, &after, &Redactor::new(&[], b""));
        prop_assert_eq!(restored, Ok(before.into_bytes()));
    }

    #[test]
    fn with_hidden_values_an_edit_is_undone_byte_for_byte_or_refused((before, after) in edits()) {
        let redactor = Redactor::new(&["a".to_owned(), "b".to_owned()], b"key");
        if let Ok(restored) = undone(&before, &after, &redactor) {
            prop_assert_eq!(restored, before.into_bytes());
        }
    }
}
