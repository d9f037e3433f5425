//! The data of a job changed: opened, checked against its schema, reviewed and saved.

mod drafts;
mod editing;
mod large_edits;
mod large_memory;
mod large_refused;
mod notices;
mod policies;
mod policy_paths;
mod quick_fixes;
mod reasons;
mod schema_checks;
mod schemas;
