//! What an operation is told besides its target: typed, described once, parsed in one place.
//!
//! An operation lists its parameters as [`ParameterSpec`]s. The form is drawn from them, [`Parameters::parse`] reads the form,
//! the audit entry has [`Parameters::words`], and the script gets [`Parameters::for_script`].

mod moment;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use moment::{LAST as LAST_MOMENT, duration, rfc3339, time as point_in_time};
use moment::{parse_how_long, parse_moment};

/// The description of one parameter.
#[derive(Debug)]
pub struct ParameterSpec {
    /// The name of its field in a form. None of `queue`, `prefix`, `id` and `reason`.
    pub name: &'static str,
    /// Its label in the form, and in the audit log.
    pub label: &'static str,
    /// What a person should know who fills it in; empty for nothing.
    pub help: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
    /// What it is where the form leaves it out or empty, as it would be typed; empty where it has to be given. A flag is off.
    pub default: &'static str,
}

/// What a parameter may be.
#[derive(Debug)]
pub enum ParameterKind {
    /// A whole number within these bounds.
    Number {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A time to come, typed as a time or as how long from now.
    Moment,
    /// How long, such as `2 h`; in milliseconds within these bounds.
    HowLong {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// One of these.
    Choice(&'static [Choice]),
    /// On or off.
    Flag,
    /// A text of so many characters at most.
    Text {
        /// How many.
        longest: usize,
    },
    /// JSON of so many characters at most.
    Json {
        /// How many.
        longest: usize,
    },
}

/// What may be chosen.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the form and the script have it.
    pub value: &'static str,
    /// As a person reads it.
    pub label: &'static str,
}

/// What is wrong with a field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterFault {
    /// The parameter's name.
    pub name: &'static str,
    /// Which field, what is wrong with it, and what is allowed.
    pub message: String,
}

/// What one parameter is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Number(u64),
    /// When, and how long after the form was read; both in milliseconds.
    Moment {
        at: u64,
        from_now: u64,
    },
    /// In milliseconds.
    HowLong(u64),
    Choice(&'static Choice),
    Flag(bool),
    Text(String),
}

/// The parameters of an operation, in the order of its description.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    values: Vec<(&'static str, Value)>,
    typed: Vec<(&'static str, String)>,
}

impl Parameters {
    /// What a form says, where `typed` finds what was typed into a field by its name and `now` is the time in Unix
    /// milliseconds; or what is wrong with each field that is wrong.
    pub fn parse<'a>(
        specs: &'static [ParameterSpec],
        typed: impl Fn(&str) -> Option<&'a str>,
        now: u64,
    ) -> Result<Self, Vec<ParameterFault>> {
        let (mut parameters, mut faults) = (Self::default(), Vec::new());
        for spec in specs {
            let text = match typed(spec.name).map(str::trim) {
                None | Some("") => spec.default,
                Some(text) => text,
            };
            match spec.parse(text, now) {
                Ok(value) => {
                    parameters.values.push((spec.label, value));
                    parameters.typed.push((spec.name, text.to_owned()));
                }
                Err(what) => faults.push(ParameterFault {
                    name: spec.name,
                    message: format!("{} {what}. Allowed is {}.", spec.label, spec.allowed()),
                }),
            }
        }
        match faults.is_empty() {
            true => Ok(parameters),
            false => Err(faults),
        }
    }

    /// As the operation's script takes them, in order. A time is two: the time, and how long it was from then, in
    /// milliseconds.
    pub fn for_script(&self) -> Vec<String> {
        let texts = self.values.iter().flat_map(|(_, value)| match value {
            Value::Number(number) => vec![number.to_string()],
            Value::Moment { at, from_now } => vec![at.to_string(), from_now.to_string()],
            Value::HowLong(millis) => vec![millis.to_string()],
            Value::Choice(choice) => vec![choice.value.to_owned()],
            Value::Flag(on) => vec![u8::from(*on).to_string()],
            Value::Text(text) => vec![text.clone()],
        });
        texts.collect()
    }

    /// For the audit log: `Attempts: reset; …`. Empty where there are none.
    pub fn words(&self) -> String {
        let said = self.values.iter().map(|(label, value)| match value {
            Value::Number(number) => format!("{label}: {number}"),
            Value::Moment { at, .. } => format!("{label}: {}", rfc3339(*at)),
            Value::HowLong(millis) => format!("{label}: {}", how_long(*millis)),
            Value::Choice(choice) => format!("{label}: {}", choice.label),
            Value::Flag(on) => format!("{label}: {}", if *on { "yes" } else { "no" }),
            Value::Text(text) => format!("{label}: {text}"),
        });
        said.collect::<Vec<_>>().join("; ")
    }

    /// The same as they would be typed again at any time: a time as a time, and not from now. Names and texts.
    pub fn to_keep(&self) -> Vec<(String, String)> {
        let both = self.typed.iter().zip(&self.values);
        both.map(|((name, typed), (_, value))| match value {
            Value::Moment { at, .. } => ((*name).to_owned(), rfc3339(*at)),
            _ => ((*name).to_owned(), typed.clone()),
        })
        .collect()
    }

    /// Those that [`Self::to_keep`] kept, as they were checked at `then`, in Unix milliseconds.
    ///
    /// # Errors
    /// What is wrong with them, as after a change of the program.
    pub fn kept(
        specs: &'static [ParameterSpec],
        kept: &[(String, String)],
        then: u64,
    ) -> Result<Self, Vec<ParameterFault>> {
        let typed = |name: &str| {
            let found = kept.iter().find(|(other, _)| other == name);
            found.map(|(_, text)| text.as_str())
        };
        Self::parse(specs, typed, then)
    }
}

impl ParameterSpec {
    /// Whether it has no default.
    pub fn has_to_be_given(&self) -> bool {
        self.default.is_empty() && !matches!(self.kind, ParameterKind::Flag)
    }

    /// What is allowed: "a whole number from 0 to 9".
    pub fn allowed(&self) -> String {
        match &self.kind {
            ParameterKind::Number { least, most } => {
                format!("a whole number from {least} to {most}")
            }
            ParameterKind::Moment => {
                "how long from now, such as \"in 2 h\" or \"1 h 30 min\", or a time to come, such as \"2030-01-31 14:00\" (UTC)"
                    .to_owned()
            }
            ParameterKind::HowLong { least, most } => format!(
                "a time such as \"2 h\" or \"1 h 30 min\", from {} to {}",
                how_long(*least),
                how_long(*most)
            ),
            ParameterKind::Choice(choices) => {
                let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
                values.join(" or ")
            }
            ParameterKind::Flag => "1 for on, or nothing".to_owned(),
            ParameterKind::Text { longest } => format!("a text of up to {longest} characters"),
            ParameterKind::Json { longest } => format!("JSON of up to {longest} characters"),
        }
    }

    /// What `text` means, or what is wrong with it.
    fn parse(&self, text: &str, now: u64) -> Result<Value, String> {
        if text.is_empty() && !matches!(self.kind, ParameterKind::Flag) {
            return Err("is missing".to_owned());
        }
        let shown: String = text.chars().take(60).collect();
        match &self.kind {
            ParameterKind::Number { least, most } => match text.parse::<u64>() {
                Ok(number) if (*least..=*most).contains(&number) => Ok(Value::Number(number)),
                Ok(number) if number < *least => Err(format!("is too small: {number}")),
                Ok(number) => Err(format!("is too large: {number}")),
                Err(_) => Err(format!(
                    "is not a whole number within its bounds: {shown:?}"
                )),
            },
            ParameterKind::Moment => {
                let at = parse_moment(text, now).map_err(|what| format!("{what}: {shown:?}"))?;
                let from_now = at - now;
                Ok(Value::Moment { at, from_now })
            }
            ParameterKind::HowLong { least, most } => {
                let millis = parse_how_long(text)
                    .ok_or_else(|| format!("is not a length of time: {shown:?}"))?;
                match millis {
                    millis if millis < *least => Err(format!("is too short: {shown:?}")),
                    millis if millis > *most => Err(format!("is too long: {shown:?}")),
                    millis => Ok(Value::HowLong(millis)),
                }
            }
            ParameterKind::Choice(choices) => {
                let chosen = choices.iter().find(|choice| choice.value == text);
                let chosen = chosen.map(Value::Choice);
                chosen.ok_or_else(|| format!("can't be {shown:?}"))
            }
            ParameterKind::Flag => match text {
                "" => Ok(Value::Flag(false)),
                "1" => Ok(Value::Flag(true)),
                _ => Err(format!("can't be {shown:?}")),
            },
            ParameterKind::Text { longest } => match text.chars().count() {
                length if length > *longest => Err(format!("has {length} characters")),
                _ => Ok(Value::Text(text.to_owned())),
            },
            ParameterKind::Json { longest } => match text.chars().count() {
                length if length > *longest => Err(format!("has {length} characters")),
                _ => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                    Ok(_) => Ok(Value::Text(text.to_owned())),
                    Err(_) => Err(format!("is not JSON: {shown:?}")),
                },
            },
        }
    }
}

/// A length of time in milliseconds, as people read it.
pub(crate) fn how_long(millis: u64) -> String {
    humantime::format_duration(Duration::from_millis(millis)).to_string()
}
