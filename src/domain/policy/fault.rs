//! A fault of a policy file.

use crate::domain::schema::SchemaFault;

/// A fault of a policy file: its file, place and message. It has the same parts as a fault of a schema.
pub type PolicyFault = SchemaFault;
