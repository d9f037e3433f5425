//! The steps of a form: set, remove, rename or convert a field. A field is named by a JSON Pointer in which `*` stands for every
//! member or element. A step whose field is right already, or not there, changes nothing.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::fixes;
use super::not_changed::NotChanged;
use super::places::{Meant, place_of, places};
use super::splices::{Splice, Splices};
use super::text_edit::{TextEdit, find, instead, member, new_element, new_member, quoted};
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

    /// Makes the step in every place that it means: the text is read once and written once, however many there are.
    pub(super) fn apply(&self, edit: &mut TextEdit, schema: &InForce) -> Result<(), NotChanged> {
        let Some((last, parent)) = self.at.split_last() else {
            return match &self.does {
                Does::Set(json) => edit.add_or_replace(&[], json),
                _ => Ok(()),
            };
        };
        edit.spend()?;
        if self.does == Does::Convert(ConvertTo::Schema) {
            let is_there = edit.read(|document| {
                let places = places(document, &self.at);
                Ok(places.iter().any(|place| place.value.is_some()))
            })?;
            return match is_there {
                true => fixes::apply(edit, schema, Some(&self.at)),
                false => Ok(()),
            };
        }
        let splices = edit.read(|document| {
            let places = places(document, &self.at);
            if places.is_empty() && matches!(self.does, Does::Set(_)) {
                return Err(place::missing(parent).into());
            }
            let mut splices = Splices::of(document.text(), edit.most);
            match &self.does {
                Does::Set(json) => set(document, &places, (last, json), &mut splices)?,
                Does::Remove => remove(document, &places, &mut splices)?,
                Does::Rename(name) => rename(document, &places, name, &mut splices)?,
                Does::Convert(to) => convert(document, &places, *to, &mut splices)?,
            }
            Ok(splices)
        })?;
        edit.splice_all(&splices);
        Ok(())
    }
}

fn set(
    document: &Document<'_>,
    places: &[Meant],
    (last, json): (&str, &str),
    splices: &mut Splices,
) -> Result<(), NotChanged> {
    let new = Document::parse(json).map_err(|_| NotChanged::NotJson)?;
    for Meant { parent, value } in places.iter().rev() {
        let splice = match (value, document.kind(*parent)) {
            (Some(value), _) => instead(document, *value, &new),
            (None, NodeKind::Object) => Some(new_member(document, *parent, last, json)),
            (None, _) => {
                let added = new_element(document, *parent, last, json);
                Some(added.ok_or_else(|| {
                    let mut place = place_of(document, *parent);
                    place.push(last.to_owned());
                    place::missing(&place)
                })?)
            }
        };
        splice.map_or(Ok(()), |splice| splices.push(splice))?;
    }
    Ok(())
}

fn remove(
    document: &Document<'_>,
    places: &[Meant],
    splices: &mut Splices,
) -> Result<(), NotChanged> {
    let of_one = places.chunk_by(|one, other| one.parent == other.parent);
    for of_one in of_one.rev() {
        let gone: Vec<usize> = of_one.iter().filter_map(|place| place.value).collect();
        if !gone.is_empty() {
            splices.remove(document, of_one[0].parent, &gone)?;
        }
    }
    Ok(())
}

fn rename(
    document: &Document<'_>,
    places: &[Meant],
    name: &str,
    splices: &mut Splices,
) -> Result<(), NotChanged> {
    let with = quoted(name);
    for Meant { parent, value } in places.iter().rev() {
        let Some(value) = value else { continue };
        if document.kind(*parent) != NodeKind::Object {
            return Err(place::missing(&place_of(document, *value)).into());
        }
        if member(document, *parent, name).is_some() {
            let parent = shown(&place_of(document, *parent));
            return Err(format!("{parent} has a member {name:?} already").into());
        }
        // The name stands in front of the value.
        let range = document.range(value - 1);
        splices.push(Splice {
            from: range.start,
            to: range.end,
            with: with.clone(),
        })?;
    }
    Ok(())
}

fn convert(
    document: &Document<'_>,
    places: &[Meant],
    to: ConvertTo,
    splices: &mut Splices,
) -> Result<(), NotChanged> {
    for value in places.iter().rev().filter_map(|place| place.value) {
        let json = as_type(document.token(value), to).ok_or_else(|| {
            let (name, place): (&str, _) = (to.into(), place_of(document, value));
            format!("{} can’t be written as {name}", shown(&place))
        })?;
        let new = Document::parse(&json).map_err(|_| NotChanged::NotJson)?;
        if let Some(splice) = instead(document, value, &new) {
            splices.push(splice)?;
        }
    }
    Ok(())
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
