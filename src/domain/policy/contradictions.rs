//! What can't be meant in a policy whose parts are each right.

use super::fault::PolicyFault;
use super::repair_policy::RepairPolicy;

/// The parts of a policy that can never have an effect beside the others.
pub(super) fn contradictions(policy: &RepairPolicy) -> Vec<PolicyFault> {
    let Some(editable) = &policy.editable else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (index, critical) in policy.critical.iter().enumerate() {
        if !editable.iter().any(|pattern| pattern.meets(critical)) {
            let message = format!(
                "{:?} is critical and never editable: add it to editable, or take it out here",
                critical.as_str()
            );
            faults.push(policy.fault(&format!("/critical/{index}"), message));
        }
    }
    faults
}
