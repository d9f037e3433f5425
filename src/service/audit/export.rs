//! The audit log as a file: JSON lines, or CSV that a spreadsheet can open without running anything.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::audit::entry::LoggedEntry;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_format)]
pub enum ExportFormat {
    /// One JSON object a line, with every field that is not empty.
    #[strum(serialize = "jsonl")]
    JsonLines,
    /// A line of column names, then one line for each entry.
    Csv,
}

/// What is said of a text that names no format.
fn no_format(text: &str) -> String {
    format!("There is no export format {text:?}; the formats are jsonl and csv.")
}

impl ExportFormat {
    /// All formats; the first is the default.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The name by which a format is asked for, which also ends the file's name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it looks like.
    pub fn description(self) -> &'static str {
        match self {
            Self::JsonLines => "One JSON object a line",
            Self::Csv => "Comma-separated values with a heading",
        }
    }

    /// The media type (RFC 4180 for CSV).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What comes before the first entry.
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::JsonLines => Vec::new(),
            Self::Csv => {
                let names = crate::domain::audit::entry::Entry::from_fields([]);
                let names = names.all().into_iter().map(|(name, _)| name);
                csv_line(std::iter::once("id").chain(names))
            }
        }
    }

    /// One entry.
    pub fn line(self, recorded: &LoggedEntry) -> Vec<u8> {
        match self {
            Self::JsonLines => {
                let mut object = serde_json::Map::new();
                object.insert("id".to_owned(), recorded.id.clone().into());
                for (name, value) in recorded.entry.fields() {
                    object.insert(name.to_owned(), value.into_owned().into());
                }
                let mut line = serde_json::Value::Object(object).to_string().into_bytes();
                line.push(b'\n');
                line
            }
            Self::Csv => {
                let fields = recorded.entry.all();
                let values: Vec<String> = fields
                    .iter()
                    .map(|(_, value)| without_formula(value))
                    .collect();
                let values = values.iter().map(String::as_str);
                csv_line(std::iter::once(recorded.id.as_str()).chain(values))
            }
        }
    }
}

/// Signs that make a spreadsheet run a cell as a formula if the cell begins with one (OWASP, CSV injection).
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Characters that a spreadsheet may take for the end of a cell, depending on its locale. Quotes do not help: if `;`
/// separates, a line made with commas has its quotes in the middle of cells. A comma is safe: if it separates, the quotes
/// hold.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// Whether a spreadsheet skips the character before a formula, or broken quotes leave it there.
fn is_skipped(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\u{feff}' | '\u{200b}')
}

/// The value, changed so that no cell that a spreadsheet makes of it is a formula: a quote before the sign makes it text. A
/// plain number stays, signed or not, since its value is the same either way.
pub(crate) fn without_formula(value: &str) -> String {
    let is_number = !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && value.parse::<f64>().is_ok();
    if is_number {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len() + 1);
    // Some programs drop these at the start, or take them for separators (OWASP).
    if value.starts_with(['\t', '\r']) {
        text.push('\'');
    }
    let mut begins_cell = true;
    for c in value.chars() {
        if begins_cell && FORMULA.contains(&c) {
            text.push('\'');
        }
        text.push(c);
        begins_cell = SEPARATORS.contains(&c) || begins_cell && is_skipped(c);
    }
    text
}

pub(crate) fn csv_line<'a>(values: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(values);
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Operator;
    use crate::domain::audit::action::{AuditAction, AuditOutcome};
    use crate::domain::audit::entry::Entry;
    use crate::domain::operations::Operation;

    fn recorded(reason: &str) -> LoggedEntry {
        let entry = Entry::new(
            &Operator::console(),
            AuditAction::Operate(Operation::Retry),
            AuditOutcome::Applied,
        )
        .reason(reason);
        let id = "1-0".to_owned();
        LoggedEntry { id, entry }
    }

    #[test]
    fn csv_quotes_what_must_be_quoted_and_makes_formulas_text() {
        let line = ExportFormat::Csv.line(&recorded("=HYPERLINK(\"x\",\n1)"));
        let line = String::from_utf8(line).unwrap();
        assert!(line.contains("\"'=HYPERLINK(\"\"x\"\",\n1)\""), "{line}");
    }

    #[test]
    fn no_cell_is_a_formula_whatever_separates_cells_and_numbers_stay() {
        for (value, expected) in [
            ("=1+1", "'=1+1"),
            (" \u{a0}@x", " \u{a0}'@x"),
            ("\t=1", "'\t'=1"),
            ("\tx", "'\tx"),
            ("\u{feff}＝1", "\u{feff}'＝1"),
            ("a;=1", "a;'=1"),
            ("a; \"-x", "a; \"'-x"),
            ("a\n+x", "a\n'+x"),
            ("a\r\n＠x", "a\r\n'＠x"),
            ("\"=x", "\"'=x"),
            ("-5", "-5"),
            ("+1.5e3", "+1.5e3"),
            ("-5+x", "'-5+x"),
            ("-inf", "'-inf"),
            ("a=b", "a=b"),
            ("2026-03-01", "2026-03-01"),
            ("a,=1", "a,=1"),
            ("", ""),
        ] {
            assert_eq!(without_formula(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_json_line_is_one_line_whatever_is_in_it() {
        let line = ExportFormat::JsonLines.line(&recorded("two\nlines"));
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(value["reason"], "two\nlines");
    }
}
