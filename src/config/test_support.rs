//! Settings as the tests give them: by flags, variables and a file.

#![allow(clippy::unwrap_used)]

use std::ffi::OsString;

use tempfile::TempDir;

use super::sources::flags::Flags;

/// Flags by their names in the file.
pub(super) fn flags(pairs: &[(&str, &[&str])]) -> Flags {
    let mut flags = Flags::default();
    for (name, values) in pairs {
        flags.add(name, values.iter().map(|&value| value.to_owned()).collect());
    }
    flags
}

/// Variables of the environment.
pub(super) fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    pairs.iter().map(pair).collect()
}

/// A folder with a settings file.
pub(super) fn folder(toml: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("bullkeeper.toml"), toml).unwrap();
    folder
}
