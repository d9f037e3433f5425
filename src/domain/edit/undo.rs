//! The data of a job before an edit, from the audit entry of the edit and the data that it left.

use crate::domain::audit::before_piece::BeforePiece;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::large_change::TextKept;
use crate::domain::edit::patch::Patch;
use crate::domain::job::{Revision, StoredJob};

/// The field for data as a job's hash holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DataField {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The job has no such field. BullMQ reads it as `{}`.
    Absent,
}

impl DataField {
    /// The field of a job.
    pub(crate) fn of(job: &StoredJob) -> Self {
        match job.lacks_data {
            true => Self::Absent,
            false => Self::Bytes(job.data.clone()),
        }
    }

    /// What BullMQ reads, as far as it is text: it reads an empty field and one that is missing as `{}`.
    pub(crate) fn as_read(&self) -> Option<&str> {
        match self {
            Self::Absent => Some("{}"),
            Self::Bytes(bytes) if bytes.is_empty() => Some("{}"),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        }
    }

    /// The stored bytes; empty for none.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Absent => &[],
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Why the data before an edit can't be restored from its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRestorable {
    /// A value was hidden in the audit log.
    #[error("The audit log hides values of this change, so it does not hold the data from before.")]
    Hidden,
    /// What was kept beside the entry is gone.
    #[error("The data from before was stored beside the audit entry and is no longer available.")]
    Gone,
    /// The entry holds the values, but not how they were written.
    #[error(
        "The audit entry holds the values from before, but not the exact text: the order of keys or the way a value was written would differ."
    )]
    Inexact,
}

/// Compares data with the digest in an entry, which may be keyed.
pub(crate) type IsDigest<'a> = &'a dyn Fn(&Revision, &str) -> bool;

/// Whether an edit left this data.
pub(crate) fn was_left_by(entry: &Entry, data: &DataField, is: IsDigest<'_>) -> bool {
    is_digest_of(data, &entry.after, is)
}

/// Whether an edit was made from this data.
pub(crate) fn was_before(entry: &Entry, data: &DataField, is: IsDigest<'_>) -> bool {
    is_digest_of(data, &entry.before, is)
}

fn is_digest_of(data: &DataField, digest: &str, is: IsDigest<'_>) -> bool {
    match data {
        // Entries hold no digest of data that is not there.
        DataField::Absent => digest.is_empty(),
        DataField::Bytes(bytes) => !digest.is_empty() && is(&Revision::of(bytes), digest),
    }
}

/// The data before an edit. `whole` is the text that is kept compressed beside the entry, `after` what the edit left.
///
/// # Errors
///
/// Why the entry does not give it back byte for byte.
pub(crate) fn data_before(
    entry: &Entry,
    whole: Option<Vec<u8>>,
    after: &DataField,
    is: IsDigest<'_>,
) -> Result<DataField, NotRestorable> {
    if entry.before.is_empty() {
        return Ok(DataField::Absent);
    }
    let candidate = match entry.large.value().map(|large| large.kept) {
        Some(TextKept::Whole) => Some(whole.ok_or(NotRestorable::Gone)?),
        Some(TextKept::Redacted | TextKept::Nothing) => return Err(NotRestorable::Hidden),
        None if !entry.apart.is_empty() => return Err(NotRestorable::Gone),
        None => kept_in(entry, after),
    };
    if let Some(bytes) = candidate
        && was_before(entry, &DataField::Bytes(bytes.clone()), is)
    {
        return Ok(DataField::Bytes(bytes));
    }
    if was_before(entry, &DataField::Bytes(Vec::new()), is) {
        return Ok(DataField::Bytes(Vec::new()));
    }
    match entry.patch.contains("\"redacted:") {
        true => Err(NotRestorable::Hidden),
        false => Err(NotRestorable::Inexact),
    }
}

/// The data before, from the fields of the entry.
fn kept_in(entry: &Entry, after: &DataField) -> Option<Vec<u8>> {
    if !entry.before_text.is_empty() {
        return Some(entry.before_text.clone().into_bytes());
    }
    // An edit of a job without data began with `{}`, and an undo may have left none.
    let after = match after {
        DataField::Absent => b"{}",
        DataField::Bytes(bytes) => &bytes[..],
    };
    if let Some(piece) = BeforePiece::parse(&entry.before_piece) {
        return piece.put_back(after);
    }
    let patch = Patch::parse(&entry.patch).ok()?;
    let undone = patch.undone_in(std::str::from_utf8(after).ok()?)?;
    Some(undone.into_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(before: &str, fields: &[(&str, &str)]) -> Entry {
        let digest = Revision::of(before.as_bytes()).as_str().to_owned();
        let fields = fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Entry::from_fields(fields.chain([("before".to_owned(), digest)]))
    }

    fn restored(entry: &Entry, after: &str) -> Result<String, NotRestorable> {
        let after = DataField::Bytes(after.as_bytes().to_vec());
        let is = |revision: &Revision, digest: &str| revision.as_str() == digest;
        let data = data_before(entry, None, &after, &is)?;
        Ok(String::from_utf8(data.bytes().to_vec()).unwrap())
    }

    const PATCH: &str = r#"[{"op":"test","path":"/a","value":1},{"op":"remove","path":"/a"}]"#;

    #[test]
    fn a_patch_gives_the_data_before_where_it_gives_every_byte() {
        let last = entry(r#"{"b":2,"a":1}"#, &[("patch", PATCH)]);
        assert_eq!(restored(&last, r#"{"b":2}"#).unwrap(), r#"{"b":2,"a":1}"#);
        let first = entry(r#"{"a":1,"b":2}"#, &[("patch", PATCH)]);
        assert_eq!(restored(&first, r#"{"b":2}"#), Err(NotRestorable::Inexact));
        let piece = [("patch", PATCH), ("before_piece", "2 0 a\":1,\"")];
        let first = entry(r#"{"a":1,"b":2}"#, &piece);
        assert_eq!(restored(&first, r#"{"b":2}"#).unwrap(), r#"{"a":1,"b":2}"#);
    }

    #[test]
    fn what_was_hidden_or_is_gone_is_not_restored() {
        let hidden =
            r#"[{"op":"test","path":"/a","value":"redacted:00"},{"op":"remove","path":"/a"}]"#;
        let hidden = entry(r#"{"a":1}"#, &[("patch", hidden)]);
        assert_eq!(restored(&hidden, "{}"), Err(NotRestorable::Hidden));
        for (field, why) in [
            ("zlib-redacted 1 1", NotRestorable::Hidden),
            ("none 1 1", NotRestorable::Hidden),
            ("zlib 1 1", NotRestorable::Gone),
        ] {
            let large = entry(r#"{"a":1}"#, &[("large", field)]);
            assert_eq!(restored(&large, "{}"), Err(why));
        }
        let apart = entry(r#"{"a":1}"#, &[("apart", "1")]);
        assert_eq!(restored(&apart, "{}"), Err(NotRestorable::Gone));
    }

    #[test]
    fn data_that_was_empty_or_missing_is_restored_as_such() {
        let empty = entry("", &[("patch", r#"[{"op":"add","path":"","value":1}]"#)]);
        assert_eq!(restored(&empty, "1").unwrap(), "");
        let is = |_: &Revision, _: &str| false;
        let after = DataField::Bytes(b"1".to_vec());
        let missing = data_before(&Entry::from_fields([]), None, &after, &is);
        assert_eq!(missing, Ok(DataField::Absent));
    }
}
