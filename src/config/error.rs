//! The error for wrong settings: all faults at once, each with its place and what is allowed there.

/// Settings that can't be used, with every fault found. The process should end with [`ConfigError::EXIT_CODE`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}\n  {}", heading(faults), faults.join("\n  "))]
pub struct ConfigError {
    faults: Vec<String>,
}

impl ConfigError {
    /// The exit code of the process when its settings are wrong.
    pub const EXIT_CODE: u8 = 2;

    /// Holds at least one fault.
    pub(super) fn new(faults: Vec<String>) -> Self {
        Self { faults }
    }

    /// A line for each fault, in the order of the file, the variables, then the table of settings. It says where the
    /// fault is, what is wrong and what is allowed, and never holds a secret.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

fn heading(faults: &[String]) -> String {
    match faults.len() {
        1 => "a setting is wrong:".to_owned(),
        number => format!("{number} settings are wrong:"),
    }
}
