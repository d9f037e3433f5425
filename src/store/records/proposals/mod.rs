//! Proposals: what a person asked a second one to approve. The record has no data; the exact bytes have a key of their own, which
//! goes when the proposal is decided on or expires. Both number and bytes are bounded, for one person and for all.

pub(crate) mod alarm;
pub(crate) mod approval;
mod read;
mod record;

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::audit::add_entry;
use super::millis::millis;
use crate::domain::access::permission::Permission;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::edit::limit::EditLimit;
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus};
use crate::store::Store;
use crate::store::error::StoreError;
pub(crate) use read::PendingProposal;
use record::fields_of;

static PROPOSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("propose.lua")));
static CLOSE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../bullmq/operations/scripts/parts/decide.lua"),
        include_str!("close.lua")
    ))
});

/// How long the record of a decided proposal is kept; the audit log has every step for as long as it is kept itself.
pub(crate) const DECIDED_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How many decided proposals are kept.
pub(crate) const DECIDED_KEPT: usize = 500;

/// How many pending proposals one person may have, and how many bytes these store.
pub(crate) const OF_ONE: u64 = 20;
const BYTES_OF_ONE: u64 = 20_000_000;

/// The same for all people.
const IN_ALL: u64 = 500;
const BYTES_IN_ALL: u64 = 64_000_000;

/// What became of a proposal that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proposed {
    /// It is kept.
    Kept,
    /// There is no such job.
    Gone,
    /// So many proposals of the person's own, with so many bytes, are pending.
    TooManyOwn(u64, u64),
    /// So many of all people are.
    TooMany(u64, u64),
    /// The person made as many edits as the limit allows; one more is allowed after this time.
    Limited(Duration),
}

/// What became of a proposal that was to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is closed, with its entry.
    Done,
    /// It had expired.
    Expired,
    /// It was closed before, with this status.
    Before(ProposalStatus),
    /// There is none.
    Gone,
}

impl Store {
    /// The keys of a proposal and of the lists that it is on, in the scripts' order.
    fn proposal_keys(&self, id: &ProposalId) -> [String; 4] {
        [
            self.own.proposal(id),
            self.own.proposal_data(id),
            self.own.proposals(),
            self.own.proposals_decided(),
        ]
    }

    /// Keeps a proposal about the target of the entry's permit with its bytes, for `good_for`, together with its entry. The requester's limit of edits
    /// counts it in the same step. Of the proposal, its times and its status are not read.
    pub(crate) async fn propose<A: Permission>(
        &self,
        entry: &UnrecordedEntry<A>,
        proposal: &Proposal,
        kept: &str,
        good_for: Duration,
        limit: Option<&EditLimit>,
    ) -> Result<Proposed, StoreError> {
        let Proposal {
            id,
            requester,
            queue,
            ..
        } = proposal;
        let job = entry.permit().job();
        if entry.permit().queue() != Some(queue) {
            return Err(StoreError::Unexpected(format!("a permit for {queue:?}")));
        }
        let mut invocation = PROPOSE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(&self.proposal_keys(id)[..]);
        if let Some(job) = job {
            invocation
                .key(crate::store::bullmq::keys::of_job(queue, job))
                .key(self.own.audit_of(queue, job));
        }
        if let Some(limit) = limit {
            invocation.key(self.own.edit_times(requester, &limit.policy));
        }
        invocation
            .arg(id.as_str())
            .arg(kept)
            .arg(requester)
            .arg(queue.to_string())
            .arg(millis(good_for))
            .arg(millis(good_for + DECIDED_KEPT_FOR))
            .arg(OF_ONE)
            .arg(BYTES_OF_ONE)
            .arg(IN_ALL)
            .arg(BYTES_IN_ALL)
            .arg(self.audit_list_kept())
            .arg(limit.map_or(0, |limit| limit.edits))
            .arg(limit.map_or(0, |limit| millis(limit.per)))
            .arg(&entry.as_entry().event);
        let fields = fields_of(proposal)?;
        invocation.arg(fields.len() * 2);
        for (name, value) in &fields {
            invocation.arg(*name).arg(value.as_bytes());
        }
        add_entry(&mut invocation, entry.as_entry());
        let answer: Vec<String> = match self.redis.script(&invocation).await {
            Ok(answer) => answer,
            // The answer was lost. The proposal's own record says whether it is kept.
            Err(StoreError::Away(cause)) => {
                return match self.proposal(id).await {
                    Ok(Some(_)) => Ok(Proposed::Kept),
                    _ => Err(StoreError::Away(cause)),
                };
            }
            Err(error) => return Err(error),
        };
        proposed(&answer)
            .ok_or_else(|| StoreError::Unexpected(format!("propose answered {answer:?}")))
    }

    /// Closes a proposal about the target of the entry's permit, together with the entry; `why` is in the decider's words, or in
    /// ours.
    pub(crate) async fn close_proposal<A: Permission>(
        &self,
        entry: &UnrecordedEntry<A>,
        id: &ProposalId,
        status: ProposalStatus,
        why: &str,
    ) -> Result<Closed, StoreError> {
        let permit = entry.permit();
        let mut invocation = CLOSE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(&self.proposal_keys(id)[..]);
        if let (Some(queue), Some(job)) = (permit.queue(), permit.job()) {
            invocation.key(self.own.audit_of(queue, job));
        }
        invocation
            .arg(id.as_str())
            .arg(status.name())
            .arg(permit.by().name())
            .arg(why)
            .arg(millis(DECIDED_KEPT_FOR))
            .arg(DECIDED_KEPT)
            .arg(self.audit_list_kept())
            .arg(u8::from(status == ProposalStatus::Expired));
        add_entry(&mut invocation, entry.as_entry());
        let answer: String = self.redis.script(&invocation).await?;
        match answer.as_str() {
            "closed" => Ok(Closed::Done),
            "expired" => Ok(Closed::Expired),
            "" => Ok(Closed::Gone),
            other => match other.parse() {
                Ok(status) => Ok(Closed::Before(status)),
                Err(_) => Err(StoreError::Unexpected(format!(
                    "close_proposal answered {answer:?}"
                ))),
            },
        }
    }
}

fn proposed(answer: &[String]) -> Option<Proposed> {
    let number = |at: usize| answer.get(at)?.parse().ok();
    Some(match answer.first()?.as_str() {
        "kept" => Proposed::Kept,
        "gone" => Proposed::Gone,
        "yours" => Proposed::TooManyOwn(number(1)?, number(2)?),
        "all" => Proposed::TooMany(number(1)?, number(2)?),
        "limited" => Proposed::Limited(Duration::from_millis(number(1)?)),
        _ => return None,
    })
}
