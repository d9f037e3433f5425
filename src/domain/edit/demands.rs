//! What a change takes beside the right to make it.

use super::limit::EditLimit;
use crate::domain::policy::RepairPolicy;
use crate::domain::policy::changes::{ChangedPlaces, Places};

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

impl Demands {
    /// What `policy` demands of a change of these places.
    pub(crate) fn of(policy: &RepairPolicy, changed: &ChangedPlaces) -> Self {
        let limit = policy.limit.map(|limit| EditLimit {
            policy: policy.name.clone(),
            edits: limit.edits.into(),
            per: limit.per,
        });
        Self {
            policy: policy.name.clone(),
            policy_hash: policy.hash.clone(),
            hides: !policy.sensitive.is_empty(),
            password: !changed.sensitive.is_empty(),
            approval: listed(&changed.critical),
            limit,
        }
    }
}

/// The first places, and how many more there are.
fn listed(places: &Places) -> Vec<String> {
    let mut listed = places.listed.clone();
    match places.all.saturating_sub(listed.len()) {
        0 => {}
        more => listed.push(format!("and {more} more")),
    }
    listed
}
