//! The form that a selection of jobs or queues sends: as many fields of one name as are selected.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

use crate::domain::job::filter::MOST_SELECTED;
use crate::web::app::SMALL_FORM;
use crate::web::html::error::PageError;

/// The longest id, in bytes, of a job that can be selected.
pub(super) const LONGEST_SELECTED: usize = 1024;

/// The largest form with the ids of a selection, in bytes; encoding may make an id five times as long.
pub(crate) const SELECTION_FORM: usize = MOST_SELECTED * (5 * LONGEST_SELECTED + 16) + SMALL_FORM;

/// What the form sends: what is selected, in fields of one name, and everything else.
pub(super) struct SelectedForm<T> {
    pub(super) at: T,
    pub(super) picked: Vec<String>,
    /// Whether all jobs that the list's filter finds are meant instead.
    pub(super) all: bool,
}

impl<T: DeserializeOwned> SelectedForm<T> {
    /// The form in which fields named `field` hold up to `most` of `things`.
    pub(super) fn parse(
        fields: Vec<(String, String)>,
        field: &str,
        most: usize,
        things: &str,
    ) -> Result<Self, PageError> {
        let (mut picked, mut others, mut all) = (Vec::new(), Vec::new(), false);
        for (name, value) in fields {
            match name.as_str() {
                name if name == field => {
                    if !picked.contains(&value) && !value.is_empty() {
                        picked.push(value);
                    }
                }
                "all" => all = true,
                _ => others.push((name, value)),
            }
            if picked.len() > most {
                let text = format!(
                    "At most {most} {things} can be selected at once. Select fewer, or filter the list and use its button for all."
                );
                return Err(PageError::bad(text));
            }
        }
        let others = MapDeserializer::<_, Error>::new(others.into_iter());
        let at = T::deserialize(others)
            .map_err(|error| PageError::bad(format!("The form: {error}.")))?;
        Ok(Self { at, picked, all })
    }
}
