//! The steps of a form: set, remove, rename or convert a field. A field is named by a JSON Pointer in which `*` stands for every
//! member or element. A step whose field is right already, or not there, changes nothing.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::fixes;
use super::places::places;
use super::text_edit::{NotChanged, TextEdit, find, quoted};
use crate::domain::edit::patch::place::{self, Place, shown};
use crate::domain::json::{Document, MAX_EDIT_DEPTH, NodeKind};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::quick_fixes::converted;

/// A step as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What to do.
    pub what: String,
    /// The field, as a JSON Pointer.
    pub at: String,
    /// The value, the new name, or the type.
    #[serde(default)]
    pub to: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum StepKind {
    /// Gives it a value, and adds it where it is missing.
    Set,
    /// Takes it away.
    Remove,
    /// Gives it another name.
    Rename,
    /// Writes its value as one of another type.
    Convert,
}

/// The type that a value is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum ConvertTo {
    /// What the schema in force asks for.
    Schema,
    /// A text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

/// A step that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadyStep {
    at: Place,
    does: Does,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Does {
    Set(String),
    Remove,
    Rename(String),
    Convert(ConvertTo),
}

impl Step {
    /// In our words, without the value: `convert /amount to number`.
    pub(super) fn words(&self) -> String {
        match self.what.parse() {
            Ok(StepKind::Set) => format!("set {}", self.at),
            Ok(StepKind::Remove) => format!("remove {}", self.at),
            Ok(StepKind::Rename) => format!("rename {} to {:?}", self.at, self.to),
            Ok(StepKind::Convert) => match self.to.parse() {
                Ok(ConvertTo::Schema) => format!("convert {} to the schema’s type", self.at),
                _ => format!("convert {} to {}", self.at, self.to),
            },
            Err(_) => self.what.clone(),
        }
    }
}

impl ReadyStep {
    pub(super) fn parse(step: &Step) -> Result<Self, String> {
        let kind: StepKind = step.what.parse().map_err(|_| {
            let all: Vec<&str> = StepKind::VARIANTS.iter().map(|one| one.into()).collect();
            format!(
                "there is no step {:?}; allowed are {}.",
                step.what,
                all.join(", ")
            )
        })?;
        let at = place::read(&step.at).map_err(|why| format!("{why}."))?;
        if at.is_empty() && kind != StepKind::Set {
            return Err(
                "the field is missing. Write it as a JSON Pointer: /order/amount.".to_owned(),
            );
        }
        let does = match kind {
            StepKind::Set => Does::Set(value(&step.to)?),
            StepKind::Remove => Does::Remove,
            StepKind::Rename if at.last().is_some_and(|last| last == "*") => {
                return Err("every member can’t get the same name.".to_owned());
            }
            StepKind::Rename => Does::Rename(step.to.clone()),
            StepKind::Convert => Does::Convert(step.to.parse().map_err(|_| {
                let all: Vec<&str> = ConvertTo::VARIANTS.iter().map(|one| one.into()).collect();
                format!(
                    "there is no type {:?}; allowed are {}.",
                    step.to,
                    all.join(", ")
                )
            })?),
        };
        Ok(Self { at, does })
    }

    pub(super) fn apply(&self, edit: &mut TextEdit, schema: &InForce) -> Result<(), NotChanged> {
        let mut places = edit.read(|document| Ok(places(document, &self.at)))?;
        if places.is_empty() && matches!(self.does, Does::Set(_)) {
            let parent = self.at.split_last().map_or(&[][..], |(_, parent)| parent);
            return Err(place::missing(parent).into());
        }
        // What is removed from an array moves what is behind it.
        places.reverse();
        for place in &places {
            let token = edit.token(place)?;
            match (&self.does, token) {
                (Does::Set(json), _) => edit.add_or_replace(place, json)?,
                (_, None) => {}
                (Does::Remove, Some(_)) => edit.remove(place).map(drop)?,
                (Does::Rename(name), Some(_)) => edit.rename(place, name)?,
                (Does::Convert(ConvertTo::Schema), Some(_)) => {
                    fixes::apply(edit, schema, Some(place))?;
                }
                (Does::Convert(to), Some(token)) => {
                    let json = as_type(&token, *to).ok_or_else(|| {
                        let name: &str = to.into();
                        format!("{} can’t be written as {name}", shown(place))
                    })?;
                    edit.replace(place, &json)?;
                }
            }
        }
        Ok(())
    }
}

/// The JSON that was typed as a value.
fn value(text: &str) -> Result<String, String> {
    let document = Document::parse(text).map_err(|fault| {
        format!(
            "the value is not JSON: {fault}. A text has quotes: {}.",
            quoted("text")
        )
    })?;
    if let Some(fault) = document.duplicate_keys().first() {
        return Err(format!("the value: {fault}."));
    }
    match document.depth() > MAX_EDIT_DEPTH {
        true => Err(format!(
            "the value is nested deeper than {MAX_EDIT_DEPTH} levels."
        )),
        false => Ok(document.compact()),
    }
}

/// A scalar's JSON as a value of another type; the same where it is of that type. `None` where that is a question of meaning.
fn as_type(token: &str, to: ConvertTo) -> Option<String> {
    let document = Document::parse(token).ok()?;
    if document.kind(0) != NodeKind::Scalar {
        return None;
    }
    let is_number = token.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let is_whole = |text: &str| !text.contains(['.', 'e', 'E']);
    let wanted: &str = to.into();
    let found = match to {
        ConvertTo::Schema => None,
        ConvertTo::String if token.starts_with('"') => Some(token.to_owned()),
        ConvertTo::String if token == "true" || token == "false" => Some(quoted(token)),
        ConvertTo::Number | ConvertTo::Integer if is_number => Some(token.to_owned()),
        ConvertTo::Boolean if token == "true" || token == "false" => Some(token.to_owned()),
        _ => converted(&document, find(&document, &[])?, &[wanted]),
    };
    found.filter(|json| to != ConvertTo::Integer || is_whole(json))
}
