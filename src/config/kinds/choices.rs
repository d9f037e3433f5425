//! Settings with a few names to choose from.

use std::marker::PhantomData;

use clap::ValueEnum;

use super::OneOf;

/// Whether cookies carry the `Secure` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecureCookies {
    /// Unless the bind address is a loopback address.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The colour of the environment's name on every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvironmentColor {
    /// No colour.
    Neutral,
    /// Blue.
    Blue,
    /// Green.
    Green,
    /// Amber.
    Amber,
    /// Red, for where mistakes cost most.
    Red,
}

impl EnvironmentColor {
    /// The colour's name, as set and as used in class names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// The form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub(in crate::config) const SECURE_COOKIES: OneOf<SecureCookies> = OneOf(PhantomData);
pub(in crate::config) const ENVIRONMENT_COLOR: OneOf<EnvironmentColor> = OneOf(PhantomData);
pub(in crate::config) const LOG_FORMAT: OneOf<LogFormat> = OneOf(PhantomData);

/// The colour an environment of this name has unless one is set.
pub(in crate::config) fn color_of(environment: &str) -> &'static str {
    if environment.to_lowercase().contains("prod") {
        EnvironmentColor::Red.name()
    } else {
        EnvironmentColor::Neutral.name()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_color_s_name_is_what_sets_it() {
        for color in EnvironmentColor::value_variants() {
            assert_eq!(color.to_possible_value().unwrap().get_name(), color.name());
        }
    }
}
