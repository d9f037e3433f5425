//! What is said of wrong settings: all of them at once, each with its place and what is allowed there.

use std::fmt;
use std::path::PathBuf;

/// Where a setting's value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere: the value is the default.
    Default,
    /// A line (from 1) of the settings file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A variable of the environment, by its whole name.
    Variable(String),
    /// A flag of the command line, with its dashes.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands; for a value in the file also the setting's name.
    pub place: String,
    /// What is wrong, and what is allowed. Never holds a secret.
    pub problem: String,
}

impl Fault {
    /// A fault of the setting `name`, whose value was given at `place`.
    pub(super) fn of(place: &Place, name: &str, problem: impl Into<String>) -> Self {
        let place = match place {
            Place::Variable(_) | Place::Flag(_) => place.to_string(),
            Place::Default | Place::File { .. } => format!("{place}: {name}"),
        };
        Self {
            place,
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Settings that can't be used, with every fault found. Shown as one line a fault; the process should then end with
/// [`ConfigError::EXIT_CODE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<Fault>,
}

impl ConfigError {
    /// What the process answers when its settings are wrong.
    pub const EXIT_CODE: u8 = 2;

    /// Holds at least one fault.
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of the file, the variables, then the table of settings.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => f.write_str("a setting is wrong:")?,
            number => write!(f, "{number} settings are wrong:")?,
        }
        self.faults
            .iter()
            .try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigError {}
