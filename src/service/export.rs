//! The audit log as a file: JSON lines, or CSV that a spreadsheet can open without running anything.

use crate::domain::audit::Recorded;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line, with every field that is not empty.
    JsonLines,
    /// A line of names, then every field of every entry.
    Csv,
}

impl ExportFormat {
    /// The media type (RFC 4180 for CSV).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// How the file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// What comes before the first entry.
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::JsonLines => Vec::new(),
            Self::Csv => {
                let names = crate::domain::audit::Entry::from_fields([]);
                let names = names.all().map(|(name, _)| name);
                csv_line(std::iter::once("id").chain(names))
            }
        }
    }

    /// One entry.
    pub fn line(self, recorded: &Recorded) -> Vec<u8> {
        match self {
            Self::JsonLines => {
                let mut object = serde_json::Map::new();
                object.insert("id".to_owned(), recorded.id.clone().into());
                for (name, value) in recorded.entry.fields() {
                    object.insert(name.to_owned(), value.into());
                }
                let mut line = serde_json::Value::Object(object).to_string().into_bytes();
                line.push(b'\n');
                line
            }
            Self::Csv => {
                let values = recorded
                    .entry
                    .all()
                    .map(|(_, value)| without_formula(value));
                let values = values.iter().map(String::as_str);
                csv_line(std::iter::once(recorded.id.as_str()).chain(values))
            }
        }
    }
}

/// A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection): a quote before it
/// makes it text.
pub(super) fn without_formula(value: &str) -> String {
    match value.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        true => format!("'{value}"),
        false => value.to_owned(),
    }
}

pub(super) fn csv_line<'a>(values: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(values);
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Operator;
    use crate::domain::act::{Act, Outcome};
    use crate::domain::audit::Entry;

    fn recorded(reason: &str) -> Recorded {
        let entry = Entry::new(&Operator::console(), Act::Retry, Outcome::Applied).reason(reason);
        let id = "1-0".to_owned();
        Recorded { id, entry }
    }

    #[test]
    fn csv_quotes_what_must_be_quoted_and_makes_formulas_text() {
        let line = ExportFormat::Csv.line(&recorded("=HYPERLINK(\"x\",\n1)"));
        let line = String::from_utf8(line).unwrap();
        assert!(line.contains("\"'=HYPERLINK(\"\"x\"\",\n1)\""), "{line}");
    }

    #[test]
    fn a_json_line_is_one_line_whatever_is_in_it() {
        let line = ExportFormat::JsonLines.line(&recorded("two\nlines"));
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(value["reason"], "two\nlines");
    }
}
