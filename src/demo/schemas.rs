//! The schemas and repair policies of some queues, written to a folder where the server reads them and users of the demo can change them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The path in the folder, and the text.
const SCHEMAS: [(&str, &str); 6] = [
    ("billing.json", include_str!("schemas/billing.json")),
    (
        "billing.policy.json",
        include_str!("schemas/billing.policy.json"),
    ),
    // A refund has what a charge has.
    ("refunds.json", include_str!("schemas/billing.json")),
    ("email/v2.json", include_str!("schemas/email/v2.json")),
    ("email/v3.json", include_str!("schemas/email/v3.json")),
    // An address takes a second person, and a name is hidden.
    (
        "email/v3.policy.json",
        include_str!("schemas/email/v3.policy.json"),
    ),
];

/// Writes the schemas to a folder inside `folder` and returns its path.
pub(super) fn write_into(folder: &Path) -> io::Result<PathBuf> {
    let folder = folder.join("schemas");
    for (path, text) in SCHEMAS {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, text)?;
    }
    Ok(folder)
}

/// For the tests of the data that the schemas are for.
#[cfg(test)]
pub(super) mod checked {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;

    use crate::demo::schemas::SCHEMAS;
    use crate::domain::json::Document;
    use crate::domain::schema::Schema;

    #[test]
    fn every_policy_of_the_demo_can_be_used_and_its_pointers_are_in_a_schema() {
        let folder = tempfile::tempdir().unwrap();
        let schemas = crate::demo::schemas::write_into(folder.path()).unwrap();
        let policies = crate::store::schema_folder::check_policies(&schemas).unwrap();
        assert!(!policies.is_empty());
        for file in policies.values() {
            assert!(file.now.is_ok(), "{:?}", file.now);
        }
    }

    /// How many faults the schema at `path` finds in `data`.
    pub(in crate::demo) fn faults(path: &str, data: &Value) -> usize {
        let (name, text) = SCHEMAS.iter().find(|(name, _)| *name == path).unwrap();
        let schema = Schema::compile(name, text).unwrap();
        let text = data.to_string();
        let document = Document::parse(&text).unwrap();
        schema.check(&document).unwrap().len()
    }
}
