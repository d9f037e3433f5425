//! The pointers of a policy that lead nowhere: no schema that can be in force where the policy is has them.

use std::sync::Arc;

use super::fault::PolicyFault;
use super::repair_policy::RepairPolicy;
use super::schema_paths::has;
use crate::domain::schema::Schema;

/// The pointers of `policy` that none of `schemas` has, as faults. Without a schema nothing is known.
pub(crate) fn dead_pointers(policy: &RepairPolicy, schemas: &[Arc<Schema>]) -> Vec<PolicyFault> {
    if schemas.is_empty() {
        return Vec::new();
    }
    let named = [
        ("editable", policy.editable.as_deref().unwrap_or_default()),
        ("sensitive", &policy.sensitive),
        ("critical", &policy.critical),
    ];
    let mut faults = Vec::new();
    for (member, patterns) in named {
        for (index, pattern) in patterns.iter().enumerate() {
            if schemas.iter().any(|schema| has(schema, pattern)) {
                continue;
            }
            let files: Vec<&str> = schemas.iter().map(|schema| schema.name()).collect();
            let message = format!(
                "no schema has {:?} (read: {})",
                pattern.as_str(),
                files.join(", ")
            );
            faults.push(policy.fault(&format!("/{member}/{index}"), message));
        }
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults
}
