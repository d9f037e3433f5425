//! Where settings are given, in the order in which they win: a flag over a variable, that over the file.
//!
//! A name that no setting has is a fault in each source: a misspelt setting would otherwise be silently ignored.

pub(super) mod collected;
pub(super) mod file;
pub(super) mod flags;
pub(super) mod variables;

use super::row::SettingRow;

/// Where the value of a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueSource {
    /// Nowhere.
    Default,
    /// A line of the settings file: `bullkeeper.toml line 3`.
    File(String),
    /// A variable of the environment: `BULLKEEPER_BIND`.
    Variable(String),
    /// A flag of the command line: `--bind`.
    Flag(String),
}

impl ValueSource {
    /// The line that tells of a problem with the setting `name`, which was given here.
    fn fault(&self, name: &str, problem: &str) -> String {
        match self {
            Self::Default => format!("{name}: {problem}"),
            Self::File(place) => format!("{place}: {name}: {problem}"),
            Self::Variable(place) | Self::Flag(place) => format!("{place}: {problem}"),
        }
    }

    /// How this source writes the name of a setting.
    fn spelling<'row>(&self, row: &'row SettingRow) -> &'row str {
        match self {
            Self::Default | Self::File(_) => row.name,
            Self::Variable(_) => &row.variable,
            Self::Flag(_) => &row.flag,
        }
    }
}
