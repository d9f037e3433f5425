//! What was read last of the proposals that wait, and of what was saved without approval.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::domain::edit::broken_glass::BrokenGlass;
use crate::store::records::proposals::PendingProposal;

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct ProposalReadings {
    found: Mutex<Arc<[PendingProposal]>>,
    broken_glass: Mutex<Option<BrokenGlass>>,
    /// Told when this process changed a proposal.
    pub(crate) changed: Notify,
}

impl ProposalReadings {
    /// The pending proposals.
    pub(crate) fn found(&self) -> Arc<[PendingProposal]> {
        let kept = self.found.lock();
        Arc::clone(&kept.unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest edit that was saved without the second person that it takes.
    pub(crate) fn broken_glass(&self) -> Option<BrokenGlass> {
        let kept = self.broken_glass.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what was read now.
    pub(crate) fn keep(&self, found: Vec<PendingProposal>, glass: Option<BrokenGlass>) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found.into();
        let kept = self.broken_glass.lock();
        *kept.unwrap_or_else(PoisonError::into_inner) = glass;
    }
}
