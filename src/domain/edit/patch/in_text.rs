//! Undoes a patch in the text that an edit left, without changing what stands elsewhere.

use serde_json::Value;

use super::steps::{Patch, PatchStep};
use crate::domain::json::{Document, NodeKind, array_index, unescape_step};

/// How many bytes may be read in all: each step reads the whole text again.
const READ: usize = 64 * 1024 * 1024;

impl Patch {
    /// The text before the edit that made `after` of it, if the patch can be turned round there. Values are written as compact
    /// JSON and members that come back are the last ones, so whoever needs the exact text has to compare it.
    ///
    /// `None` where the patch does not fit, and where that would take long.
    pub(crate) fn undone_in(&self, after: &str) -> Option<String> {
        let inverse = self.inverse();
        if inverse.steps.len().saturating_mul(after.len().max(1)) > READ {
            return None;
        }
        inverse
            .steps
            .iter()
            .try_fold(after.to_owned(), |text, step| in_text(step, &text))
    }
}

/// The text after one step.
fn in_text(step: &PatchStep, text: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let there = |value: &Value| {
        let at = document.find(&step.pointer)?;
        let token = document.token(at);
        let written = value.to_string();
        let same = token == written || document.value_at(at) == *value;
        same.then_some(at)
    };
    let Some((parent, name)) = step.pointer.rsplit_once('/') else {
        let whole = there(step.before.as_ref()?)?;
        return Some(document.with_value(whole, &step.after.as_ref()?.to_string()));
    };
    let parent = document.find(parent)?;
    let name = unescape_step(name);
    match (&step.before, &step.after) {
        (Some(before), Some(after)) => {
            Some(document.with_value(there(before)?, &after.to_string()))
        }
        (Some(before), None) => {
            let at = there(before)?;
            Some(match document.kind(parent) {
                NodeKind::Array => document.without_element(parent, at),
                _ => document.without_member(parent, at),
            })
        }
        (None, Some(after)) => match document.kind(parent) {
            NodeKind::Array => {
                document.with_element(parent, array_index(&name)?, &after.to_string())
            }
            NodeKind::Object if document.child_named(parent, &name).is_none() => {
                let name = Value::String(name.into_owned()).to_string();
                Some(document.with_member(parent, &name, &after.to_string()))
            }
            _ => None,
        },
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::domain::audit::redact::Redactor;
    use crate::domain::edit::patch::Limit;
    use crate::domain::json::arbitrary::{bounded, plain_json, plain_json_object};

    fn between(before: &str, after: &str) -> Patch {
        let [old, new] = [before, after].map(|text| Document::parse(text).unwrap());
        Patch::between(&old, &new, &Redactor::new(&[], b""), Limit::ENTRY).unwrap()
    }

    #[test]
    fn a_change_of_values_is_undone_byte_for_byte() {
        let before = "{ \"a\" : [1, 2.0 ,3],\n\"s\":\"\\u00e9\" }";
        for after in [
            "{ \"a\" : [1, 2.50 ,3],\n\"s\":\"\\u00e9\" }",
            "{ \"a\" : [1, 2.0 ,3,4,5],\n\"s\":\"\\u00e9\" }",
            "{ \"a\" : [1, 2.0 ,3],\n\"s\":\"\\u00e9\",\"n\":{\"x~/y\":null} }",
        ] {
            let undone = between(before, after).undone_in(after);
            assert_eq!(undone.as_deref(), Some(before), "{after}");
        }
    }

    #[test]
    fn a_member_that_stood_first_comes_back_last() {
        let (before, after) = (r#"{"a":1,"b":2}"#, r#"{"b":2}"#);
        let undone = between(before, after).undone_in(after).unwrap();
        assert_eq!(undone, r#"{"b":2,"a":1}"#);
    }

    #[test]
    fn a_patch_is_not_undone_in_another_text() {
        let patch = between(r#"{"a":1}"#, r#"{"a":2}"#);
        for other in [r#"{"a":3}"#, r#"{"b":2}"#, "[]", "oops", "2"] {
            assert_eq!(patch.undone_in(other), None, "{other}");
        }
        let removed = between(r#"{"a":1,"b":2}"#, r#"{"b":2}"#);
        assert_eq!(removed.undone_in(r#"{"b":2,"a":5}"#), None);
    }

    proptest! {
        #![proptest_config(bounded(2_000))]

        #[test]
        fn a_patch_that_is_undone_gives_the_values_before(
            [before, after] in prop_oneof![
                [plain_json(), plain_json()],
                [plain_json_object(), plain_json_object()],
            ]
        ) {
            let undone = between(&before, &after).undone_in(&after).unwrap();
            let [undone, before] = [&undone, &before].map(|text| {
                Document::parse(text).unwrap().to_value().unwrap()
            });
            prop_assert_eq!(undone, before);
        }
    }
}
