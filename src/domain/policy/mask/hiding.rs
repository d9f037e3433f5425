//! What is hidden from one person in the data of a job, and the data as it is shown then.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::in_force::{Hidden, PolicyInForce};
use super::places::HiddenPlaces;
use super::sign::MASK_JSON;
use super::values::HiddenValues;
use crate::domain::json::Document;

/// Data that is nested deeper than this is hidden as a whole: a walk through it would take too much memory.
const DEEPEST: usize = 10_000;

/// The rules of a schema whose messages say nothing of what is in an object or array.
const QUOTING_NOTHING: [&str; 6] = [
    "required",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "additionalProperties",
];

/// What is hidden in the data of a job from one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Hiding {
    /// Nothing.
    #[default]
    Nothing,
    /// The values at these places.
    Places(Arc<HiddenPlaces>),
    /// Everything, since it is not known which places are to be hidden.
    Everything,
}

impl Hiding {
    /// Whether nothing is hidden.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// What is hidden under a policy.
    pub(crate) fn under_policy(policy: &PolicyInForce) -> Self {
        match policy.hidden() {
            Hidden::Nothing => Self::Nothing,
            Hidden::All => Self::Everything,
            Hidden::Places(patterns) => Self::Places(Arc::new(HiddenPlaces::of_patterns(patterns))),
        }
    }

    /// What both hide.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
            (Self::Nothing, other) => other.clone(),
            (one, Self::Nothing) => one.clone(),
            (Self::Places(one), Self::Places(other)) if one == other => self.clone(),
            (Self::Places(one), Self::Places(other)) => Self::Places(Arc::new(one.and(other))),
        }
    }

    /// The same in a document that holds the data at this member.
    pub(crate) fn under(&self, member: &str) -> Self {
        match self {
            Self::Places(places) => Self::Places(Arc::new(places.under(member))),
            other => other.clone(),
        }
    }

    /// The data as it is shown.
    pub(crate) fn mask<'d>(&self, stored: &'d [u8]) -> Cow<'d, [u8]> {
        match self {
            Self::Nothing => Cow::Borrowed(stored),
            Self::Everything => Cow::Borrowed(MASK_JSON.as_bytes()),
            Self::Places(places) => {
                let Some(document) = parsed(stored) else {
                    return Cow::Borrowed(MASK_JSON.as_bytes());
                };
                match mask_document(places, &document) {
                    Some(masked) => Cow::Owned(masked.into_bytes()),
                    None => Cow::Borrowed(stored),
                }
            }
        }
    }

    /// The same for data that is text.
    pub(crate) fn mask_text(&self, stored: String) -> String {
        match self.mask(stored.as_bytes()) {
            Cow::Borrowed(same) if same.len() == stored.len() && self.is_nothing() => stored,
            masked => String::from_utf8_lossy(&masked).into_owned(),
        }
    }

    /// The values that are hidden in the data, to be hidden in other texts too. `None` is data that could not be read.
    pub(crate) fn values(&self, stored: Option<&[u8]>) -> HiddenValues {
        match (self, stored) {
            (Self::Nothing, _) => HiddenValues::None,
            (Self::Everything, _) | (_, None) => HiddenValues::Unknown,
            (Self::Places(places), Some(stored)) => match parsed(stored) {
                Some(document) => HiddenValues::of(places, &document),
                None => HiddenValues::Unknown,
            },
        }
    }

    /// Whether a value at `pointer` is hidden, or holds hidden ones.
    pub(crate) fn touches(&self, pointer: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Places(places) => !places.at(pointer).is_open(),
        }
    }

    /// Whether the message of a problem at `pointer` may quote a hidden value. `rule` is the place in the schema of the rule
    /// that is broken.
    pub(crate) fn may_be_quoted(&self, pointer: &str, rule: &str) -> bool {
        let rule = rule.rsplit('/').next().unwrap_or_default();
        self.hides(pointer) || (self.touches(pointer) && !QUOTING_NOTHING.contains(&rule))
    }

    /// Whether the value at `pointer` itself is hidden.
    pub(crate) fn hides(&self, pointer: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Places(places) => places.at(pointer).is_hidden(),
        }
    }
}

/// The data as a document; `None` if it is not JSON text, or nested too deep.
pub(super) fn parsed(stored: &[u8]) -> Option<Document<'_>> {
    let document = Document::parse(std::str::from_utf8(stored).ok()?).ok()?;
    (document.depth() <= DEEPEST).then_some(document)
}

/// The document with its hidden values masked; `None` if it has none.
fn mask_document(places: &HiddenPlaces, document: &Document<'_>) -> Option<String> {
    let hidden = places.hidden_nodes(document);
    (!hidden.is_empty()).then(|| {
        let (text, mut shown, mut from) = (document.text(), String::new(), 0);
        for node in hidden {
            let range = document.range(node);
            shown.push_str(&text[from..range.start]);
            shown.push_str(MASK_JSON);
            from = range.end;
        }
        shown.push_str(&text[from..]);
        shown
    })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::places::tests::places;
    use super::*;

    pub(crate) fn hiding(patterns: &[&str]) -> Hiding {
        Hiding::Places(Arc::new(places(patterns)))
    }

    fn shown(patterns: &[&str], stored: &str) -> String {
        String::from_utf8(hiding(patterns).mask(stored.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_bytes_around_a_hidden_value_stay_as_they_are() {
        let stored = "{ \"z\":1.0,\t\"c\\u0061rd\" : {\"n\":[4242]} ,\"a\":12345678901234567890,\"e\":\"\\u00e9\" }\n";
        let expected = "{ \"z\":1.0,\t\"c\\u0061rd\" : \"•••\" ,\"a\":12345678901234567890,\"e\":\"\\u00e9\" }\n";
        assert_eq!(shown(&["/card/**"], stored), expected);
        assert_eq!(shown(&["/nothing"], stored), stored);
    }

    #[test]
    fn data_that_is_not_json_is_hidden_as_a_whole() {
        let deep = format!("{}4242{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(
            *hiding(&["/**/x"]).mask(deep.as_bytes()),
            *MASK_JSON.as_bytes()
        );
        for stored in [&b"{oops 4242"[..], b"{\"a\":\"\xff\"}", b"", b"number=4242"] {
            assert_eq!(*hiding(&["/card"]).mask(stored), *MASK_JSON.as_bytes());
            assert_eq!(*Hiding::Nothing.mask(stored), *stored);
        }
        assert_eq!(*Hiding::Everything.mask(b"{}"), *MASK_JSON.as_bytes());
    }

    #[test]
    fn five_megabytes_are_masked_and_put_back() {
        let line = r#"{"q":1.0,"note":"some text","token":"plugh-0123456789"}"#;
        let lines = vec![line; 90_000].join(",");
        let stored = format!(r#"{{"lines":[{lines}]}}"#);
        assert!(stored.len() > 4_900_000);
        let hiding = hiding(&["/lines/*/token", "/**/card"]);
        let shown = hiding.mask(stored.as_bytes());
        let shown = std::str::from_utf8(&shown).unwrap();
        assert!(!shown.contains("plugh"));
        assert_eq!(hiding.unmask(stored.as_bytes(), shown).unwrap(), stored);
        let values = hiding.values(Some(stored.as_bytes()));
        assert_eq!(values.in_text("plugh-0123456789"), "•••");
    }

    #[test]
    fn what_two_policies_hide_is_hidden_by_both_together() {
        let both = hiding(&["/a"]).and(&hiding(&["/b"]));
        assert!(both.hides("/a") && both.hides("/b/c") && !both.hides("/c"));
        assert_eq!(hiding(&["/a"]).and(&Hiding::Nothing), hiding(&["/a"]));
        assert_eq!(hiding(&["/a"]).and(&Hiding::Everything), Hiding::Everything);
        assert!(hiding(&["/a/b"]).touches("/a") && !hiding(&["/a/b"]).hides("/a"));
    }
}
