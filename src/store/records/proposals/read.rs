//! Reads proposals, and what has been used of a limit of edits.

use std::time::Duration;

use super::record::proposal_of;
use crate::domain::edit::broken_glass::BrokenGlass;
use crate::domain::edit::limit::EditLimit;
use crate::domain::proposals::{Proposal, ProposalId};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;

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
