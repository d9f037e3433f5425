//! A proposal as the fields of its hash.

use std::collections::HashMap;

use crate::domain::job::{JobId, JobState, Revision};
use crate::domain::proposals::runs::ProposedRun;
use crate::domain::proposals::{Proposal, ProposalId, ProposalRules, ProposedChange, ProposedEdit};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;
use crate::store::error::StoreError;

/// What the script does not set itself.
pub(super) fn fields_of(proposal: &Proposal) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut fields: Vec<(&'static str, String)> = vec![
        ("requester", proposal.requester.clone()),
        ("requester_id", proposal.requester_id.clone()),
        ("prefix", proposal.queue.prefix().to_owned()),
        ("queue", proposal.queue.name().to_owned()),
        ("size", proposal.size.to_string()),
        ("critical", json(&proposal.critical)?),
        ("reason", proposal.reason.clone()),
    ];
    match &proposal.what {
        ProposedChange::Edit(edit) => {
            let rules = edit.rules.clone();
            fields.extend([
                ("job", edit.job.as_str().to_owned()),
                ("job_name", edit.job_name.clone()),
                ("state", edit.state.name().to_owned()),
                ("before", edit.before.as_str().to_owned()),
                ("after", edit.after.as_str().to_owned()),
                ("schema", rules.schema),
                ("schema_hash", rules.schema_hash),
                ("policy", rules.policy),
                ("policy_hash", rules.policy_hash),
            ]);
        }
        ProposedChange::Run(run) => {
            let target = run.target.as_ref();
            fields.extend([
                ("run", run.kind.name().to_owned()),
                ("run_id", run.id.as_str().to_owned()),
                (
                    "target",
                    target.map_or_else(String::new, |queue| queue.name().to_owned()),
                ),
                ("about", run.about.clone()),
                ("plan", run.plan.as_str().to_owned()),
                ("ground", json(&run.ground)?),
                ("figures", json(&run.figures)?),
            ]);
        }
    }
    Ok(fields)
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// The fields of a hash, each of which is taken once.
struct Fields(HashMap<String, String>);

impl Fields {
    fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }
}

/// The proposal of a hash, from its names and values alternating; `None` if there is none.
pub(super) fn proposal_of(id: &ProposalId, hash: Vec<String>) -> Option<Proposal> {
    let mut fields = Fields(HashMap::new());
    let mut texts = hash.into_iter();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        fields.0.insert(name, value);
    }
    let queue = QueueId::new(&fields.take("prefix"), &fields.take("queue")).ok()?;
    let run = fields.take("run");
    let what = match run.is_empty() {
        true => ProposedChange::Edit(edit_of(&mut fields)?),
        false => ProposedChange::Run(run_of(&run, &queue, &mut fields)?),
    };
    let mut take = |name: &str| fields.take(name);
    Some(Proposal {
        id: id.clone(),
        queue,
        what,
        size: take("size").parse().ok()?,
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

fn edit_of(fields: &mut Fields) -> Option<ProposedEdit> {
    Some(ProposedEdit {
        job: JobId::new(fields.take("job"))?,
        job_name: fields.take("job_name"),
        state: fields.take("state").parse().unwrap_or(JobState::Unknown),
        before: Revision::parse(&fields.take("before"))?,
        after: Revision::parse(&fields.take("after"))?,
        rules: ProposalRules {
            schema: fields.take("schema"),
            schema_hash: fields.take("schema_hash"),
            policy: fields.take("policy"),
            policy_hash: fields.take("policy_hash"),
        },
    })
}

/// The run of a kind; the target of a move is under the prefix of its source.
fn run_of(kind: &str, queue: &QueueId, fields: &mut Fields) -> Option<ProposedRun> {
    let target = fields.take("target");
    Some(ProposedRun {
        id: RunId::parse(&fields.take("run_id"))?,
        kind: kind.parse().ok()?,
        target: match target.is_empty() {
            true => None,
            false => Some(QueueId::new(queue.prefix(), &target).ok()?),
        },
        about: fields.take("about"),
        plan: Revision::parse(&fields.take("plan"))?,
        ground: serde_json::from_str(&fields.take("ground")).ok()?,
        figures: serde_json::from_str(&fields.take("figures")).unwrap_or_default(),
    })
}
