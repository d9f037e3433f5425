//! Asking for approval: the checked change is kept as it is, for a second person.

use std::time::Duration;

use crate::domain::access::permission::{EditData, Permission};
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::limit::EditLimit;
use crate::domain::job::Revision;
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::{Proposal, ProposalId, ProposalRules, ProposedChange, ProposedEdit};
use crate::service::Services;
use crate::service::edit::assess::CheckedEdit;
use crate::service::edit::request::EditRequest;
use crate::service::error::ServiceError;
use crate::store::records::proposals::{OF_ONE, Proposed};
use crate::store::records::users::User;

/// What became of a request for approval.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It waits for a second person.
    Waiting(ProposalId),
    /// The job is gone.
    Gone,
    /// The requester made as many edits as the limit allows.
    Limited(Duration),
    /// There is no room for it, and why.
    NoRoom(String),
}

impl Services {
    /// Keeps a change for a second person, with its entry. The entry holds nothing of the data that would be stored.
    pub(crate) async fn ask_for_approval(
        &self,
        permit: &Permit<EditData>,
        change: &CheckedEdit,
        draft: &EditRequest,
    ) -> Result<Asked, ServiceError> {
        let JobRef { queue, id: job } = permit.target();
        let requester = self.requester(permit.by()).await?;
        let texts = || vec![change.job.data.clone(), change.after.clone().into_bytes()];
        let reason = self.kept_reason_in(queue, &draft.reason, texts).await?;
        let (schema, schema_hash) = change.schema.as_ref().map_or_else(Default::default, |it| {
            (it.name().to_owned(), it.hash().to_owned())
        });
        let what = ProposedChange::Edit(ProposedEdit {
            job: job.clone(),
            job_name: change.job.name.clone(),
            state: change.job.state,
            before: change.job.revision(),
            after: Revision::of(change.after.as_bytes()),
            rules: ProposalRules {
                schema,
                schema_hash,
                policy: change.demands.policy.clone(),
                policy_hash: change.demands.policy_hash.clone(),
            },
        });
        let proposal = Proposal {
            size: change.after.len() as u64,
            critical: change.demands.approval.clone(),
            reason: reason.clone(),
            ..Proposal::pending(requester.name, requester.id, queue.clone(), what)
        };
        let entry = self.entry_about(
            UnrecordedEntry::new(permit, Act::PROPOSE, AuditOutcome::Applied),
            &proposal,
        );
        let entry = entry.await?.in_state(change.job.state).reason(&reason);
        let policy = self.policy_for(queue, &change.job.name).await;
        let entry = entry.under_policy(&policy);
        let limit = change.demands.limit.as_ref();
        self.keep_proposal(&entry, proposal, &change.after, limit)
            .await
    }

    /// The user who asks, as their record is now.
    pub(super) async fn requester(&self, operator: &Operator) -> Result<User, ServiceError> {
        let user = self.store.user(operator.name()).await?;
        user.ok_or_else(|| ServiceError::Bad("only a user can ask for approval".to_owned()))
    }

    /// Keeps a proposal and the bytes that it holds, with its entry.
    pub(super) async fn keep_proposal<A: Permission>(
        &self,
        entry: &UnrecordedEntry<A>,
        proposal: Proposal,
        bytes: &str,
        limit: Option<&EditLimit>,
    ) -> Result<Asked, ServiceError> {
        let good_for = self.rules.approval_expires;
        let kept = self.store.propose(entry, &proposal, bytes, good_for, limit);
        let kept = self.witnessed(entry.as_entry(), kept.await)?;
        self.look_at_proposals_soon();
        Ok(Asked::of(kept, proposal.id))
    }
}

impl Asked {
    /// What the store said.
    fn of(kept: Proposed, id: ProposalId) -> Self {
        match kept {
            Proposed::Kept => Self::Waiting(id),
            Proposed::Gone => Self::Gone,
            Proposed::Limited(wait) => Self::Limited(wait),
            Proposed::TooManyOwn(count, bytes) => Self::NoRoom(format!(
                "{count} of your proposals with {bytes} bytes wait for approval; {OF_ONE} with 20 MB are allowed. Withdraw one, \
                 or wait until one is decided"
            )),
            Proposed::TooMany(count, bytes) => Self::NoRoom(format!(
                "{count} proposals with {bytes} bytes wait for approval, and there is no room for another. Wait until some are \
                 decided"
            )),
        }
    }
}
