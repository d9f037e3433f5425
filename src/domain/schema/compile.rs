//! Compiles a schema's text to a validator, or lists everything that is wrong with it.

use super::fault::{SchemaFault, SchemaSource};
use super::message_parts;
use super::messages;
use super::references::SchemaRequest;
use crate::domain::json::{Document, JsonError};
use base16ct::lower::encode_string;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The deepest nesting of a schema. Compiling recurses and takes far more stack per level than checking.
const MAX_SCHEMA_DEPTH: usize = 128;

const DRAFTS: &str = "supported are \"https://json-schema.org/draft/2020-12/schema\", the same with 2019-09, and \
    \"http://json-schema.org/draft-07/schema#\", the same with draft-06 and draft-04";

/// The lowercase hexadecimal SHA-256 of a text.
pub(super) fn hash(text: &str) -> String {
    encode_string(&Sha256::digest(text.as_bytes()))
}

/// Compiles a schema and keeps it as a value, or lists its faults in the order of the text.
pub(super) fn validator(file: &str, text: &str) -> Result<(Validator, Value), Vec<SchemaFault>> {
    let source = SchemaSource {
        file,
        document: &Document::parse(text).map_err(|fault| vec![syntax(file, fault)])?,
    };
    let value = source.document.to_value_within(MAX_SCHEMA_DEPTH);
    let value = value.map_err(|fault| vec![syntax(file, fault)])?;
    let duplicates = source.document.duplicate_keys().into_iter();
    let mut faults: Vec<SchemaFault> = duplicates.map(|fault| syntax(file, fault)).collect();
    let validator = match draft(&value) {
        Ok(draft) => source
            .compile(draft, &value)
            .map_err(|found| faults.extend(found))
            .ok(),
        Err(message) => {
            faults.push(source.fault("/$schema", message));
            None
        }
    };
    match validator {
        Some(validator) if faults.is_empty() => Ok((validator, value)),
        _ => {
            faults.sort_by_key(|fault| (fault.line, fault.column));
            faults.dedup();
            Err(faults)
        }
    }
}

fn syntax(file: &str, fault: JsonError) -> SchemaFault {
    SchemaFault {
        file: file.to_owned(),
        line: fault.line,
        column: fault.column,
        pointer: String::new(),
        message: fault.message,
    }
}

/// The draft that a schema declares.
fn draft(schema: &Value) -> Result<Draft, String> {
    let uri = match schema.get("$schema") {
        None => return Ok(Draft::Draft202012),
        Some(Value::String(uri)) => uri,
        Some(other) => {
            return Err(format!(
                "$schema names a draft in a string, found {}; {DRAFTS}",
                message_parts::found(other)
            ));
        }
    };
    match Draft::from_schema_uri(uri) {
        Draft::Unknown => Err(format!("the draft \"{uri}\" is not known; {DRAFTS}")),
        draft => Ok(draft),
    }
}

impl SchemaSource<'_> {
    fn compile(&self, draft: Draft, schema: &Value) -> Result<Validator, Vec<SchemaFault>> {
        let faults = self.against_meta_schema(schema)?;
        if !faults.is_empty() {
            return Err(faults);
        }
        let asked = SchemaRequest::default();
        let built = jsonschema::options()
            .with_draft(draft)
            .with_retriever(asked.clone())
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(schema);
        let remote = asked.uris();
        if !remote.is_empty() {
            return Err(remote
                .iter()
                .flat_map(|uri| self.remote(schema, uri))
                .collect());
        }
        built.map_err(|error| self.unbuilt(schema, &error))
    }

    /// All faults that the meta-schema of the schema's draft finds.
    fn against_meta_schema(&self, schema: &Value) -> Result<Vec<SchemaFault>, Vec<SchemaFault>> {
        let meta = jsonschema::meta::validator_for(schema);
        let meta = meta.map_err(|error| vec![self.fault("", error.to_string())])?;
        let mut problems = Vec::new();
        for error in meta.iter_errors(schema) {
            messages::problems(&error, &mut problems);
        }
        let faults = problems.into_iter();
        Ok(faults
            .map(|problem| self.fault(&problem.pointer, problem.message))
            .collect())
    }

    fn unbuilt(&self, schema: &Value, error: &ValidationError<'_>) -> Vec<SchemaFault> {
        let reference = match error.kind() {
            ValidationErrorKind::Referencing(reference) => reference,
            ValidationErrorKind::Format { format } if format == "regex" => {
                let message = "this is not a regular expression that can be run in linear time: look-around, \
                    back-references and very large repetitions are not supported";
                return vec![self.fault(error.instance_path().as_str(), message.to_owned())];
            }
            _ => return vec![self.fault(error.instance_path().as_str(), error.to_string())],
        };
        self.astray(schema, reference)
    }
}
