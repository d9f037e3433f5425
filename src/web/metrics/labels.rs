//! The labels of a queue's series. A label holds what a name may hold, within bounds: names come from Redis, and one of them must
//! not break a scrape.

use std::borrow::Cow;
use std::fmt::Error;

use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder};
use sha2::{Digest, Sha256};

use crate::service::live::snapshot::VersionFigures;

/// The longest label, in bytes. A longer name is cut.
const LONGEST: usize = 128;

/// What is kept of a name that is cut, in bytes.
const KEPT: usize = 100;

/// How many bytes of its digest a changed name ends with, so that two names never become one.
const DIGEST: usize = 6;

/// The labels of a queue. An empty one is left out, which Prometheus takes for the same: the sum of the queues beyond the limit
/// has only a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct QueueLabels {
    prefix: String,
    family: String,
    version: String,
    queue: String,
}

impl QueueLabels {
    pub(super) fn of(version: &VersionFigures) -> Self {
        let queue = &version.figures.queue;
        Self {
            prefix: label(queue.prefix()).into_owned(),
            family: label(&version.lineage.family).into_owned(),
            version: label(&version.lineage.label).into_owned(),
            queue: label(queue.name()).into_owned(),
        }
    }

    pub(super) fn of_rest(prefix: &str) -> Self {
        Self {
            prefix: label(prefix).into_owned(),
            family: String::new(),
            version: String::new(),
            queue: String::new(),
        }
    }
}

impl EncodeLabelSet for QueueLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), Error> {
        let labels = [
            ("prefix", &self.prefix),
            ("family", &self.family),
            ("version", &self.version),
            ("queue", &self.queue),
        ];
        let known = labels.into_iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in known {
            (name, value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

/// A queue's labels with one more.
pub(super) struct With<'a>(
    pub(super) &'a QueueLabels,
    pub(super) &'static str,
    pub(super) &'static str,
);

impl EncodeLabelSet for With<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), Error> {
        self.0.encode(encoder)?;
        (self.1, self.2).encode(encoder.encode_label())
    }
}

/// A name as a label: short, and without control characters but line feeds, which the format escapes. Where something was
/// changed, a part of its digest is added.
fn label(name: &str) -> Cow<'_, str> {
    let is_bad = |character: char| character.is_control() && character != '\n';
    if name.len() <= LONGEST && !name.contains(is_bad) {
        return Cow::Borrowed(name);
    }
    let mut end = name.len().min(KEPT);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let digest = Sha256::digest(name.as_bytes());
    let kept = name[..end].replace(is_bad, "\u{fffd}");
    let digest = base16ct::lower::encode_string(&digest[..DIGEST]);
    Cow::Owned(format!("{kept}… {digest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay_and_others_are_short_and_stay_apart() {
        for name in ["email/v2", "", "ü \"<b>\" \\ \n", &"x".repeat(LONGEST)] {
            assert_eq!(label(name), name);
        }
        let (one, other) = ("ü".repeat(500_000), format!("{}x", "ü".repeat(500_000)));
        let (one, other) = (label(&one), label(&other));
        assert_ne!(one, other);
        // A control character becomes three bytes at most: U+0080 and above have two, and those below one.
        for label in [one, other, label(&"\u{1}".repeat(1_000))] {
            assert!(label.len() <= 3 * KEPT + 16, "{label}");
            assert!(!label.contains(char::is_control), "{label}");
        }
        assert_ne!(label("a\0"), label("a\u{1}"));
    }
}
