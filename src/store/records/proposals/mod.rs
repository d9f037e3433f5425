//! Proposals: what a person asked a second one to approve. The record has no data; the exact bytes have a key of their own, which
//! goes when the proposal is decided on or expires. Both number and bytes are bounded, for one person and for all.

mod record;

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::audit::add_entry;
use super::runs::millis;
use super::users::User;
use crate::domain::access::FreshPassword;
use crate::domain::access::permission::{ChangesData, EditData};
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::edit::broken_glass::BrokenGlass;
use crate::domain::edit::limit::EditLimit;
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use record::{fields_of, proposal_of};

static PROPOSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("propose.lua")));
static CLOSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("close.lua")));

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
    /// It is kept, from now to when it expires, both in Unix milliseconds.
    Kept(u64, u64),
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

/// The people of an approval, as they were checked.
#[derive(Debug)]
pub(crate) struct Approval<'a> {
    /// The proposal.
    pub id: &'a ProposalId,
    /// Who proposed.
    pub requester: &'a User,
    /// Who approves.
    pub approver: &'a User,
    /// The approver's password, as their session has it.
    pub fresh: &'a FreshPassword,
}

/// A pending proposal, as the list of them says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingProposal {
    /// Its id.
    pub id: ProposalId,
    /// Who proposed.
    pub requester: String,
    /// The job's queue.
    pub queue: QueueId,
    /// When it expires, in Unix milliseconds.
    pub expires: u64,
}

impl Store {
    /// Keeps a proposal with the bytes that it stores, for `good_for`, together with its entry. The requester's limit of edits
    /// counts it in the same step. Of the proposal, its times and its status are not read.
    pub(crate) async fn propose(
        &self,
        entry: &UnrecordedEntry<EditData>,
        proposal: &Proposal,
        after: &str,
        good_for: Duration,
        limit: Option<&EditLimit>,
    ) -> Result<Proposed, StoreError> {
        let Proposal {
            id,
            requester,
            queue,
            job,
            ..
        } = proposal;
        let mut invocation = PROPOSE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.audit_of(queue, job))
            .key(crate::store::bullmq::keys::of_job(queue, job))
            .key(self.own.proposal(id))
            .key(self.own.proposal_data(id))
            .key(self.own.proposals())
            .key(self.own.proposals_decided());
        if let Some(limit) = limit {
            invocation.key(self.own.edit_times(requester, &limit.policy));
        }
        invocation
            .arg(id.as_str())
            .arg(after)
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
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        proposed(&answer)
            .ok_or_else(|| StoreError::Unexpected(format!("propose answered {answer:?}")))
    }

    /// Closes a proposal about the job of the entry's permit, together with the entry; `why` is in the decider's words, or in
    /// ours.
    pub(crate) async fn close_proposal<A: ChangesData>(
        &self,
        entry: &UnrecordedEntry<A>,
        id: &ProposalId,
        status: ProposalStatus,
        why: &str,
    ) -> Result<Closed, StoreError> {
        let JobRef { queue, id: job } = entry.permit().target();
        let mut invocation = CLOSE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.audit_of(queue, job))
            .key(self.own.proposal(id))
            .key(self.own.proposal_data(id))
            .key(self.own.proposals())
            .key(self.own.proposals_decided())
            .arg(id.as_str())
            .arg(status.name())
            .arg(entry.permit().by().name())
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

    /// A proposal; `None` if there is none, or its record is past its time.
    pub(crate) async fn proposal(&self, id: &ProposalId) -> Result<Option<Proposal>, StoreError> {
        Ok(self.proposals_of(std::slice::from_ref(id)).await?.pop())
    }

    /// The proposals with these ids, in their order, without those that are gone.
    pub(crate) async fn proposals_of(
        &self,
        ids: &[ProposalId],
    ) -> Result<Vec<Proposal>, StoreError> {
        let mut pipeline = redis::pipe();
        for id in ids {
            pipeline.cmd("HGETALL").arg(self.own.proposal(id));
        }
        let answers = match ids.is_empty() {
            true => Vec::new(),
            false => self.redis.read(&mut pipeline).await?,
        };
        let found = ids.iter().zip(answers);
        Ok(found
            .filter_map(|(id, answer)| proposal_of(id, reply::texts(answer)))
            .collect())
    }

    /// The bytes that a proposal stores; `None` once it is decided on or has expired.
    pub(crate) async fn proposal_data(
        &self,
        id: &ProposalId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.own.proposal_data(id));
        Ok(reply::bytes(self.bulk().await.command(&command).await?))
    }

    /// The newest edit that was saved without the second person that it takes, while its alarm is shown.
    pub(crate) async fn broken_glass(&self) -> Result<Option<BrokenGlass>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.own.broken_glass());
        let text = reply::text(self.redis.command(&command).await?);
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// All pending proposals, the one that ends first before the others; some of them may have expired just now.
    pub(crate) async fn pending_proposals(&self) -> Result<Vec<PendingProposal>, StoreError> {
        let mut command = redis::cmd("HGETALL");
        command.arg(self.own.proposals());
        let answer = reply::texts(self.redis.command(&command).await?);
        let pairs = answer.chunks_exact(2);
        let mut found: Vec<PendingProposal> = pairs
            .filter_map(|pair| pending_of(&pair[0], &pair[1]))
            .collect();
        found.sort_by(|a, b| (a.expires, a.id.as_str()).cmp(&(b.expires, b.id.as_str())));
        Ok(found)
    }

    /// The ids of the newest decided proposals, the newest first.
    pub(crate) async fn decided_proposals(
        &self,
        count: usize,
    ) -> Result<Vec<ProposalId>, StoreError> {
        let mut command = redis::cmd("ZREVRANGE");
        command
            .arg(self.own.proposals_decided())
            .arg(0)
            .arg(count.saturating_sub(1));
        let ids = reply::texts(self.redis.command(&command).await?);
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// How many edits a person made within the limit's time, and how long until one more is allowed, where none is left.
    pub(crate) async fn edits_used(
        &self,
        user: &str,
        limit: &EditLimit,
    ) -> Result<(u64, Option<Duration>), StoreError> {
        let key = self.own.edit_times(user, &limit.policy);
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME");
        pipeline.cmd("ZREVRANGE").arg(&key);
        pipeline
            .arg(0)
            .arg(limit.edits.saturating_sub(1))
            .arg("WITHSCORES");
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut next = || reply::texts(answers.next().unwrap_or_default());
        let number = |text: Option<&String>| text.and_then(|text| text.parse::<u64>().ok());
        let time = next();
        let now = number(time.first()).unwrap_or_default() * 1_000
            + number(time.get(1)).unwrap_or_default() / 1_000;
        let scores: Vec<u64> = next()
            .chunks_exact(2)
            .filter_map(|pair| number(pair.get(1)))
            .filter(|at| at + millis(limit.per) > now)
            .collect();
        let used = scores.len() as u64;
        let wait = (used >= limit.edits).then(|| {
            let oldest = scores.last().copied().unwrap_or(now);
            Duration::from_millis((oldest + millis(limit.per)).saturating_sub(now))
        });
        Ok((used, wait))
    }
}

fn proposed(answer: &[String]) -> Option<Proposed> {
    let number = |at: usize| answer.get(at)?.parse().ok();
    Some(match answer.first()?.as_str() {
        "kept" => Proposed::Kept(number(1)?, number(2)?),
        "gone" => Proposed::Gone,
        "yours" => Proposed::TooManyOwn(number(1)?, number(2)?),
        "all" => Proposed::TooMany(number(1)?, number(2)?),
        "limited" => Proposed::Limited(Duration::from_millis(number(1)?)),
        _ => return None,
    })
}

/// A line of the list of pending proposals: `expires size requester prefix:name`.
fn pending_of(id: &str, line: &str) -> Option<PendingProposal> {
    let mut parts = line.splitn(4, ' ');
    let mut next = || parts.next();
    let (expires, _size, requester, queue) = (next()?, next()?, next()?, next()?);
    let (prefix, name) = queue.rsplit_once(':')?;
    Some(PendingProposal {
        id: id.parse().ok()?,
        requester: requester.to_owned(),
        queue: QueueId::new(prefix, name).ok()?,
        expires: expires.parse().ok()?,
    })
}
