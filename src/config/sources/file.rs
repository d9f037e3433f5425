//! The settings file.

use std::io::ErrorKind;

use toml::de::{DeTable, DeValue};

use super::ValueSource;
use super::collected::Collected;
use crate::config::kinds::ValueForm;

/// The settings file that is read when no other is named and it exists.
pub(in crate::config) const DEFAULT_FILE: &str = "bullkeeper.toml";

/// What names another settings file, which can't name itself: the flag `--config` or the variable `BULLKEEPER_CONFIG`.
pub(in crate::config) const FILE: &str = "config";

/// Takes the settings of the file. `named` holds its path and what named it; only the default file may be missing.
pub(in crate::config) fn read(named: Option<(&str, &str)>, collected: &mut Collected) {
    let (path, named_by) = named.unwrap_or((DEFAULT_FILE, DEFAULT_FILE));
    let text = match std::fs::read_to_string(collected.folder().join(path)) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => return,
        Err(error) => {
            collected.fault(format!(
                "{named_by}: {path:?} can't be read ({error}); allowed: a TOML file"
            ));
            return;
        }
    };
    let place = |at: usize| {
        let line = text[..at.min(text.len())].matches('\n').count() + 1;
        format!("{path} line {line}")
    };
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let place = place(error.span().map_or(0, |span| span.start));
        collected.fault(format!("{place}: {}", error.message()));
    }
    if !errors.is_empty() {
        // The rest of a broken file would only add faults that vanish with the first.
        return;
    }
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let source = ValueSource::File(place(name.span().start));
        read_entry(name.get_ref(), value.get_ref(), source, collected);
    }
}

/// Takes one `name = value`.
fn read_entry(name: &str, value: &DeValue<'_>, source: ValueSource, collected: &mut Collected) {
    let Some(row) = collected.row(name, &source) else {
        return;
    };
    let values = match (value, row.kind.form) {
        (DeValue::Array(items), ValueForm::List) => {
            items.iter().map(|item| text_of(item.get_ref())).collect()
        }
        (one, _) => text_of(one).map(|text| row.values_in(&text)),
    };
    match values {
        Some(values) => collected.set(row, values, source),
        None => {
            let problem = format!(
                "a value of type {} is not taken here; allowed: {}",
                value.type_str(),
                row.kind.allowed
            );
            collected.fault(source.fault(name, &problem));
        }
    }
}

/// The text that a kind reads, of a string, a number or a boolean.
fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(number.to_string())
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
