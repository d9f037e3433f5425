//! What a setting's value may be. A kind reads text, says what is allowed and knows how the value is shown; the table
//! of settings names one for each row. Kinds of amounts, addresses and patterns stand in files of their own.

pub(in crate::config) mod addresses;
pub(in crate::config) mod amounts;
pub(in crate::config) mod choices;
pub(in crate::config) mod redis_url;
pub(in crate::config) mod retire_policy;
pub(in crate::config) mod text_values;

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::config::secret::{MASK, Secret};

/// How many values a setting takes and how they are written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Shape {
    /// One text.
    One,
    /// `true` or `false`; the flag alone means `true`.
    Switch,
    /// A list: an array in the file, or commas between the values; a flag may also be repeated.
    Many,
}

/// What can be said of a kind without reading a value.
pub(in crate::config) trait Describe: Sync {
    /// What is allowed, in words that follow "allowed:".
    fn allowed(&self) -> String;

    /// What stands for the value in `--flag VALUE`.
    fn placeholder(&self) -> &'static str;

    /// How many values there are.
    fn shape(&self) -> Shape {
        Shape::One
    }

    /// `text` as it may be shown; kinds that hold secrets mask it.
    fn shown(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Whether a value, or a part of it, is a secret. Messages then never repeat it.
    fn secret(&self) -> bool {
        false
    }
}

/// A kind that reads its value. Errors are reasons that follow the value: "… is not a duration".
pub(in crate::config) trait Kind: Describe {
    /// What the text becomes.
    type Value;

    /// Reads one text; `cwd` is what relative paths start from.
    fn parse(&self, text: &str, cwd: &Path) -> Result<Self::Value, String>;

    /// Reads everything that was given for the setting. The error names the text it is about.
    fn read(&self, texts: &[String], cwd: &Path) -> Result<Self::Value, (String, String)> {
        match texts {
            [one] => self.parse(one, cwd).map_err(|reason| (one.clone(), reason)),
            _ => Err((texts.join(", "), "is a list, and one value is taken".into())),
        }
    }
}

/// `true` or `false`.
pub(in crate::config) struct Switch;

impl Describe for Switch {
    fn allowed(&self) -> String {
        "true or false".to_owned()
    }

    fn placeholder(&self) -> &'static str {
        "BOOL"
    }

    fn shape(&self) -> Shape {
        Shape::Switch
    }
}

impl Kind for Switch {
    type Value = bool;

    fn parse(&self, text: &str, _: &Path) -> Result<bool, String> {
        text.parse()
            .map_err(|_| "is neither true nor false".to_owned())
    }
}

/// One of the names of an enum.
pub(in crate::config) struct OneOf<T>(pub(in crate::config) PhantomData<T>);

impl<T: ValueEnum + Sync> Describe for OneOf<T> {
    fn allowed(&self) -> String {
        let names: Vec<_> = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        names.join(", ")
    }

    fn placeholder(&self) -> &'static str {
        "NAME"
    }
}

impl<T: ValueEnum + Sync> Kind for OneOf<T> {
    type Value = T;

    fn parse(&self, text: &str, _: &Path) -> Result<T, String> {
        T::from_str(text, false).map_err(|_| "is not one of them".to_owned())
    }
}

/// Any number of values, each of kind `of`.
pub(in crate::config) struct ListOf<K> {
    /// The kind of each.
    pub(in crate::config) of: K,
    /// How many there must be.
    pub(in crate::config) least: usize,
}

impl<K: Describe> Describe for ListOf<K> {
    fn allowed(&self) -> String {
        let least = if self.least > 0 {
            " of one or more"
        } else {
            ""
        };
        format!("a list{least}, each {}", self.of.allowed())
    }

    fn placeholder(&self) -> &'static str {
        self.of.placeholder()
    }

    fn shape(&self) -> Shape {
        Shape::Many
    }

    fn shown(&self, text: &str) -> String {
        self.of.shown(text)
    }

    fn secret(&self) -> bool {
        self.of.secret()
    }
}

impl<K: Kind> Kind for ListOf<K> {
    type Value = Vec<K::Value>;

    fn parse(&self, text: &str, cwd: &Path) -> Result<Self::Value, String> {
        Ok(vec![self.of.parse(text, cwd)?])
    }

    fn read(&self, texts: &[String], cwd: &Path) -> Result<Self::Value, (String, String)> {
        if texts.len() < self.least {
            return Err((String::new(), "holds too few values".to_owned()));
        }
        for (at, text) in texts.iter().enumerate() {
            if texts[..at].contains(text) {
                return Err((text.clone(), "stands there twice".to_owned()));
            }
        }
        let read = |text: &String| {
            self.of
                .parse(text, cwd)
                .map_err(|reason| (text.clone(), reason))
        };
        texts.iter().map(read).collect()
    }
}

/// Either the word `none` or a value of kind `of`.
pub(in crate::config) struct Maybe<K> {
    /// The word for "not set"; may be empty.
    pub(in crate::config) none: &'static str,
    /// The kind of what is set.
    pub(in crate::config) of: K,
}

impl<K: Describe> Describe for Maybe<K> {
    fn allowed(&self) -> String {
        match self.none {
            "" => format!("empty, or {}", self.of.allowed()),
            none => format!("{none}, or {}", self.of.allowed()),
        }
    }

    fn placeholder(&self) -> &'static str {
        self.of.placeholder()
    }

    fn shown(&self, text: &str) -> String {
        if text == self.none {
            text.to_owned()
        } else {
            self.of.shown(text)
        }
    }

    fn secret(&self) -> bool {
        self.of.secret()
    }
}

impl<K: Kind> Kind for Maybe<K> {
    type Value = Option<K::Value>;

    fn parse(&self, text: &str, cwd: &Path) -> Result<Self::Value, String> {
        if text == self.none {
            return Ok(None);
        }
        self.of.parse(text, cwd).map(Some)
    }
}

/// A directory that exists.
pub(in crate::config) struct Folder;

impl Describe for Folder {
    fn allowed(&self) -> String {
        "a directory that exists".to_owned()
    }

    fn placeholder(&self) -> &'static str {
        "DIR"
    }
}

impl Kind for Folder {
    type Value = PathBuf;

    fn parse(&self, text: &str, cwd: &Path) -> Result<PathBuf, String> {
        let path = cwd.join(text);
        match path.metadata() {
            Ok(found) if found.is_dir() => Ok(path),
            Ok(_) => Err("is not a directory".to_owned()),
            Err(error) => Err(format!("can't be opened ({error})")),
        }
    }
}

/// A file of certificates that exists, read when Redis is first connected to.
pub(in crate::config) struct PemFile;

impl Describe for PemFile {
    fn allowed(&self) -> String {
        "a PEM file that holds a certificate".to_owned()
    }

    fn placeholder(&self) -> &'static str {
        "FILE"
    }
}

impl Kind for PemFile {
    type Value = PathBuf;

    fn parse(&self, text: &str, cwd: &Path) -> Result<PathBuf, String> {
        let path = cwd.join(text);
        match std::fs::read_to_string(&path) {
            Ok(pem) if pem.contains("-----BEGIN CERTIFICATE-----") => Ok(path),
            Ok(_) => Err("holds no certificate".to_owned()),
            Err(error) => Err(format!("can't be read ({error})")),
        }
    }
}

/// A secret of at least `least` characters.
pub(in crate::config) struct Key {
    /// The fewest characters.
    pub(in crate::config) least: usize,
}

impl Describe for Key {
    fn allowed(&self) -> String {
        format!("{} characters or more", self.least)
    }

    fn placeholder(&self) -> &'static str {
        "KEY"
    }

    fn shown(&self, _: &str) -> String {
        MASK.to_owned()
    }

    fn secret(&self) -> bool {
        true
    }
}

impl Kind for Key {
    type Value = Secret<String>;

    fn parse(&self, text: &str, _: &Path) -> Result<Self::Value, String> {
        if text.chars().count() < self.least {
            return Err("is too short".to_owned());
        }
        Ok(Secret::new(text.to_owned()))
    }
}
