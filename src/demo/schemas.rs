//! The schemas of two of the queues, written where the server can read them, and where who tries the demo may change them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Path in the folder and text.
const SCHEMAS: [(&str, &str); 2] = [
    ("billing.json", include_str!("schemas/billing.json")),
    ("email/v3.json", include_str!("schemas/email/v3.json")),
];

/// Writes the schemas into a folder inside `folder` and says where.
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

/// The schema at `path`, for the tests of the data it is for.
#[cfg(test)]
pub(super) fn compiled(path: &str) -> crate::domain::schema::Schema {
    let (name, text) = SCHEMAS.iter().find(|(name, _)| *name == path).unwrap();
    crate::domain::schema::Schema::compile(name, text).unwrap()
}

/// How many things `schema` finds wrong with `data`.
#[cfg(test)]
pub(super) fn faults(schema: &crate::domain::schema::Schema, data: &serde_json::Value) -> usize {
    let text = data.to_string();
    let document = crate::domain::json::Document::parse(&text).unwrap();
    schema.check(&document).unwrap().len()
}
