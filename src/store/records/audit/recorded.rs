//! Proof that the entry of a change is in the audit log.

use crate::domain::access::Permit;
use crate::domain::access::permission::Permission;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::store::Store;
use crate::store::error::StoreError;

/// An entry that is in the log, for a change that is still to be made: what a write takes if its own script does not append
/// the entry. It is good for one write, so it can't be cloned. Only [`Store::record`] makes one, and a script that begins a
/// run.
#[derive(Debug)]
#[must_use = "its change is recorded and not made yet"]
pub struct Recorded<A: Permission> {
    entry: UnrecordedEntry<A>,
}

impl<A: Permission> Recorded<A> {
    /// For a script of this module that has just appended the entry.
    pub(in crate::store::records) fn by_script(entry: UnrecordedEntry<A>) -> Self {
        Self { entry }
    }

    /// The permit for the change.
    pub fn permit(&self) -> &Permit<A> {
        self.entry.permit()
    }

    /// The outcome of the same event, for a script that appends it.
    pub fn ended(&self, outcome: AuditOutcome) -> UnrecordedEntry<A> {
        self.entry.ended(outcome)
    }

    /// The entry in the log.
    pub fn as_entry(&self) -> &Entry {
        self.entry.as_entry()
    }
}

impl Store {
    /// Records an intent before its change is made. If this fails, the change can't be made. The outcome is recorded
    /// afterwards as the same event, with `Entry::ended`.
    pub async fn record<A: Permission>(
        &self,
        intent: UnrecordedEntry<A>,
    ) -> Result<Recorded<A>, StoreError> {
        self.append_audit(intent.as_entry()).await?;
        Ok(Recorded { entry: intent })
    }
}
