//! A proposal as the fields of its hash.

use std::collections::HashMap;

use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::proposals::{Proposal, ProposalId, ProposalRules};
use crate::domain::queue::QueueId;
use crate::store::error::StoreError;

/// What the script does not set itself.
pub(super) fn fields_of(proposal: &Proposal) -> Result<Vec<(&'static str, String)>, StoreError> {
    let critical = serde_json::to_string(&proposal.critical)
        .map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let rules = &proposal.rules;
    let fields: [(&'static str, &str); 16] = [
        ("requester", &proposal.requester),
        ("requester_id", &proposal.requester_id),
        ("prefix", proposal.queue.prefix()),
        ("queue", proposal.queue.name()),
        ("job", proposal.job.as_str()),
        ("job_name", &proposal.job_name),
        ("state", proposal.state.name()),
        ("before", proposal.before.as_str()),
        ("after", proposal.after.as_str()),
        ("size", &proposal.size.to_string()),
        ("schema", &rules.schema),
        ("schema_hash", &rules.schema_hash),
        ("policy", &rules.policy),
        ("policy_hash", &rules.policy_hash),
        ("critical", &critical),
        ("reason", &proposal.reason),
    ];
    let owned = fields.map(|(name, value)| (name, value.to_owned()));
    Ok(owned.into())
}

/// The proposal of a hash, from its names and values alternating; `None` if there is none.
pub(super) fn proposal_of(id: &ProposalId, hash: Vec<String>) -> Option<Proposal> {
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut texts = hash.into_iter();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        fields.insert(name, value);
    }
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    Some(Proposal {
        id: id.clone(),
        queue: QueueId::new(&take("prefix"), &take("queue")).ok()?,
        job: JobId::new(take("job"))?,
        job_name: take("job_name"),
        state: take("state").parse().unwrap_or(JobState::Unknown),
        before: Revision::parse(&take("before"))?,
        after: Revision::parse(&take("after"))?,
        size: take("size").parse().ok()?,
        rules: ProposalRules {
            schema: take("schema"),
            schema_hash: take("schema_hash"),
            policy: take("policy"),
            policy_hash: take("policy_hash"),
        },
        critical: serde_json::from_str(&take("critical")).unwrap_or_default(),
        reason: take("reason"),
        made: take("made").parse().ok()?,
        expires: take("expires").parse().ok()?,
        status: take("status").parse().ok()?,
        decided_by: take("decided_by"),
        decided_at: take("decided_at").parse().unwrap_or_default(),
        why: take("why"),
        requester: take("requester"),
        requester_id: take("requester_id"),
    })
}
