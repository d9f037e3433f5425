//! A folder of schemas, and edits that are checked against them.

use std::fs;

use reqwest::StatusCode;
use tempfile::TempDir;

use crate::{Jobs, Person, Seen, TestApp};

/// A folder of schemas that a test writes.
pub struct Folder(pub TempDir);

impl Folder {
    /// A folder with these files: paths below it, and texts.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.0.path().join(path)).unwrap();
    }

    /// An application that checks edits against it.
    pub async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        let folder = self.0.path().to_str().unwrap();
        TestApp::with(&[&[("schemas", folder)], settings].concat()).await
    }
}

/// Opens job 1 of a queue, puts `text` in place of its data and saves.
pub async fn save(person: &Person, queue: &str, text: &str) -> Seen {
    let form = person.edit(queue, "1").await;
    let form = form.set("text", text).set("reason", "r");
    person.send("/job/save", &form).await
}

/// Opens a new failed job with empty data, saves `text`, and returns the answer.
pub async fn save_new(jobs: &mut Jobs, person: &Person, queue: &str, text: &str) -> StatusCode {
    jobs.failed(queue, "1", "{}").await;
    save(person, queue, text).await.status
}
