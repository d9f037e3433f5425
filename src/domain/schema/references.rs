//! Checks where the references of a schema lead. They may lead anywhere within its file and to the meta-schemas. Nothing is
//! fetched, and every other reference is a fault at its place.

use super::fault::{SchemaFault, SchemaSource};
use crate::domain::json::join_pointer;
use jsonschema::{ReferencingError, Retrieve, Uri};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

impl SchemaSource<'_> {
    /// The references to `uri`, which is outside this file.
    pub(super) fn remote(&self, schema: &Value, uri: &str) -> Vec<SchemaFault> {
        let leads_there = |text: &str| {
            let file = text.split('#').next().unwrap_or_default();
            let tail = file.trim_start_matches("../").trim_start_matches("./");
            !tail.is_empty() && uri.ends_with(tail)
        };
        self.at_references(schema, leads_there, |text| {
            let outside = if text.is_empty() { uri } else { text };
            format!("\"{outside}\" is outside of this file, and nothing is fetched: put that schema into \"$defs\" here")
        })
    }

    /// The references that could not be resolved, for the reason that the compiler gave.
    pub(super) fn astray(&self, schema: &Value, reason: &ReferencingError) -> Vec<SchemaFault> {
        match reason {
            ReferencingError::Unretrievable { uri, .. } => self.remote(schema, uri),
            ReferencingError::PointerToNowhere { pointer: place }
            | ReferencingError::NoSuchAnchor { anchor: place } => {
                let leads_there =
                    |text: &str| text.split_once('#').is_some_and(|(_, to)| to == place);
                self.at_references(schema, leads_there, |_| {
                    format!("this leads to \"#{place}\", which is not in this file")
                })
            }
            other => {
                let said = other.to_string();
                self.at_references(schema, |text| said.contains(text), |_| said.clone())
            }
        }
    }

    /// One fault for each reference that `wanted` selects; one for the whole schema if it selects none.
    fn at_references(
        &self,
        schema: &Value,
        wanted: impl Fn(&str) -> bool,
        message: impl Fn(&str) -> String,
    ) -> Vec<SchemaFault> {
        let mut all = Vec::new();
        references(schema, "", &mut all);
        let picked = all.iter().filter(|(_, text)| wanted(text));
        let faults: Vec<_> = picked
            .map(|(pointer, text)| self.fault(pointer, message(text)))
            .collect();
        if faults.is_empty() {
            return vec![self.fault("", message(""))];
        }
        faults
    }
}

/// Every `$ref` and similar keyword in a schema: its pointer and its text.
fn references<'v>(value: &'v Value, pointer: &str, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = join_pointer(pointer, name);
                match (name.as_str(), member) {
                    ("$ref" | "$dynamicRef" | "$recursiveRef" | "$schema", Value::String(text)) => {
                        found.push((place, text));
                    }
                    _ => references(member, &place, found),
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                references(element, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// A retriever that fetches nothing: it records each request and returns a schema that allows everything, so that one
/// attempt finds every reference out of the file.
#[derive(Clone, Default)]
pub(super) struct SchemaRequest(Arc<Mutex<Vec<String>>>);

impl SchemaRequest {
    /// The requested URIs, each once.
    pub(super) fn uris(&self) -> Vec<String> {
        let mut uris = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        uris.sort();
        uris.dedup();
        uris
    }
}

impl Retrieve for SchemaRequest {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(uri.to_string());
        Ok(Value::Bool(true))
    }
}
