//! A job that someone wants to add, and what came of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::audit::action::AuditOutcome;
use crate::domain::edit::data_policy::DataRefusal;
use crate::domain::job::JobId;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::service::edit::not_saved::refused_as;

/// A job that someone wants to add, as it was typed.
#[derive(Debug, Clone)]
pub struct AddRequest {
    /// Where to.
    pub queue: QueueId,
    /// Its name.
    pub name: String,
    /// Its data.
    pub data: Arc<str>,
    /// Its options, by the names of their fields.
    pub typed: HashMap<String, String>,
    /// Why.
    pub reason: String,
}

/// What came of adding a job.
#[derive(Debug)]
pub enum AddOutcome {
    /// It was added.
    Added(JobId),
    /// Something that was typed is wrong; nothing was added.
    Invalid(AddFaults),
    /// The queue does not take it as it is now; nothing was added. The field that says why, and why.
    Conflict(ParameterFault),
    /// Redis did not answer in time; it is not known whether it was added.
    Unknown,
}

/// What is wrong with a job that someone wants to add.
#[derive(Debug, Default)]
pub struct AddFaults {
    /// With its fields.
    pub fields: Vec<ParameterFault>,
    /// With its data.
    pub data: Option<DataRefusal>,
    /// With the reason.
    pub reason: String,
}

impl AddFaults {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.data.is_none() && self.reason.is_empty()
    }

    /// For the audit log: how it counts, and why. A policy's refusal tells pointers; nothing else of what was typed is told, in
    /// which something may have to be hidden.
    pub(crate) fn for_the_log(&self) -> (AuditOutcome, String) {
        match &self.data {
            Some(DataRefusal::Policy(refusal)) => (refused_as(refusal), refusal.to_string()),
            _ => (AuditOutcome::Invalid, self.names()),
        }
    }

    fn names(&self) -> String {
        let mut names: Vec<&str> = self.fields.iter().map(|fault| fault.name).collect();
        names.extend(self.data.as_ref().map(|_| "data"));
        names.extend((!self.reason.is_empty()).then_some("reason"));
        format!("invalid: {}", names.join(", "))
    }
}
