//! The form that a selection of jobs sends: as many fields of one name as there are ids.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

use crate::domain::job::filter::MOST_SELECTED;
use crate::web::app::SMALL_FORM;
use crate::web::html::error::PageError;

/// The longest id, in bytes, of a job that can be selected.
pub(super) const LONGEST_SELECTED: usize = 1024;

/// The largest form with the ids of a selection, in bytes; encoding may make an id five times as long.
pub(crate) const SELECTION_FORM: usize = MOST_SELECTED * (5 * LONGEST_SELECTED + 16) + SMALL_FORM;

/// What the form sends: the ids in fields of one name, and everything else.
pub(super) struct SelectedForm<T> {
    pub(super) at: T,
    pub(super) ids: Vec<String>,
    /// Whether all jobs that the list's filter finds are meant instead.
    pub(super) all: bool,
}

impl<T: DeserializeOwned> SelectedForm<T> {
    pub(super) fn parse(fields: Vec<(String, String)>) -> Result<Self, PageError> {
        let (mut ids, mut others, mut all) = (Vec::new(), Vec::new(), false);
        for (name, value) in fields {
            match name.as_str() {
                "job" if !ids.contains(&value) && !value.is_empty() => ids.push(value),
                "job" => {}
                "all" => all = true,
                _ => others.push((name, value)),
            }
            if ids.len() > MOST_SELECTED {
                return Err(PageError::bad(format!(
                    "At most {MOST_SELECTED} jobs can be selected by their ids."
                )));
            }
        }
        let others = MapDeserializer::<_, Error>::new(others.into_iter());
        let at = T::deserialize(others)
            .map_err(|error| PageError::bad(format!("The form: {error}.")))?;
        Ok(Self { at, ids, all })
    }
}
