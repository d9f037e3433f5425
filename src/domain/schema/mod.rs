//! JSON Schemas for job data: compiles schemas, and checks documents against them.
//!
//! Nothing is ever fetched, formats are checked, and numbers are compared exactly, with any number of digits. Patterns run
//! in an engine whose time is linear, so that no schema can stall the program. A schema with any fault does not compile;
//! callers then block edits and show the faults.

#[cfg(test)]
mod check_tests;
pub(crate) mod compatibility;
mod compile;
#[cfg(test)]
mod compile_tests;
mod example;
mod fault;
mod field_text;
pub(crate) mod in_force;
pub(crate) mod infer;
mod message_parts;
mod messages;
pub(crate) mod quick_fixes;
mod references;
mod violation;

pub(crate) use fault::SchemaFault;
pub(crate) use violation::Violation;

use super::json::{Document, JsonError};

/// Documents up to this depth are checked on the current stack.
const SHALLOW: usize = 16;

/// The stack, in bytes, for deep documents and for compiling. The validator recurses, measured at up to 17 kB per level,
/// and an overflow would end the whole program. The system only provides the part that is touched.
const LARGE_STACK: usize = 128 << 20;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    name: String,
    hash: String,
    /// The schema itself, for what it says about its fields.
    value: serde_json::Value,
    validator: jsonschema::Validator,
}

impl Schema {
    /// Compiles the schema `text`. `source_name` is its file, which every fault names. `$schema` selects draft 4, 6, 7,
    /// 2019-09 or 2020-12; the default is 2020-12.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the text; never empty.
    pub fn compile(source_name: &str, text: &str) -> Result<Schema, Vec<SchemaFault>> {
        let compiled = on_a_large_stack(|| compile::validator(source_name, text));
        let (validator, value) = compiled.unwrap_or_else(|error| {
            let message = format!("the schema could not be compiled: {error}");
            Err(vec![SchemaFault::whole(source_name, message)])
        })?;
        Ok(Schema {
            name: source_name.to_owned(),
            hash: compile::hash(text),
            value,
            validator,
        })
    }

    /// Checks a document and returns its violations in the order of its text; none if it passes. After 200 violations one
    /// more counts the rest.
    ///
    /// # Errors
    ///
    /// If the document is nested too deep to be checked. It must not be stored then.
    pub fn check(&self, document: &Document<'_>) -> Result<Vec<Violation>, JsonError> {
        let value = document.to_value()?;
        let check =
            || violation::collect(document, &self.value, self.validator.iter_errors(&value));
        if document.depth() <= SHALLOW {
            return Ok(check());
        }
        on_a_large_stack(check).map_err(|error| JsonError {
            line: 1,
            column: 1,
            message: format!("the document could not be checked: {error}"),
        })
    }

    /// The schema itself.
    pub(crate) fn value(&self) -> &serde_json::Value {
        &self.value
    }

    /// The schema itself, pretty-printed.
    pub fn pretty(&self) -> String {
        format!("{:#}", self.value)
    }

    /// The lowercase hexadecimal SHA-256 of the schema's text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The file this schema came from, as given to [`Schema::compile`].
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Runs `work` on a thread with a large stack and waits for it.
///
/// # Errors
///
/// If the system can't start a thread.
fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(LARGE_STACK);
        let outcome = thread.spawn_scoped(scope, work)?.join();
        outcome.or_else(|panic| std::panic::resume_unwind(panic))
    })
}
