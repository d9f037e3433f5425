//! Which policy a job's data is under.

use std::sync::Arc;

use super::fault::PolicyFault;
use super::pointer_pattern::PointerPattern;
use super::repair_policy::RepairPolicy;

/// The policy in force for a job.
#[derive(Debug, Clone)]
pub enum PolicyInForce {
    /// No policy: what the settings and the schema allow.
    Nothing,
    /// There is a file for the job, but it is not a policy. Nothing may be changed until it is mended.
    Faulty(Arc<FaultyPolicy>),
    /// This policy.
    Policy(Arc<RepairPolicy>),
}

/// A policy file that can't be used.
#[derive(Debug)]
pub struct FaultyPolicy {
    /// What is wrong; never empty.
    pub faults: Vec<PolicyFault>,
    /// The last version of the file that could be used since this process began. It goes on saying what is hidden.
    pub last_good: Option<Arc<RepairPolicy>>,
}

/// What is hidden from those who may not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden<'p> {
    /// Nothing.
    Nothing,
    /// The values at these places, with all below them.
    Places(&'p [PointerPattern]),
    /// All of the data: nobody knows what has to be hidden.
    All,
}

impl PolicyInForce {
    /// The policy, if there is one and it can be used.
    pub fn policy(&self) -> Option<&Arc<RepairPolicy>> {
        match self {
            Self::Policy(policy) => Some(policy),
            Self::Nothing | Self::Faulty(_) => None,
        }
    }

    /// What is wrong with the policy file.
    pub fn faults(&self) -> &[PolicyFault] {
        match self {
            Self::Faulty(faulty) => &faulty.faults,
            Self::Nothing | Self::Policy(_) => &[],
        }
    }

    /// What is hidden from those without the grant `reveal` for the job's queue.
    pub fn hidden(&self) -> Hidden<'_> {
        let policy = match self {
            Self::Nothing => return Hidden::Nothing,
            Self::Policy(policy) => policy,
            Self::Faulty(faulty) => match &faulty.last_good {
                None => return Hidden::All,
                Some(policy) => policy,
            },
        };
        match policy.sensitive.is_empty() {
            true => Hidden::Nothing,
            false => Hidden::Places(&policy.sensitive),
        }
    }
}
