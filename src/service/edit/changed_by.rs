//! Who made the change that an edit conflicts with.

use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::audit::visibility::seen_by;
use crate::service::error::ServiceError;

/// How many of the job's newest entries are looked at.
const LOOKED_AT: u64 = 20;

/// Who changed a job's data last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedBy {
    /// Someone through Bullkeeper: their name, and when in Unix milliseconds.
    Person(String, u64),
    /// Another program: the audit log has no entry that led to this data.
    AnotherProgram,
    /// The reader may not read the audit log, or it can't be read.
    NotTold,
}

impl Services {
    /// Who changed a job's data to what it is at `now`.
    pub async fn changed_by(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        now: &Revision,
    ) -> Result<ChangedBy, ServiceError> {
        if !operator.may(Action::ReadAudit, queue) {
            return Ok(ChangedBy::NotTold);
        }
        let Some(entries) = self.store.audit_history(queue, id, 0, LOOKED_AT).await? else {
            return Ok(ChangedBy::NotTold);
        };
        // The settings may have begun or ceased to hide something since the entry was written.
        let sealed = self.redactor_for(queue, None).await?.seal(now.as_str());
        let led_here = |after: &str| after == sealed || after == now.as_str();
        let found = entries.into_iter().find(|recorded| {
            recorded.entry.outcome == AuditOutcome::Applied && led_here(&recorded.entry.after)
        });
        let Some(found) = found else {
            return Ok(ChangedBy::AnotherProgram);
        };
        let millis = found.id.split('-').next().and_then(|ms| ms.parse().ok());
        Ok(match seen_by(operator, found) {
            Some(seen) => ChangedBy::Person(
                seen.entry.actor().name().to_owned(),
                millis.unwrap_or_default(),
            ),
            None => ChangedBy::NotTold,
        })
    }
}
