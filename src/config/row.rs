//! A row of the table of settings, and what its names in the file, the variables and the flags are.

use super::error::Place;
use super::kinds::{Describe, Shape};

/// What every variable's name begins with.
pub(super) const VARIABLES: &str = "BULLKEEPER_";

/// What a setting is when nobody sets it.
#[derive(Clone, Copy)]
pub(super) enum Preset {
    /// This text; commas part the values of a list.
    Is(&'static str),
    /// Chosen by the value of another setting (its name), and that choice in words.
    From(&'static str, fn(&str) -> &'static str, &'static str),
}

/// One setting.
pub(super) struct Row {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// The group it is shown in.
    pub(super) heading: &'static str,
    /// What it is for, as the table says it.
    pub(super) help: &'static str,
    /// Its default.
    pub(super) preset: Preset,
    /// What its value may be.
    pub(super) kind: &'static dyn Describe,
}

impl Row {
    /// The flag without its dashes: `base-path`.
    pub(super) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The variable: `BULLKEEPER_BASE_PATH`.
    pub(super) fn variable(&self) -> String {
        format!("{VARIABLES}{}", self.name.to_ascii_uppercase())
    }

    /// The texts that one text from a flag, a variable, the file or a default stands for: a list is parted at its
    /// commas. Only an array of the file holds values with commas.
    pub(super) fn texts(&self, text: &str) -> Vec<String> {
        match self.kind.shape() {
            Shape::Many if text.trim().is_empty() => Vec::new(),
            Shape::Many => text.split(',').map(|one| one.trim().to_owned()).collect(),
            Shape::One | Shape::Switch => vec![text.to_owned()],
        }
    }

    /// What it is for, in a sentence or two.
    pub(super) fn help(&self) -> String {
        let help = self.help.trim();
        if self.kind.secret() {
            format!("{help} Shown masked.")
        } else {
            help.to_owned()
        }
    }

    /// The default in words; empty where it is the empty text.
    pub(super) fn default(&self) -> &'static str {
        match self.preset {
            Preset::Is(text) => text,
            Preset::From(_, _, words) => words,
        }
    }
}

/// What a setting holds, as it may be shown.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// The setting's name.
    pub(super) name: &'static str,
    /// Its group.
    pub(super) heading: &'static str,
    /// Its value as TOML, secrets masked.
    pub(super) toml: String,
    /// Where it came from.
    pub(super) place: Place,
}
