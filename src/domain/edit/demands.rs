//! What a change takes beside the right to make it.

use super::limit::EditLimit;

/// What a change takes beside the right to make it; nothing where no policy is in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demands {
    /// The policy that says so, by its file; empty where there is none.
    pub policy: String,
    /// Its SHA-256.
    pub policy_hash: String,
    /// The policy names fields that not everybody may see.
    pub hides: bool,
    /// The person has to type their password again.
    pub password: bool,
    /// A second person has to approve it, because it changes these places.
    pub approval: Vec<String>,
    /// How many edits the person may make.
    pub limit: Option<EditLimit>,
}
