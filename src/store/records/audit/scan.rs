//! Entries out of what Redis returns for a part of the log.

use std::borrow::Cow;

use redis::Value;

use crate::domain::audit::entry::{Entry, LoggedEntry};
use crate::domain::audit::field::EntryFields;
use crate::store::connection::reply;

/// The result of reading a part of the log.
#[derive(Debug, Default)]
pub struct AuditScan {
    /// The entries that were kept.
    pub kept: Vec<LoggedEntry>,
    /// How many entries were checked.
    pub entries: usize,
    /// Their size in bytes.
    pub bytes: usize,
    /// The stream id of the last one; `None` if there was none.
    pub last: Option<String>,
}

impl AuditScan {
    pub(super) fn at(answer: Value, keep: &impl Fn(&dyn EntryFields) -> bool) -> Self {
        let mut looked = Self::default();
        let mut last = None;
        for item in reply::items(answer) {
            let parts = reply::items(item);
            let [id, fields] = &parts[..] else { continue };
            looked.entries += 1;
            last = Some(id.clone());
            let Value::Array(values) = fields else {
                continue;
            };
            looked.bytes += values.iter().map(|value| plain(value).len()).sum::<usize>();
            if keep(&Raw(values)) {
                looked.kept.extend(one_recorded(parts));
            }
        }
        looked.last = last.and_then(reply::text);
        looked
    }
}

/// An entry's names and values alternating, as Redis returned them.
struct Raw<'a>(&'a [Value]);

impl EntryFields for Raw<'_> {
    fn field(&self, name: &str) -> Cow<'_, str> {
        let mut pairs = self.0.chunks_exact(2);
        let pair = pairs.find(|pair| plain(&pair[0]) == name.as_bytes());
        let text = pair.and_then(|pair| std::str::from_utf8(plain(&pair[1])).ok());
        Cow::Borrowed(text.unwrap_or_default())
    }
}

/// The bytes of a plain string, without a copy.
fn plain(value: &Value) -> &[u8] {
    match value {
        Value::BulkString(bytes) => bytes,
        Value::SimpleString(text) => text.as_bytes(),
        _ => &[],
    }
}

/// Reads the reply of a stream range.
pub(super) fn recorded(value: Value) -> Vec<LoggedEntry> {
    reply::items(value)
        .into_iter()
        .filter_map(|item| one_recorded(reply::items(item)))
        .collect()
}

fn one_recorded(parts: Vec<Value>) -> Option<LoggedEntry> {
    let mut parts = parts.into_iter();
    let id = parts.next().and_then(reply::text)?;
    let mut fields = reply::texts(parts.next()?).into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        pairs.push((name, value));
    }
    Some(LoggedEntry {
        id,
        entry: Entry::from_fields(pairs),
    })
}
