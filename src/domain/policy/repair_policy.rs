//! What a policy file says.

use std::collections::BTreeMap;

use super::edit_limit::EditLimit;
use super::fault::PolicyFault;
use super::pointer_pattern::PointerPattern;
use super::reason_rule::ReasonRule;
use crate::domain::job::JobState;

/// What a policy file says.
#[derive(Debug, Clone)]
pub struct RepairPolicy {
    /// The file, by its path in the folder.
    pub name: String,
    /// The lowercase hexadecimal SHA-256 of the file's text.
    pub hash: String,
    /// What may be changed, added and removed; `None` for everything.
    pub editable: Option<Vec<PointerPattern>>,
    /// What is hidden from those without the grant `reveal`, and takes the password to change.
    pub sensitive: Vec<PointerPattern>,
    /// What takes a second person to change.
    pub critical: Vec<PointerPattern>,
    /// The states in which a job's data may be changed; `None` for every one.
    pub states: Option<Vec<JobState>>,
    /// What is asked of the reason; `None` for what the settings ask.
    pub reason: Option<ReasonRule>,
    /// How many edits one person may make.
    pub limit: Option<EditLimit>,
    /// Where each pointer stands in the file, for faults that are found later.
    pub(super) places: BTreeMap<String, (usize, usize)>,
}

impl RepairPolicy {
    /// A fault at a pointer of the file.
    pub(super) fn fault(&self, pointer: &str, message: String) -> PolicyFault {
        let (line, column) = self.places.get(pointer).copied().unwrap_or((1, 1));
        PolicyFault {
            file: self.name.clone(),
            line,
            column,
            pointer: pointer.to_owned(),
            message,
        }
    }
}
