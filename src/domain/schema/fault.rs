//! A fault of a schema, with its place in the text.

use std::fmt;

use crate::domain::json::Document;

/// One fault of a schema, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFault {
    /// The schema's file, as passed to the compiler.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in Unicode scalar values.
    pub column: usize,
    /// The place as a JSON Pointer; empty for the whole schema and for syntax errors.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl SchemaFault {
    /// A fault of a schema file as a whole, such as one that can't be read.
    pub fn whole(file: impl Into<String>, message: impl Into<String>) -> SchemaFault {
        SchemaFault {
            file: file.into(),
            line: 1,
            column: 1,
            pointer: String::new(),
            message: message.into(),
        }
    }

    /// A fault of the folder of schemas, without a place in a file.
    pub fn of_folder(message: impl Into<String>) -> SchemaFault {
        SchemaFault::whole("the schema folder", message)
    }
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SchemaFault {
            file,
            line,
            column,
            pointer,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if pointer.is_empty() {
            return Ok(());
        }
        write!(f, " (at {pointer})")
    }
}

/// A schema's text and file name, to make its faults from.
pub(super) struct SchemaSource<'t> {
    pub(super) file: &'t str,
    pub(super) document: &'t Document<'t>,
}

impl SchemaSource<'_> {
    pub(super) fn fault(&self, pointer: &str, message: String) -> SchemaFault {
        let position = self.document.locate_nearest(pointer);
        SchemaFault {
            file: self.file.to_owned(),
            line: position.line,
            column: position.column,
            pointer: pointer.to_owned(),
            message,
        }
    }
}
