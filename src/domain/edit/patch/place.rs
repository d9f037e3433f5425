//! Places in a value, and what an operation does there.

use serde_json::Value;

use crate::domain::json::{array_index, check_pointer, join_pointer, unescape_step};

/// The names and indexes on the way to a place.
pub(crate) type Place = Vec<String>;

/// Reads a JSON Pointer.
pub(crate) fn read(pointer: &str) -> Result<Place, String> {
    check_pointer(pointer).map_err(|why| format!("{pointer:?} is not a JSON Pointer: {why}"))?;
    let steps = pointer.split('/').skip(1);
    Ok(steps.map(|step| unescape_step(step).into_owned()).collect())
}

/// A place as a JSON Pointer.
pub(super) fn pointer(place: &[String]) -> String {
    place
        .iter()
        .fold(String::new(), |pointer, step| join_pointer(&pointer, step))
}

/// A place for people.
pub(crate) fn shown(place: &[String]) -> String {
    match place {
        [] => "the whole document".to_owned(),
        place => pointer(place),
    }
}

/// Says that there is nothing.
pub(crate) fn missing(place: &[String]) -> String {
    format!("there is no {}", shown(place))
}

/// The value there.
pub(super) fn find<'v>(value: &'v mut Value, place: &[String]) -> Option<&'v mut Value> {
    place.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get_mut(part),
        Value::Array(elements) => elements.get_mut(array_index(part)?),
        _ => None,
    })
}

/// Adds a value as RFC 6902, section 4.1, has it: a member that is there is replaced.
pub(super) fn add(document: &mut Value, place: &[String], value: Value) -> Result<(), String> {
    let Some((last, parent)) = place.split_last() else {
        *document = value;
        return Ok(());
    };
    match find(document, parent) {
        Some(Value::Object(members)) => {
            members.insert(last.clone(), value);
            Ok(())
        }
        Some(Value::Array(elements)) => {
            let end = elements.len();
            let at = if last == "-" {
                Some(end)
            } else {
                array_index(last)
            };
            let at = at.filter(|at| *at <= end).ok_or_else(|| missing(place))?;
            elements.insert(at, value);
            Ok(())
        }
        _ => Err(missing(parent)),
    }
}

/// Takes the value there away. What it stood among keeps its order.
pub(super) fn remove(document: &mut Value, place: &[String]) -> Result<Value, String> {
    let Some((last, parent)) = place.split_last() else {
        return Err("the whole document can’t be removed".to_owned());
    };
    let removed = match find(document, parent) {
        // The others keep their order.
        Some(Value::Object(members)) => members.shift_remove(last),
        Some(Value::Array(elements)) => array_index(last)
            .filter(|at| *at < elements.len())
            .map(|at| elements.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| missing(place))
}

/// Puts a value in the place of the one there.
pub(super) fn replace(document: &mut Value, place: &[String], value: Value) -> Result<(), String> {
    *find(document, place).ok_or_else(|| missing(place))? = value;
    Ok(())
}
