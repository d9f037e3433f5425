//! What was given for each setting, by the source that wins, and everything found wrong on the way.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::config::Settings;
use crate::config::error::{Fault, Place};
use crate::config::kinds::{Kind, Shape};
use crate::config::row::{Held, Preset, Row};

/// The texts of one setting and their place.
struct Value {
    texts: Vec<String>,
    place: Place,
}

/// The values of one source after the other; a later one wins over an earlier one.
pub(in crate::config) struct Given {
    cwd: PathBuf,
    values: HashMap<&'static str, Value>,
    faults: Vec<Fault>,
}

impl Given {
    /// Nothing yet. Relative paths in values start from `cwd`.
    pub(in crate::config) fn new(cwd: &Path) -> Self {
        Self {
            cwd: cwd.to_owned(),
            values: HashMap::new(),
            faults: Vec::new(),
        }
    }

    /// Takes the value of one source.
    pub(in crate::config) fn set(&mut self, row: &Row, texts: Vec<String>, place: Place) {
        self.values.insert(row.name, Value { texts, place });
    }

    /// Notes that something is wrong.
    pub(in crate::config) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Notes that what was given for `name` does not fit the other settings.
    pub(in crate::config) fn contradiction(&mut self, name: &str, problem: String) {
        let place = self.place(name).clone();
        self.fault(Fault::of(&place, name, problem));
    }

    /// Where `name` was given.
    pub(in crate::config) fn place(&self, name: &str) -> &Place {
        self.values
            .get(name)
            .map_or(&Place::Default, |value| &value.place)
    }

    /// Everything found wrong.
    pub(in crate::config) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Gives every setting that no source named its default.
    pub(in crate::config) fn fill(&mut self) {
        for row in Settings::ROWS {
            if self.values.contains_key(row.name) {
                continue;
            }
            let text = match row.preset {
                Preset::Is(text) => text,
                Preset::From(other, choose, _) => choose(self.first(other)),
            };
            self.set(row, row.texts(text), Place::Default);
        }
    }

    /// The first text of `name`; the table lists a setting before those whose default follows from it.
    fn first(&self, name: &str) -> &str {
        self.values
            .get(name)
            .and_then(|value| value.texts.first())
            .map_or("", String::as_str)
    }

    /// The typed value of `name`, or nothing and a fault.
    pub(in crate::config) fn read<K: Kind>(&mut self, name: &str, kind: &K) -> Option<K::Value> {
        let value = self.values.get(name)?;
        match kind.read(&value.texts, &self.cwd) {
            Ok(read) => Some(read),
            Err((text, reason)) => {
                let text = if kind.secret() {
                    "the value (not shown)".to_owned()
                } else {
                    format!("{text:?}")
                };
                let problem = format!("{text} {reason}; allowed: {}", kind.allowed());
                let fault = Fault::of(&value.place, name, problem);
                self.fault(fault);
                None
            }
        }
    }

    /// What every setting holds, ready to be shown.
    pub(in crate::config) fn held(&self) -> Vec<Held> {
        let held = |row: &Row| {
            let value = self.values.get(row.name)?;
            Some(Held {
                name: row.name,
                heading: row.heading,
                toml: toml_of(row, &value.texts).to_string(),
                place: value.place.clone(),
            })
        };
        Settings::ROWS.iter().filter_map(held).collect()
    }
}

/// The value as the file would hold it, masked where it is a secret.
fn toml_of(row: &Row, texts: &[String]) -> toml::Value {
    let mut shown = texts
        .iter()
        .map(|text| toml::Value::String(row.kind.shown(text)));
    match row.kind.shape() {
        Shape::Many => toml::Value::Array(shown.collect()),
        Shape::Switch => toml::Value::Boolean(texts.iter().any(|text| text == "true")),
        Shape::One => shown
            .next()
            .unwrap_or_else(|| toml::Value::String(String::new())),
    }
}
