//! Where settings are given: the file, the variables and the flags, in the order in which they win.
//!
//! A name that no setting has is a fault in each of them: a misspelt setting would otherwise be silently ignored.

pub(in crate::config) mod collected;
pub(in crate::config) mod flags;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::config::Settings;
use crate::config::error::{Fault, Place};
use crate::config::kinds::Shape;
use crate::config::row::{Row, VARIABLES};
use collected::Given;

/// The settings file that is read when no other is named and it exists.
pub(in crate::config) const DEFAULT_FILE: &str = "bullkeeper.toml";

/// The name of the flag and variable that name the settings file, which can't name itself.
pub(in crate::config) const FILE: &str = "config";

/// The settings given as flags, by the setting's name. `Debug` shows the names only, since values may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Flags(Vec<(String, Vec<String>)>);

impl Flags {
    /// Notes the values of the setting `name` (with underscores, as in the file).
    pub(in crate::config) fn add(&mut self, name: &str, values: Vec<String>) {
        self.0.push((name.to_owned(), values));
    }

    fn get(&self, name: &str) -> Option<&[String]> {
        let (_, values) = self.0.iter().find(|(given, _)| given == name)?;
        Some(values)
    }

    /// Takes every flag but the file's.
    pub(in crate::config) fn read(&self, given: &mut Given) {
        for (name, values) in self.0.iter().filter(|(name, _)| name != FILE) {
            match row(name) {
                Some(row) => given.set(
                    row,
                    values.iter().flat_map(|value| row.texts(value)).collect(),
                    Place::Flag(format!("--{}", row.flag())),
                ),
                None => given.fault(unknown(format!("--{name}"), name, |row| {
                    format!("--{}", row.flag())
                })),
            }
        }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The variables that begin with `BULLKEEPER_`, each with its name after that.
pub(in crate::config) struct Variables(Vec<(String, String)>);

impl Variables {
    /// Takes Bullkeeper's own out of `env`.
    pub(in crate::config) fn of(
        env: impl IntoIterator<Item = (OsString, OsString)>,
        given: &mut Given,
    ) -> Self {
        let mut own = Vec::new();
        for (name, value) in env {
            let name = name.to_string_lossy().into_owned();
            let Some(rest) = name.strip_prefix(VARIABLES) else {
                continue;
            };
            match value.into_string() {
                Ok(value) if service_link(rest, &value) => {}
                Ok(value) => own.push((rest.to_ascii_lowercase(), value)),
                Err(_) => given.fault(Fault {
                    place: name,
                    problem: "the value is not UTF-8 text".to_owned(),
                }),
            }
        }
        own.sort();
        Self(own)
    }

    /// Takes every variable but the file's.
    pub(in crate::config) fn read(&self, given: &mut Given) {
        for (name, value) in self.0.iter().filter(|(name, _)| name != FILE) {
            match row(name) {
                Some(row) => given.set(row, row.texts(value), Place::Variable(row.variable())),
                None => {
                    let place = format!("{VARIABLES}{}", name.to_ascii_uppercase());
                    given.fault(unknown(place, name, Row::variable));
                }
            }
        }
    }
}

/// Whether a variable is one that Kubernetes puts into every container for a service whose name begins with
/// `bullkeeper`: `BULLKEEPER_SERVICE_HOST`, `BULLKEEPER_PORT=tcp://…`, `BULLKEEPER_PORT_3000_TCP_ADDR`, ….
fn service_link(rest: &str, value: &str) -> bool {
    let rest = format!("_{rest}");
    let protocol = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    rest.ends_with("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT")
        || (rest.ends_with("_PORT") && protocol)
        || rest
            .split_once("_PORT_")
            .is_some_and(|(_, after)| after.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// The settings file to read and whether it must exist: a flag's, a variable's, or the default one.
pub(in crate::config) fn file(flags: &Flags, variables: &Variables) -> (PathBuf, Option<Place>) {
    if let Some(path) = flags.get(FILE).and_then(|values| values.first()) {
        return (path.into(), Some(Place::Flag(format!("--{FILE}"))));
    }
    let variable = variables.0.iter().find(|(name, _)| name == FILE);
    if let Some((_, path)) = variable {
        let place = format!("{VARIABLES}{}", FILE.to_ascii_uppercase());
        return (path.into(), Some(Place::Variable(place)));
    }
    (DEFAULT_FILE.into(), None)
}

/// Reads the settings file `path`, which `named` says where it was named; only the default one may be missing.
pub(in crate::config) fn read_file(
    given: &mut Given,
    cwd: &Path,
    path: &Path,
    named: Option<&Place>,
) {
    let text = match std::fs::read_to_string(cwd.join(path)) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => {
            let place = named.map_or_else(|| path.display().to_string(), Place::to_string);
            let problem = format!("{path:?} can't be read ({error}); allowed: a TOML file");
            given.fault(Fault { place, problem });
            return;
        }
    };
    let place = |at: usize| Place::File {
        path: path.to_owned(),
        line: text[..at.min(text.len())].matches('\n').count() + 1,
    };
    let (table, errors) = DeTable::parse_recoverable(&text);
    if !errors.is_empty() {
        for error in errors {
            let place = place(error.span().map_or(0, |span| span.start));
            given.fault(Fault {
                place: place.to_string(),
                problem: error.message().to_owned(),
            });
        }
        // What a broken file seems to say would only add faults that go away with the first.
        return;
    }
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let place = place(name.span().start);
        read_entry(given, name.get_ref(), value.get_ref(), place);
    }
}

/// Takes one `name = value` of the file.
fn read_entry(given: &mut Given, name: &str, value: &DeValue<'_>, place: Place) {
    let Some(row) = row(name) else {
        let named = format!("{place}: {name}");
        given.fault(unknown(named, name, |row| row.name.to_owned()));
        return;
    };
    let texts = match (value, row.kind.shape()) {
        (DeValue::Array(items), Shape::Many) => {
            items.iter().map(|item| scalar(item.get_ref())).collect()
        }
        (one, _) => scalar(one).map(|text| row.texts(&text)),
    };
    match texts {
        Some(texts) => given.set(row, texts, place),
        None => {
            let problem = format!(
                "a value of type {} is not taken here; allowed: {}",
                value.type_str(),
                row.kind.allowed()
            );
            given.fault(Fault::of(&place, name, problem));
        }
    }
}

/// The text that a kind reads, of a string, a number or a boolean.
fn scalar(value: &DeValue<'_>) -> Option<String> {
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

fn row(name: &str) -> Option<&'static Row> {
    Settings::ROWS.iter().find(|row| row.name == name)
}

/// The fault of a `name` that no setting has; `spelt` writes the name of the one that was perhaps meant.
fn unknown(place: String, name: &str, spelt: impl Fn(&Row) -> String) -> Fault {
    let wanted = name.to_ascii_lowercase().replace('-', "_");
    let names: Vec<&str> = Settings::ROWS.iter().map(|row| row.name).collect();
    let close = similar::get_close_matches(wanted.as_str(), &names, 1, 0.6);
    let hint = close.first().and_then(|name| row(name)).map_or_else(
        || "`bullkeeper config` lists them".to_owned(),
        |row| format!("did you mean {}?", spelt(row)),
    );
    Fault {
        place,
        problem: format!("there is no such setting; {hint}"),
    }
}
