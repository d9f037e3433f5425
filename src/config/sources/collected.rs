//! The value of each setting from the source that wins, and all faults found on the way.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::ValueSource;
use crate::config::kinds::{SettingKind, ValueForm};
use crate::config::row::{SettingDefault, SettingRow};

/// The given value of one setting.
struct GivenValue {
    texts: Vec<String>,
    source: ValueSource,
}

/// The value of a setting, in a form that may be shown.
#[derive(Debug, Clone)]
pub(in crate::config) struct ShownValue {
    /// As TOML, with secrets masked.
    pub(in crate::config) toml: String,
    pub(in crate::config) source: ValueSource,
}

/// Collects the values of one source after the other; a later one wins.
pub(in crate::config) struct Collected {
    /// Every setting there is.
    rows: &'static [SettingRow],
    folder: PathBuf,
    values: HashMap<&'static str, GivenValue>,
    faults: Vec<String>,
}

impl Collected {
    /// Nothing yet of the settings in `rows`. Relative paths in values start from `folder`.
    pub(in crate::config) fn new(rows: &'static [SettingRow], folder: &Path) -> Self {
        Self {
            rows,
            folder: folder.to_owned(),
            values: HashMap::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Finds the row of a `name` that `source` gives. A name that no setting has is a fault, which names the setting
    /// that was perhaps meant.
    pub(super) fn row(&mut self, name: &str, source: &ValueSource) -> Option<&'static SettingRow> {
        let rows = self.rows;
        let row_of = |name: &str| rows.iter().find(|row| row.name == name);
        if let Some(row) = row_of(name) {
            return Some(row);
        }
        let wanted = name.to_ascii_lowercase().replace('-', "_");
        let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
        let close = similar::get_close_matches(wanted.as_str(), &names, 1, 0.6);
        let hint = match close.first().and_then(|name| row_of(name)) {
            Some(row) => format!("did you mean {}?", source.spelling(row)),
            None => "`bullkeeper config` lists them".to_owned(),
        };
        self.fault(source.fault(name, &format!("there is no such setting; {hint}")));
        None
    }

    /// Takes the value of one source.
    pub(super) fn set(&mut self, row: &SettingRow, texts: Vec<String>, source: ValueSource) {
        self.values.insert(row.name, GivenValue { texts, source });
    }

    /// Adds a fault.
    pub(super) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Adds a fault: the value of `name` does not fit the other settings.
    pub(in crate::config) fn contradiction(&mut self, name: &str, problem: &str) {
        self.fault(self.source(name).fault(name, problem));
    }

    /// The source of `name`.
    pub(in crate::config) fn source(&self, name: &str) -> &ValueSource {
        self.values
            .get(name)
            .map_or(&ValueSource::Default, |value| &value.source)
    }

    /// All faults.
    pub(in crate::config) fn into_faults(self) -> Vec<String> {
        self.faults
    }

    /// Gives its default to every setting that no source named.
    pub(in crate::config) fn fill_defaults(&mut self) {
        for row in self.rows {
            if self.values.contains_key(row.name) {
                continue;
            }
            let text = match row.default {
                SettingDefault::Text(text) => text,
                SettingDefault::DependsOn {
                    setting, choose, ..
                } => {
                    let other = self.values.get(setting);
                    choose(other.map_or("", |value| value.texts.first().map_or("", |text| text)))
                }
            };
            self.set(row, row.values_in(text), ValueSource::Default);
        }
    }

    /// The typed value of `name`; on a fault, adds it and returns nothing.
    pub(in crate::config) fn read<T: 'static>(
        &mut self,
        name: &str,
        kind: &SettingKind<T>,
    ) -> Option<T> {
        let value = self.values.get(name)?;
        match kind.read(&value.texts, &self.folder) {
            Ok(read) => Some(read),
            Err(problem) => {
                let fault = value.source.fault(name, &problem);
                self.fault(fault);
                None
            }
        }
    }

    /// The value of every setting, in the order of the table.
    pub(in crate::config) fn shown(&self) -> Vec<ShownValue> {
        let shown = |row: &SettingRow| {
            let value = self.values.get(row.name)?;
            Some(ShownValue {
                toml: toml_of(row, &value.texts).to_string(),
                source: value.source.clone(),
            })
        };
        self.rows.iter().filter_map(shown).collect()
    }
}

/// The value as the file would hold it, masked if it is a secret.
fn toml_of(row: &SettingRow, texts: &[String]) -> toml::Value {
    let mut shown = texts
        .iter()
        .map(|text| toml::Value::String(row.kind.shown(text)));
    match row.kind.form {
        ValueForm::List => toml::Value::Array(shown.collect()),
        ValueForm::Switch => toml::Value::Boolean(texts.iter().any(|text| text == "true")),
        ValueForm::One => shown
            .next()
            .unwrap_or_else(|| toml::Value::String(String::new())),
    }
}
