//! Every setting, from the table that declares it to the typed [`Settings`] that the rest of the program uses.
//!
//! Defaults give way to the settings file, that to the `BULLKEEPER_…` variables, and those to the flags. This is the
//! only place that reads the environment. What is wrong is collected and told at once, as a [`ConfigError`].

mod error;
mod kinds;
#[cfg(test)]
mod list_tests;
mod row;
mod secret;
mod show;
mod sources;
mod table;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

pub use error::{ConfigError, Fault};
pub use kinds::choices::{EnvironmentColor, LogFormat, SecureCookies};
pub use kinds::redis_url::RedisUrl;
pub use secret::Secret;
pub use sources::Flags;
pub use sources::flags::FlagSet;
pub use table::Settings;

use error::Place;
use sources::Variables;
use sources::collected::Given;

impl Settings {
    /// The settings of this process: its environment and its working directory, under `flags`.
    ///
    /// Fails with every wrong setting at once.
    pub fn from_process(flags: &Flags) -> Result<Self, ConfigError> {
        // Without a working directory, relative paths fail where they are used, and name themselves.
        let cwd = std::env::current_dir().unwrap_or_default();
        Self::load(flags, std::env::vars_os(), &cwd)
    }

    /// The settings that `flags`, the variables `env` and the settings file say; relative paths, and the default
    /// settings file, are looked for in `cwd`.
    ///
    /// Fails with every wrong setting at once.
    pub fn load(
        flags: &Flags,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        cwd: &Path,
    ) -> Result<Self, ConfigError> {
        let mut given = Given::new(cwd);
        let variables = Variables::of(env, &mut given);
        let (file, named) = sources::file(flags, &variables);
        sources::read_file(&mut given, cwd, &file, named.as_ref());
        variables.read(&mut given);
        flags.read(&mut given);
        Self::settle(given)
    }

    /// Settings from names and texts alone, commas between the values of a list; neither file nor variable is read.
    ///
    /// Fails with every wrong setting at once.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Result<Self, ConfigError> {
        let mut flags = Flags::default();
        for (name, text) in pairs {
            flags.add(name, vec![(*text).to_owned()]);
        }
        let mut given = Given::new(Path::new(""));
        flags.read(&mut given);
        Self::settle(given)
    }

    /// Fills in the defaults, reads every value and compares those that depend on each other.
    fn settle(mut given: Given) -> Result<Self, ConfigError> {
        given.fill();
        let settings = Self::read(&mut given);
        if let Some(settings) = &settings {
            settings.compare(&mut given);
        }
        match (settings, given.into_faults()) {
            (Some(settings), faults) if faults.is_empty() => Ok(settings),
            (_, faults) => Err(ConfigError::new(faults)),
        }
    }

    /// Notes settings that are right alone and wrong together.
    fn compare(&self, given: &mut Given) {
        let inside = format!("{}:", self.namespace);
        let clash = |prefix: &&String| **prefix == self.namespace || prefix.starts_with(&inside);
        let Some(prefix) = self.prefix.iter().find(clash) else {
            return;
        };
        // Said of the one that somebody set.
        let name = match given.place("namespace") {
            Place::Default => "prefix",
            _ => "namespace",
        };
        let problem = format!(
            "the queue prefix {prefix:?} lies among Bullkeeper's own keys, which begin with {:?}; \
             allowed: a prefix and a namespace apart from each other",
            self.namespace
        );
        given.contradiction(name, problem);
    }

    /// Whether cookies carry the `Secure` attribute.
    pub fn cookies_are_secure(&self) -> bool {
        match self.secure_cookies {
            SecureCookies::Always => true,
            SecureCookies::Never => false,
            SecureCookies::Auto => !self.bind.ip().is_loopback(),
        }
    }
}

/// The pattern by which queue names split unless another is set.
#[cfg(test)]
pub(crate) fn default_version_pattern() -> regex::Regex {
    regex::Regex::new(kinds::text_values::VERSION_PATTERN)
        .expect("the default pattern is a regular expression")
}
