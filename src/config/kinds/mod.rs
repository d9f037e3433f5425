//! What a setting's value may be: how it is written, what is allowed and how it is shown. Each row of the table of
//! settings names one kind.

pub(super) mod addresses;
pub(super) mod alerts;
pub(super) mod amounts;
pub(super) mod choices;
pub(super) mod grant_rule;
pub(super) mod redis_url;
pub(super) mod retire_policy;
pub(super) mod text_values;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// What is shown in the place of a secret.
pub(super) const MASK: &str = "***";

/// How many values a setting takes and how they are written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueForm {
    One,
    /// `true` or `false`; the flag alone means `true`.
    Switch,
    /// An array in the file, or commas between the values; a flag may also be repeated.
    List,
}

/// What help, messages and the README say of a kind.
pub(super) struct KindInfo {
    /// What stands for the value in `--flag VALUE`.
    pub(super) placeholder: &'static str,
    /// What is allowed, in words that follow "allowed:".
    pub(super) allowed: String,
    pub(super) form: ValueForm,
    /// Hides the secret in a value. Messages never repeat the values of a kind that has this.
    pub(super) mask: Option<fn(&str) -> String>,
}

impl KindInfo {
    /// `text` as it may be shown.
    pub(super) fn shown(&self, text: &str) -> String {
        match self.mask {
            Some(mask) if !text.is_empty() => mask(text),
            _ => text.to_owned(),
        }
    }
}

/// A refused text, and a reason that follows it in messages: "… is too short".
type Refusal = (String, String);

/// Reads the texts that were given for a setting; relative paths start from the path.
type Read<T> = Box<dyn Fn(&[String], &Path) -> Result<T, Refusal>>;

/// A kind of setting, whose values become a `T`.
pub(super) struct SettingKind<T> {
    pub(super) info: KindInfo,
    read: Read<T>,
}

impl<T: 'static> SettingKind<T> {
    /// A kind of one text. The error of `parse` is a reason that follows the text in messages.
    fn new(
        placeholder: &'static str,
        allowed: impl Into<String>,
        parse: impl Fn(&str) -> Result<T, String> + 'static,
    ) -> Self {
        Self::in_folder(placeholder, allowed, move |text, _| parse(text))
    }

    /// Like [`SettingKind::new`], for a kind that also needs the folder from which relative paths start.
    fn in_folder(
        placeholder: &'static str,
        allowed: impl Into<String>,
        parse: impl Fn(&str, &Path) -> Result<T, String> + 'static,
    ) -> Self {
        let info = KindInfo {
            placeholder,
            allowed: allowed.into(),
            form: ValueForm::One,
            mask: None,
        };
        let read: Read<T> = Box::new(move |texts, folder| match texts {
            [one] => parse(one, folder).map_err(|reason| (one.clone(), reason)),
            _ => Err((texts.join(", "), "is a list, and one value is taken".into())),
        });
        Self { info, read }
    }

    /// The same kind, with secrets in its values.
    fn masked_by(mut self, mask: fn(&str) -> String) -> Self {
        self.info.mask = Some(mask);
        self
    }

    /// Reads everything that was given for a setting. The error says what is wrong and what is allowed.
    pub(super) fn read(&self, texts: &[String], folder: &Path) -> Result<T, String> {
        (self.read)(texts, folder).map_err(|(text, reason)| {
            let text = match self.info.mask {
                Some(_) => "the value (not shown)".to_owned(),
                None => format!("{text:?}"),
            };
            format!("{text} {reason}; allowed: {}", self.info.allowed)
        })
    }

    #[cfg(test)]
    pub(super) fn parse(&self, text: &str) -> Result<T, String> {
        self.read(&[text.to_owned()], Path::new(""))
    }
}

/// `true` or `false`.
pub(super) fn switch() -> SettingKind<bool> {
    let mut kind = SettingKind::new("BOOL", "true or false", |text| {
        text.parse()
            .map_err(|_| "is neither true nor false".to_owned())
    });
    kind.info.form = ValueForm::Switch;
    kind
}

/// A list of at least `least` values without repetition, each of the kind `item`.
pub(super) fn list<T: 'static>(least: usize, item: SettingKind<T>) -> SettingKind<Vec<T>> {
    let length = if least > 0 { " of one or more" } else { "" };
    let info = KindInfo {
        allowed: format!("a list{length}, each {}", item.info.allowed),
        form: ValueForm::List,
        ..item.info
    };
    let read: Read<Vec<T>> = Box::new(move |texts, folder| {
        if texts.len() < least {
            return Err((String::new(), "holds too few values".to_owned()));
        }
        let repeated = |(at, text)| texts[..at].contains(text);
        if let Some((_, text)) = texts.iter().enumerate().find(|found| repeated(*found)) {
            return Err((text.clone(), "stands there twice".to_owned()));
        }
        let read = |text| (item.read)(std::slice::from_ref(text), folder);
        texts.iter().map(read).collect()
    });
    SettingKind { info, read }
}

/// Either the word `none`, which may be empty, or a value of the kind `value`.
pub(super) fn optional<T: 'static>(
    none: &'static str,
    value: SettingKind<T>,
) -> SettingKind<Option<T>> {
    let none_in_words = if none.is_empty() { "empty" } else { none };
    SettingKind {
        info: KindInfo {
            allowed: format!("{none_in_words}, or {}", value.info.allowed),
            ..value.info
        },
        read: Box::new(move |texts, folder| match texts {
            [text] if text == none => Ok(None),
            texts => (value.read)(texts, folder).map(Some),
        }),
    }
}

/// A directory that exists.
pub(super) fn folder() -> SettingKind<PathBuf> {
    SettingKind::in_folder("DIR", "a directory that exists", |text, folder| {
        let path = folder.join(text);
        match path.metadata() {
            Ok(found) if found.is_dir() => Ok(path),
            Ok(_) => Err("is not a directory".to_owned()),
            Err(error) => Err(format!("can't be opened ({error})")),
        }
    })
}

/// A file of certificates that exists. It is read again when Redis is first connected to.
pub(super) fn pem_file() -> SettingKind<PathBuf> {
    let allowed = "a PEM file that holds a certificate";
    SettingKind::in_folder("FILE", allowed, |text, folder| {
        let path = folder.join(text);
        match std::fs::read_to_string(&path) {
            Ok(pem) if pem.contains("-----BEGIN CERTIFICATE-----") => Ok(path),
            Ok(_) => Err("holds no certificate".to_owned()),
            Err(error) => Err(format!("can't be read ({error})")),
        }
    })
}

/// A secret of at least `least` characters.
pub(super) fn secret_key(least: usize) -> SettingKind<SecretString> {
    let allowed = format!("{least} characters or more");
    SettingKind::new("KEY", allowed, move |text| {
        if text.chars().count() < least {
            return Err("is too short".to_owned());
        }
        Ok(SecretString::from(text))
    })
    .masked_by(|_| MASK.to_owned())
}

/// A secret of at least `least` characters that is sent in a header or an address.
pub(super) fn token(least: usize) -> SettingKind<SecretString> {
    let allowed = format!("{least} or more visible ASCII characters, without blanks");
    SettingKind::new("TOKEN", allowed, move |text| {
        if !text.chars().all(|one| one.is_ascii_graphic()) {
            return Err("holds a blank, or what is not visible ASCII".to_owned());
        }
        if text.len() < least {
            return Err("is too short".to_owned());
        }
        Ok(SecretString::from(text))
    })
    .masked_by(|_| MASK.to_owned())
}
