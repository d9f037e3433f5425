//! How many proposals wait for whom, for the navigation of every page. One task reads them now and then, and after each change
//! of this process; a page takes what was read last and asks Redis nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::broken_glass::BrokenGlass;
use crate::service::Services;
use crate::store::records::proposals::PendingProposal;

/// How often they are read.
const EVERY: Duration = Duration::from_secs(3);

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct PendingProposals {
    found: Mutex<Arc<[PendingProposal]>>,
    broken_glass: Mutex<Option<BrokenGlass>>,
    changed: Notify,
}

/// How many proposals concern someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProposalCounts {
    /// Those that they may approve.
    pub to_approve: usize,
    /// Their own.
    pub own: usize,
}

impl PendingProposals {
    /// The newest edit that was saved without the second person that it takes.
    pub(crate) fn broken_glass(&self) -> Option<BrokenGlass> {
        let kept = self.broken_glass.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, glass: Option<BrokenGlass>) {
        let kept = self.broken_glass.lock();
        *kept.unwrap_or_else(PoisonError::into_inner) = glass;
    }
}

impl Services {
    /// How many pending proposals concern someone, as of the last reading.
    pub fn proposal_counts(&self, operator: &Operator) -> ProposalCounts {
        let found = Arc::clone(
            &self
                .pending
                .found
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let now = unix_millis();
        let mut counts = ProposalCounts::default();
        for one in found.iter().filter(|one| one.expires > now) {
            if operator.actor().user() == Some(one.requester.as_str()) {
                counts.own += 1;
            } else if operator.may(Action::ApproveRepair, &one.queue) {
                counts.to_approve += 1;
            }
        }
        counts
    }

    /// Has them read again at once, since this process changed one.
    pub(crate) fn look_at_proposals_soon(&self) {
        self.pending.changed.notify_one();
    }

    /// Reads them until `stop`.
    pub async fn follow_proposals(&self, stop: CancellationToken) {
        loop {
            let read = async {
                let glass = self.store.broken_glass().await?;
                self.pending.keep(glass);
                self.store.pending_proposals().await
            };
            match read.await {
                Ok(found) => {
                    *self
                        .pending
                        .found
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = found.into();
                }
                Err(error) => tracing::debug!(%error, "the pending proposals can't be read"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.pending.changed.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }
}
