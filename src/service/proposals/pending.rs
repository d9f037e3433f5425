//! How many proposals wait for whom, for the navigation of every page. One task reads them now and then, and after each change
//! of this process; a page takes what was read last and asks Redis nothing.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::background::BackgroundTask;
use crate::service::Services;
use crate::service::error::StoreError;

/// How often they are read.
const EVERY: Duration = Duration::from_secs(3);

/// How many proposals concern someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProposalCounts {
    /// Those that they may approve.
    pub to_approve: usize,
    /// Their own.
    pub own: usize,
}

impl Services {
    /// How many pending proposals concern someone, as of the last reading.
    pub fn proposal_counts(&self, operator: &Operator) -> ProposalCounts {
        let now = unix_millis();
        let mut counts = ProposalCounts::default();
        for one in self.pending.found().iter().filter(|one| one.expires > now) {
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
            let read = self.look_at_proposals().await;
            let turn = read.as_ref().copied();
            self.tasks.note(BackgroundTask::FollowProposals, turn);
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.pending.changed.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn look_at_proposals(&self) -> Result<(), StoreError> {
        let glass = self.store.broken_glass().await?;
        let found = self.store.pending_proposals().await?;
        self.pending.keep(found, glass);
        Ok(())
    }
}
