//! Every setting, from the table that declares it to the typed [`Settings`] that the rest of the program uses.
//!
//! Flags win over the `BULLKEEPER_…` variables, those over the settings file, and that over the defaults. This is the
//! only place that reads the environment. Everything that is wrong is told at once, as a [`ConfigError`].

mod alerts;
mod error;
mod kinds;
#[cfg(test)]
mod list_tests;
mod row;
mod show;
mod sources;
mod table;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

pub use error::ConfigError;
pub use kinds::choices::{EnvironmentColor, LogFormat, SecureCookies};
pub use kinds::redis_url::RedisUrl;
pub(crate) use sources::flags::FlagSet;
pub use sources::flags::Flags;
pub use table::Settings;

use sources::collected::Collected;
use sources::{ValueSource, file, variables};

impl Settings {
    /// The settings of this process, from `flags`, its environment and the settings file in its working directory.
    ///
    /// Fails with every wrong setting at once.
    pub fn from_process(flags: &Flags) -> Result<Self, ConfigError> {
        // Without a working directory, relative paths fail where they are used, and name themselves.
        let folder = std::env::current_dir().unwrap_or_default();
        Self::load(flags, std::env::vars_os(), &folder)
    }

    /// The settings from `flags`, the variables `env` and the settings file. Relative paths, and that of the file, start
    /// from `folder`.
    pub(crate) fn load(
        flags: &Flags,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> Result<Self, ConfigError> {
        let mut collected = Collected::new(Self::rows(), folder);
        let mut variables = variables::find(env, &mut collected);
        let variable = variables.remove(file::FILE);
        let named = match (flags.file(), variable.as_deref()) {
            (Some(path), _) => Some((path, "--config")),
            (None, Some(path)) => Some((path, "BULLKEEPER_CONFIG")),
            (None, None) => None,
        };
        file::read(named, &mut collected);
        variables::read(&variables, &mut collected);
        flags.read(&mut collected);
        Self::settle(collected)
    }

    /// Settings from names and texts alone, with commas between the values of a list. Neither the file nor a variable is
    /// read.
    ///
    /// Fails with every wrong setting at once.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Result<Self, ConfigError> {
        let mut flags = Flags::default();
        for (name, text) in pairs {
            flags.add(name, vec![(*text).to_owned()]);
        }
        let mut collected = Collected::new(Self::rows(), Path::new(""));
        flags.read(&mut collected);
        Self::settle(collected)
    }

    /// Fills in the defaults, reads every value and compares those that depend on each other.
    fn settle(mut collected: Collected) -> Result<Self, ConfigError> {
        collected.fill_defaults();
        let settings = Self::read(&mut collected);
        if let Some(settings) = &settings {
            settings.compare(&mut collected);
        }
        match (settings, collected.into_faults()) {
            (Some(settings), faults) if faults.is_empty() => Ok(settings),
            (_, faults) => Err(ConfigError::new(faults)),
        }
    }

    /// Finds settings that are right on their own and wrong together.
    fn compare(&self, collected: &mut Collected) {
        if let Some(problem) = alerts::rule_problem(&self.alerts, &self.webhooks) {
            collected.contradiction("alerts", &problem);
        }
        if let Some(problem) = alerts::webhook_problem(&self.webhooks, self.webhooks_private) {
            collected.contradiction("webhooks", &problem);
        }
        self.compare_names(collected);
    }

    fn compare_names(&self, collected: &mut Collected) {
        let inside = format!("{}:", self.namespace);
        let clash = |prefix: &&String| **prefix == self.namespace || prefix.starts_with(&inside);
        let Some(prefix) = self.prefix.iter().find(clash) else {
            return;
        };
        // The fault belongs to the setting that the user set.
        let name = match collected.source("namespace") {
            ValueSource::Default => "prefix",
            _ => "namespace",
        };
        let problem = format!(
            "the queue prefix {prefix:?} lies among Bullkeeper's own keys, which begin with {:?}; \
             allowed: a prefix and a namespace apart from each other",
            self.namespace
        );
        collected.contradiction(name, &problem);
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

/// The default pattern by which queue names split.
#[cfg(test)]
pub(crate) fn default_version_pattern() -> regex::Regex {
    regex::Regex::new(kinds::text_values::VERSION_PATTERN)
        .expect("the default pattern is a regular expression")
}
