//! A row of the table of settings.

use super::kinds::{KindInfo, ValueForm};

/// The value of a setting that no source names.
#[derive(Clone, Copy)]
pub(super) enum SettingDefault {
    /// This text, with commas between the values of a list.
    Text(&'static str),
    /// A text that depends on another setting, which stands earlier in the table.
    DependsOn {
        setting: &'static str,
        choose: fn(&str) -> &'static str,
        in_words: &'static str,
    },
}

/// One setting.
pub(super) struct SettingRow {
    /// The name in the file: `base_path`.
    pub(super) name: &'static str,
    /// The name of the flag: `--base-path`.
    pub(super) flag: String,
    /// The name of the variable: `BULLKEEPER_BASE_PATH`.
    pub(super) variable: String,
    /// The group in which the setting is shown.
    pub(super) heading: &'static str,
    /// What the setting is for, in a sentence or two.
    pub(super) help: String,
    pub(super) default: SettingDefault,
    pub(super) kind: KindInfo,
}

impl SettingRow {
    pub(super) fn new(
        heading: &'static str,
        name: &'static str,
        help: &str,
        default: SettingDefault,
        kind: KindInfo,
    ) -> Self {
        let masked = kind.mask.map_or("", |_| " Shown masked.");
        Self {
            name,
            flag: format!("--{}", name.replace('_', "-")),
            variable: format!("BULLKEEPER_{}", name.to_ascii_uppercase()),
            heading,
            help: format!("{}{masked}", help.trim()),
            default,
            kind,
        }
    }

    /// The values in a text from a flag, a variable, a default or a string of the file. Commas separate the values of
    /// a list, so only an array of the file holds values with commas.
    pub(super) fn values_in(&self, text: &str) -> Vec<String> {
        match self.kind.form {
            ValueForm::List if text.trim().is_empty() => Vec::new(),
            ValueForm::List => text.split(',').map(|one| one.trim().to_owned()).collect(),
            ValueForm::One | ValueForm::Switch => vec![text.to_owned()],
        }
    }

    /// The default in words; empty where it is the empty text.
    pub(super) fn default_in_words(&self) -> &'static str {
        match self.default {
            SettingDefault::Text(text) => text,
            SettingDefault::DependsOn { in_words, .. } => in_words,
        }
    }
}
