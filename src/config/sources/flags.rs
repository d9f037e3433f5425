//! The settings as flags of the command line. clap only collects them; values are checked together with those of all other
//! sources.

use std::collections::BTreeMap;
use std::fmt;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::ValueSource;
use super::collected::Collected;
use super::file::{DEFAULT_FILE, FILE};
use crate::config::kinds::ValueForm;
use crate::config::row::SettingRow;
use crate::config::table::Settings;

/// The settings given as flags, by the setting's name. `Debug` shows the names only, since values may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Flags(BTreeMap<String, Vec<String>>);

impl Flags {
    /// The flags that were given to a command made by [`FlagSet::on`].
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut flags = Self::default();
        let names = Settings::rows().iter().map(|row| row.name);
        for name in names.chain([FILE]) {
            if let Ok(Some(values)) = matches.try_get_many::<String>(name) {
                flags.add(name, values.cloned().collect());
            }
        }
        flags
    }

    /// Adds the values of the setting `name`, as written in the file.
    pub(in crate::config) fn add(&mut self, name: &str, values: Vec<String>) {
        self.0.insert(name.to_owned(), values);
    }

    /// The path of the settings file, if a flag names one.
    pub(in crate::config) fn file(&self) -> Option<&str> {
        self.0.get(FILE)?.first().map(String::as_str)
    }

    /// Adds every flag except the file's.
    pub(in crate::config) fn read(&self, collected: &mut Collected) {
        for (name, values) in self.0.iter().filter(|(name, _)| *name != FILE) {
            let source = ValueSource::Flag(format!("--{}", name.replace('_', "-")));
            if let Some(row) = collected.row(name, &source) {
                let values = values.iter().flat_map(|value| row.values_in(value));
                collected.set(row, values.collect(), source);
            }
        }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// The settings that a command takes as flags. The others still come from the file and the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagSet {
    All,
    /// Where Redis is, and which keys in it.
    Redis,
}

impl FlagSet {
    /// `command` with these flags, under the headings of the table.
    pub(crate) fn on(self, command: Command) -> Command {
        let rows = Settings::rows().iter();
        let wanted = rows.filter(|row| self == Self::All || row.heading == "Redis");
        command.arg(file_arg()).args(wanted.map(arg))
    }
}

fn file_arg() -> Arg {
    Arg::new(FILE)
        .long(FILE)
        .value_name("FILE")
        .help_heading("Settings file")
        .help(format!(
            "The TOML file of settings [default: {DEFAULT_FILE}, if there is one] [variable: BULLKEEPER_CONFIG]"
        ))
}

fn arg(row: &'static SettingRow) -> Arg {
    let arg = Arg::new(row.name)
        .long(row.flag.trim_start_matches('-'))
        .value_name(row.kind.placeholder)
        .help_heading(row.heading)
        .help(help(row))
        .long_help(long_help(row));
    match row.kind.form {
        ValueForm::One => arg,
        ValueForm::List => arg.action(ArgAction::Append),
        ValueForm::Switch => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

fn help(row: &SettingRow) -> String {
    match row.default_in_words() {
        // Too long for a help line.
        text if text.is_empty() || text.len() > 60 => row.help.clone(),
        text => format!("{} [default: {text}]", row.help),
    }
}

fn long_help(row: &SettingRow) -> String {
    let default = match row.default_in_words() {
        "" => "none",
        text => text,
    };
    let repeated = match row.kind.form {
        ValueForm::List => {
            " Commas part the values, and the flag may be repeated; a value with a comma in it needs an array in the file."
        }
        ValueForm::One | ValueForm::Switch => "",
    };
    format!(
        "{}{repeated}\n  allowed: {}\n  default: {default}\n  variable: {}",
        row.help, row.kind.allowed, row.variable
    )
}
