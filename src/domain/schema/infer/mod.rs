//! Learns a JSON Schema from documents, usually the data of completed jobs.
//!
//! Every document that was added passes the schema. What it says beyond that is what all of them have in common: types,
//! members that are never missing, formats and small sets of values where enough documents have them. It is a draft for a
//! person to read, since the next document may be different and still right.
//!
//! The memory is bounded, whatever the documents are: see the constants here and in the parts.

mod budget;
mod formats;
mod names;
mod numbers;
#[cfg(test)]
mod properties;
mod shape;
mod strings;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::domain::json::{Document, JsonError};
pub(crate) use budget::Hides;
use budget::{Budget, MOST_PLACES};
use shape::Shape;

/// What is learned from documents.
pub(crate) struct Inference<'a> {
    shape: Shape,
    documents: u64,
    budget: Budget<'a>,
}

impl<'a> Inference<'a> {
    /// Nothing learned yet. No value of a member that `hides` names gets into the schema.
    pub(crate) fn new(hides: Hides<'a>) -> Self {
        Self {
            shape: Shape::default(),
            documents: 0,
            budget: Budget {
                places: MOST_PLACES,
                hides,
            },
        }
    }

    /// Learns from one more document.
    ///
    /// # Errors
    ///
    /// If it is nested too deep to be checked. Nothing is learned from it then.
    pub(crate) fn add(&mut self, document: &Document<'_>) -> Result<(), JsonError> {
        let value = document.to_value()?;
        self.shape.add(&value, 0, &mut self.budget);
        self.documents += 1;
        Ok(())
    }

    /// How many documents it rests on.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// The schema, pretty-printed, with `comment` on it. `ranges` adds the smallest and largest numbers and sizes.
    pub(crate) fn schema(self, comment: &str, ranges: bool) -> String {
        let mut schema = Map::new();
        schema.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        schema.insert("$comment".to_owned(), json!(comment));
        self.shape.write(ranges, &mut schema);
        format!("{:#}\n", Value::Object(schema))
    }
}
