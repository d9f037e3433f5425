//! Settings with a few names to choose from.

use std::str::FromStr;

use strum::{EnumString, IntoStaticStr, VariantNames};

use super::SettingKind;
use crate::domain::proposals::runs::APPROVABLE;
use crate::domain::run::RunKind;

/// Whether cookies carry the `Secure` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum SecureCookies {
    /// Unless the bind address is a loopback address.
    Auto,
    /// Over HTTPS only.
    Always,
    /// Over plain HTTP too.
    Never,
}

/// The colour of the environment's name on every page. Its name is also part of a CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs, reason = "the names of colours say all there is to say")]
pub enum EnvironmentColor {
    Neutral,
    Blue,
    Green,
    Amber,
    Red,
}

/// The form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// One of the names of the enum `T`.
pub(in crate::config) fn choice<T: FromStr + VariantNames + 'static>() -> SettingKind<T> {
    SettingKind::new("NAME", T::VARIANTS.join(", "), |text| {
        text.parse().map_err(|_| "is not one of them".to_owned())
    })
}

/// A kind of run that a second person may have to approve.
pub(in crate::config) fn approvable_run() -> SettingKind<RunKind> {
    let [others @ .., last] = APPROVABLE.map(RunKind::name);
    let allowed = format!("one of {} and {last}", others.join(", "));
    SettingKind::new("KIND", allowed, |text| {
        let kind = text.parse().ok();
        kind.filter(|kind| APPROVABLE.contains(kind))
            .ok_or_else(|| "is not one of them".to_owned())
    })
}

/// The colour of an environment of this name, unless another is set.
pub(in crate::config) fn color_of(environment: &str) -> &'static str {
    if environment.to_lowercase().contains("prod") {
        EnvironmentColor::Red.into()
    } else {
        EnvironmentColor::Neutral.into()
    }
}
