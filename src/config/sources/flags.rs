//! The settings as flags of the command line. Flags are only collected here: whether a value is right is said in one
//! place, together with what is wrong elsewhere.

use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{DEFAULT_FILE, FILE, Flags};
use crate::config::Settings;
use crate::config::kinds::Shape;
use crate::config::row::Row;

/// The names of the flags in the table's order; clap borrows them for as long as the program runs.
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| Settings::ROWS.iter().map(Row::flag).collect());

/// Which settings a command takes as flags. Others still come from the file and the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagSet {
    /// All of them.
    All,
    /// Where Redis is, and which keys in it.
    Redis,
}

impl FlagSet {
    fn holds(self, row: &Row) -> bool {
        self == Self::All || row.heading == "Redis"
    }

    /// `command` with these flags, under the headings of the table.
    pub fn on(self, command: Command) -> Command {
        let rows = Settings::ROWS.iter().zip(NAMES.iter());
        let wanted = rows.filter(|(row, _)| self.holds(row));
        command
            .arg(file())
            .args(wanted.map(|(row, name)| arg(row, name)))
    }
}

impl Flags {
    /// The flags that were given to a command made by [`FlagSet::on`].
    pub fn of(matches: &ArgMatches) -> Self {
        let mut flags = Self::default();
        let names = Settings::ROWS.iter().map(|row| row.name);
        for name in names.chain([FILE]) {
            if let Ok(Some(values)) = matches.try_get_many::<String>(name) {
                flags.add(name, values.cloned().collect());
            }
        }
        flags
    }
}

fn file() -> Arg {
    Arg::new(FILE)
        .long(FILE)
        .value_name("FILE")
        .help_heading("Settings file")
        .help(format!(
            "The TOML file of settings [default: {DEFAULT_FILE}, if there is one] [variable: BULLKEEPER_CONFIG]"
        ))
}

fn arg(row: &'static Row, name: &'static str) -> Arg {
    let arg = Arg::new(row.name)
        .long(name)
        .value_name(row.kind.placeholder())
        .help_heading(row.heading)
        .help(help(row))
        .long_help(long_help(row));
    match row.kind.shape() {
        Shape::One => arg,
        Shape::Many => arg.action(ArgAction::Append),
        Shape::Switch => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

fn help(row: &Row) -> String {
    match row.default() {
        // Too long for a line that is to be skimmed.
        text if text.is_empty() || text.len() > 60 => row.help(),
        text => format!("{} [default: {text}]", row.help()),
    }
}

fn long_help(row: &Row) -> String {
    let default = match row.default() {
        "" => "none",
        text => text,
    };
    let repeated = match row.kind.shape() {
        Shape::Many => {
            " Commas part the values, and the flag may be repeated; a value with a comma in it needs an array in the file."
        }
        Shape::One | Shape::Switch => "",
    };
    format!(
        "{}{repeated}\n  allowed: {}\n  default: {default}\n  variable: {}",
        row.help(),
        row.kind.allowed(),
        row.variable()
    )
}
