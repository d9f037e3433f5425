//! The folder of schemas and policies: read as a whole, looked up by queue and job name, and read again when it changes.
//!
//! `billing.json` is a schema, `billing.policy.json` a policy. The schema of a name that ends in `.policy` writes that dot as
//! `%2E`, so that it is not taken for a policy.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

pub(crate) use super::hidden_by_policies::QueueHiding;
use super::policy_files::{self, Policies};
pub(crate) use super::schema_paths::path_of;
use super::schema_paths::{candidates, stems};
use crate::domain::policy::mask::Hiding;
use crate::domain::policy::{FaultyPolicy, PolicyInForce};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::{Schema, SchemaFault};
use crate::domain::versions::VersionedName;

/// The shortest time between two checks for changes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The most files in a folder of schemas.
const MOST_FILES: usize = 10_000;

/// The largest file, in bytes; a larger one is a fault.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Every schema file of a folder by its path in it, with `/` between its parts: `email/v2.json`.
pub(crate) type Compiled = BTreeMap<String, Result<Arc<Schema>, Arc<Vec<SchemaFault>>>>;

type Signature = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// A folder of schemas. Lookups use memory; the folder is checked for changes at most once a second.
#[derive(Debug)]
pub(crate) struct SchemaFolder {
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    looked: Option<Instant>,
    signature: Signature,
    compiled: Arc<Compiled>,
    policies: Policies,
    unreadable: Option<String>,
    /// Whether the folder could be read before.
    was_read: bool,
}

impl SchemaFolder {
    /// The schemas in `folder`, or none.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            state: Mutex::default(),
        }
    }

    /// Whether there is no folder, so that no job has a schema.
    pub(crate) fn is_empty(&self) -> bool {
        self.folder.is_none()
    }

    /// The schema in force for a job named `job` in a queue of `lineage`: the most specific file that exists. A faulty file
    /// is never skipped for a less specific one. A folder that can't be read is a fault too.
    pub(crate) fn for_job(&self, lineage: &VersionedName, job: &str) -> InForce {
        let Some(folder) = &self.folder else {
            return InForce::Nothing;
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.look(folder);
        if let Some(error) = &state.unreadable {
            return InForce::Faulty(Arc::new(vec![fault(&folder.display().to_string(), error)]));
        }
        candidates(lineage, job)
            .iter()
            .find_map(|path| state.compiled.get(path))
            .map_or(InForce::Nothing, |found| match found {
                Ok(schema) => InForce::Schema(Arc::clone(schema)),
                Err(faults) => InForce::Faulty(Arc::clone(faults)),
            })
    }

    /// The policy in force for a job named `job` in a queue of `lineage`, found as its schema is.
    pub(crate) fn policy_for(&self, lineage: &VersionedName, job: &str) -> PolicyInForce {
        let Some(folder) = &self.folder else {
            return PolicyInForce::Nothing;
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.look(folder);
        let stems = stems(lineage, job);
        let found = stems.iter().find_map(|stem| state.policies.get(stem));
        if let Some(error) = &state.unreadable {
            let last_good = found.and_then(|found| found.last_good.clone());
            return PolicyInForce::Faulty(Arc::new(FaultyPolicy {
                faults: vec![fault(&folder.display().to_string(), error)],
                last_good,
            }));
        }
        found.map_or(PolicyInForce::Nothing, |found| found.in_force())
    }
}

impl SchemaFolder {
    /// Names all that the folder says of jobs of a queue of `lineage`: another name says that something changed.
    pub(crate) fn digest_for(&self, lineage: &VersionedName) -> String {
        let Some(folder) = &self.folder else {
            return String::new();
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.look(folder);
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        if let Some(error) = &state.unreadable {
            add(error);
        }
        let family = lineage.family.replace('%', "%25");
        let of_family = |path: &str| {
            let rest = path.strip_prefix(&family);
            rest.is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
        };
        for (path, schema) in state.compiled.iter().filter(|(path, _)| of_family(path)) {
            add(path);
            match schema {
                Ok(schema) => add(schema.hash()),
                Err(faults) => faults.iter().for_each(|fault| add(&fault.message)),
            }
        }
        let of_family = |stem: &str| {
            let rest = stem.strip_prefix(&family);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for (stem, policy) in state.policies.iter().filter(|(stem, _)| of_family(stem)) {
            add(stem);
            match &policy.now {
                Ok(policy) => add(&policy.hash),
                Err(faults) => faults.iter().for_each(|fault| add(&fault.message)),
            }
        }
        encode_string(&digest.finalize())
    }

    /// What the policies of a queue of `lineage` hide. `None` if the folder has to be looked at first, which takes time.
    pub(crate) fn known_hiding(&self, lineage: &VersionedName) -> Option<QueueHiding> {
        if self.folder.is_none() {
            return Some(QueueHiding::default());
        }
        let state = self.state.try_lock().ok()?;
        let is_fresh = state.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY);
        is_fresh.then(|| state.hiding(lineage))
    }

    /// The same, after a look at the folder where it is time for one.
    pub(crate) fn hiding(&self, lineage: &VersionedName) -> QueueHiding {
        let Some(folder) = &self.folder else {
            return QueueHiding::default();
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.look(folder);
        state.hiding(lineage)
    }
}

impl State {
    fn hiding(&self, lineage: &VersionedName) -> QueueHiding {
        let is_readable = self.unreadable.is_none();
        // Where nothing is known of the folder, it may hold a policy that hides all.
        let otherwise = match !is_readable && !self.was_read {
            true => Hiding::Everything,
            false => Hiding::Nothing,
        };
        QueueHiding::of_queue(lineage, &self.policies, is_readable, otherwise)
    }

    fn look(&mut self, folder: &Path) {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return;
        }
        self.looked = Some(Instant::now());
        let read = signature(folder);
        self.was_read |= read.is_ok();
        match read {
            Ok(signature) if signature == self.signature && self.unreadable.is_none() => {}
            Ok(signature) => {
                self.compiled = Arc::new(compile_all(folder, signature.keys()));
                let texts = policy_texts(folder, signature.keys());
                self.policies = policy_files::read(&texts, &self.compiled, &self.policies);
                self.signature = signature;
                self.unreadable = None;
            }
            Err(error) => self.unreadable = Some(error.to_string()),
        }
    }
}

/// Every schema under `folder`, compiled: what `schema check` reports.
pub(crate) fn check_folder(folder: &Path) -> io::Result<Compiled> {
    Ok(compile_all(folder, signature(folder)?.keys()))
}

/// Every policy under `folder`: what `policy check` reports.
pub(crate) fn check_policies(folder: &Path) -> io::Result<Policies> {
    let files = signature(folder)?;
    let texts = policy_texts(folder, files.keys());
    let schemas = compile_all(folder, files.keys());
    Ok(policy_files::read(&texts, &schemas, &Policies::new()))
}

fn signature(folder: &Path) -> io::Result<Signature> {
    let mut files = Signature::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder)? {
            let item = item?;
            let about = fs::metadata(item.path())?;
            if about.is_dir() {
                folders.push(item.path());
            } else if item.path().extension().is_some_and(|end| end == "json") {
                files.insert(item.path(), (about.len(), about.modified().ok()));
            }
            if files.len() + folders.len() > MOST_FILES {
                return Err(io::Error::other(format!(
                    "more than {MOST_FILES} files: is this a folder of schemas?"
                )));
            }
        }
    }
    Ok(files)
}

fn compile_all<'a>(folder: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Compiled {
    files
        .map(|file| (file, name_in(folder, file)))
        .filter(|(_, name)| !policy_files::is_policy(name))
        .map(|(file, name)| {
            let schema = read(file)
                .map_err(|error| vec![fault(&name, &error.to_string())])
                .and_then(|text| Schema::compile(&name, &text))
                .map(Arc::new)
                .map_err(Arc::new);
            (name, schema)
        })
        .collect()
}

/// The text of every policy by its path in the folder, or why it can't be read.
fn policy_texts<'a>(
    folder: &Path,
    files: impl Iterator<Item = &'a PathBuf>,
) -> Vec<(String, Result<String, String>)> {
    files
        .map(|file| (file, name_in(folder, file)))
        .filter(|(_, name)| policy_files::is_policy(name))
        .map(|(file, name)| (name, read(file).map_err(|error| error.to_string())))
        .collect()
}

/// The path of a file in the folder, with `/` between its parts.
fn name_in(folder: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn read(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > LARGEST_FILE {
        return Err(io::Error::other("larger than 4 MB"));
    }
    fs::read_to_string(file)
}

fn fault(file: &str, message: &str) -> SchemaFault {
    SchemaFault {
        file: file.to_owned(),
        line: 1,
        column: 1,
        pointer: String::new(),
        message: message.to_owned(),
    }
}
