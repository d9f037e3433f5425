//! What data has to be like before a job gets it, whatever changes it: an edit, a new job, a scheduler's template, a patch on the
//! way to another version.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::policy_refusal::{PolicyRefusal, RefusalKind};
use super::problem::{TextProblem, violations};
use crate::domain::job::JobState;
use crate::domain::json::Document;
use crate::domain::policy::changes::{Before, changed_places};
use crate::domain::policy::{PolicyInForce, RepairPolicy};
use crate::domain::schema::in_force::InForce;
use crate::domain::schema::{Schema, SchemaFault};

/// The rules for the data of a job, in the queue where it will be, for one person.
#[derive(Debug, Clone)]
pub(crate) struct DataPolicy {
    /// The schema in force for the job.
    pub schema: InForce,
    /// Changed data needs a schema.
    pub require_schema: bool,
    /// Changed data may be so large, in bytes.
    pub max_data_bytes: u64,
    /// The repair policies in force for the job: that of its queue, and where it comes from another queue or name, the policy
    /// there too. Each of them has to allow a change.
    pub repair: Vec<PolicyInForce>,
    /// The rights of whoever asks.
    pub asker: Asker,
}

/// The rights of whoever changes data, as far as a policy asks for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asker {
    /// They may see hidden values here.
    pub reveal: bool,
    /// They gave their password a short while ago.
    pub confirmed: bool,
    /// Someone else has approved exactly this change.
    pub approved: bool,
}

/// Data that is about to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'c> {
    /// What is stored now; `None` for a new job.
    pub before: Option<&'c [u8]>,
    /// What will be stored.
    pub after: &'c str,
    /// The same data as a person sees it, in which problems have their places.
    pub typed: &'c str,
    /// The job's state; `None` where there is no job yet.
    pub state: Option<JobState>,
}

/// Why data is refused.
#[derive(Debug)]
pub enum DataRefusal {
    /// It is larger than is allowed, both in bytes.
    TooLarge {
        /// What would be stored.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A repair policy refuses it.
    Policy(PolicyRefusal),
    /// The schema in force is itself faulty.
    SchemaFaulty(Arc<Vec<SchemaFault>>),
    /// There is no schema, and the settings require one.
    SchemaMissing,
    /// It breaks the schema.
    Invalid(Vec<TextProblem>),
}

impl DataPolicy {
    /// Checks data that is changed, and returns the schema that it was found valid under.
    ///
    /// # Errors
    /// The first rule that refuses it. What a policy asks of the person comes last: it is no use to give a password for data
    /// that is refused anyway.
    pub(crate) fn check_change(
        &self,
        change: Change<'_>,
    ) -> Result<Option<Arc<Schema>>, DataRefusal> {
        let (size, limit) = (change.after.len() as u64, self.max_data_bytes);
        if size > limit {
            return Err(DataRefusal::TooLarge { size, limit });
        }
        let mut asked = None;
        for policy in &self.repair {
            match self.against(policy, change) {
                Some(refusal) if refusal.asks_for_more() => {
                    asked.get_or_insert(refusal);
                }
                Some(refusal) => return Err(DataRefusal::Policy(refusal)),
                None => {}
            }
        }
        let schema = match self.check_schema(change.typed)? {
            None if self.require_schema => return Err(DataRefusal::SchemaMissing),
            schema => schema,
        };
        match asked {
            Some(refusal) => Err(DataRefusal::Policy(refusal)),
            None => Ok(schema),
        }
    }

    /// Checks data that stays as it is and comes under this policy, as when its job moves. A schema is not required of it,
    /// nor is its size limited: it was stored before. A repair policy is about changes alone.
    ///
    /// # Errors
    /// The first rule that refuses it.
    pub(crate) fn check_unchanged(&self, data: &str) -> Result<Option<Arc<Schema>>, DataRefusal> {
        self.check_schema(data)
    }

    /// Whether data that stays as it is could be refused, and so has to be read.
    pub(crate) fn concerns_unchanged(&self) -> bool {
        !matches!(self.schema, InForce::Nothing)
    }

    /// Whether a repair policy is in force.
    pub(crate) fn has_policy(&self) -> bool {
        let is_some = |policy: &PolicyInForce| !matches!(policy, PolicyInForce::Nothing);
        self.repair.iter().any(is_some)
    }

    /// What the repair policies say against a text that is being typed. Nothing if it is not JSON.
    pub(crate) fn policy_problems(&self, before: &[u8], typed: &str) -> Vec<TextProblem> {
        let change = Change {
            before: Some(before),
            after: typed,
            typed,
            state: None,
        };
        let refusals = self
            .repair
            .iter()
            .filter_map(|policy| self.against(policy, change));
        refusals
            .filter(|refusal| !refusal.asks_for_more())
            .flat_map(|refusal| refusal.problems(typed))
            .collect()
    }

    /// What one repair policy says against a change.
    fn against(&self, policy: &PolicyInForce, change: Change<'_>) -> Option<PolicyRefusal> {
        let policy = match policy {
            PolicyInForce::Nothing => return None,
            PolicyInForce::Policy(policy) => policy,
            PolicyInForce::Faulty(faulty) => {
                let file = faulty.faults.first().map(|fault| fault.file.clone());
                return Some(PolicyRefusal {
                    policy: file.unwrap_or_default(),
                    kind: RefusalKind::Faulty(Arc::clone(faulty)),
                });
            }
        };
        let kind = self.refusal_of(policy, change)?;
        Some(PolicyRefusal {
            policy: policy.name.clone(),
            kind,
        })
    }

    fn refusal_of(&self, policy: &RepairPolicy, change: Change<'_>) -> Option<RefusalKind> {
        if let (Some(state), Some(allowed)) = (change.state, &policy.states)
            && !allowed.contains(&state)
        {
            return Some(RefusalKind::StateNotAllowed {
                state,
                allowed: allowed.clone(),
            });
        }
        // What can't be read is refused by the other rules, or changes nothing.
        let after = Document::parse(change.after).ok()?;
        let before = change.before.map(|bytes| std::str::from_utf8(bytes).ok());
        let document = before.flatten().and_then(|text| Document::parse(text).ok());
        let before = match (before, &document) {
            (None, _) => Before::Nothing,
            (Some(_), Some(document)) => Before::Document(document),
            (Some(_), None) => Before::Unreadable,
        };
        let changed = changed_places(policy, before, &after);
        let editable = policy.editable.iter().flatten();
        Some(match changed {
            changed if !changed.not_editable.is_empty() => RefusalKind::NotEditable {
                places: changed.not_editable,
                editable: editable.map(ToString::to_string).collect(),
            },
            // Whoever adds a job knows what they typed.
            changed
                if !changed.sensitive.is_empty()
                    && !self.asker.reveal
                    && change.before.is_some() =>
            {
                RefusalKind::HiddenChanged(changed.sensitive)
            }
            changed if !changed.sensitive.is_empty() && !self.asker.confirmed => {
                RefusalKind::NeedsPassword(changed.sensitive)
            }
            changed if !changed.critical.is_empty() && !self.asker.approved => {
                RefusalKind::NeedsApproval(changed.critical)
            }
            _ => return None,
        })
    }

    fn check_schema(&self, text: &str) -> Result<Option<Arc<Schema>>, DataRefusal> {
        let schema = match &self.schema {
            InForce::Nothing => return Ok(None),
            InForce::Faulty(faults) => return Err(DataRefusal::SchemaFaulty(Arc::clone(faults))),
            InForce::Schema(schema) => schema,
        };
        let problems = violations(text, schema);
        match problems.is_empty() {
            true => Ok(Some(Arc::clone(schema))),
            false => Err(DataRefusal::Invalid(problems)),
        }
    }
}
