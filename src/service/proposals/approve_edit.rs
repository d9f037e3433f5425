//! Approving an edit: the exact bytes that were proposed are stored in one step with the decision, or nothing is.

use std::sync::Arc;

use super::decided::Decided;
use super::to_approve::People;
use crate::domain::access::permission::ApproveRepair;
use crate::domain::access::{Action, Origin, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::job::Revision;
use crate::domain::proposals::{Proposal, ProposalStatus, ProposedEdit};
use crate::service::Services;
use crate::service::edit::assess::{CheckedEdit, EditRejection};
use crate::service::edit::request::EditRequest;
use crate::service::edit::sight::EditorSight;
use crate::service::edit::written::keep_checked;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::store::bullmq::operations::update_data::Updated;
use crate::store::records::users::User;

impl Services {
    /// Stores what a proposal holds, if nothing that it rests on changed.
    pub(super) async fn approve_edit(
        &self,
        permit: &Permit<ApproveRepair>,
        proposal: &Proposal,
        edit: &ProposedEdit,
        people: &People,
    ) -> Result<Decided, ServiceError> {
        let _room = self.room.take(DATA_TAKES * proposal.size, BRIEFLY).await?;
        let change = match self.change_of(proposal, edit, &people.requester).await? {
            Ok(change) => change,
            Err(Unapplied::Stale(why)) => return self.close_as_stale(permit, proposal, why).await,
            Err(Unapplied::Expired) => return self.expire(permit, Act::APPROVE, proposal).await,
            Err(Unapplied::NotNow(why)) => return Ok(Decided::NotNow(why)),
        };
        if change.demands.hides && !permit.by().may(Action::Reveal, &proposal.queue) {
            let why = "the policy hides fields of this job from you, and nobody approves what they do not see";
            return Ok(Decided::NotNow(why.to_owned()));
        }
        let entry = UnrecordedEntry::new(permit, Act::APPROVE, AuditOutcome::Applied);
        let entry = self.entry_about(entry, proposal).await?;
        let entry = entry.in_state(change.job.state);
        let name = Some(change.job.name.as_str());
        let redactor = self.redactor_for(&proposal.queue, name).await?;
        let (change, entry) = keep_checked(entry, change, &proposal.reason, redactor).await?;
        let policy = self.policy_for(&proposal.queue, &change.job.name).await;
        let entry = entry.under_policy(&policy);
        let updated = self
            .store
            .apply_proposal(&entry, change.update(), &people.approval(&proposal.id))
            .await;
        self.overview.touch(&proposal.queue, &edit.job);
        Ok(match self.witnessed(entry.as_entry(), updated)? {
            Updated::Saved(entry) => Decided::Applied(entry),
            Updated::Gone => {
                self.close_as_stale(permit, proposal, GONE.to_owned())
                    .await?
            }
            Updated::Stale => {
                self.close_as_stale(permit, proposal, CHANGED.to_owned())
                    .await?
            }
            Updated::Locked => Decided::NotNow(Refusal::Locked.words().to_owned()),
            Updated::Active => Decided::NotNow(Refusal::Active.words().to_owned()),
            Updated::Unmet(unmet) => self.unmet(permit, Act::APPROVE, proposal, unmet).await?,
            // Only an edit by its own person has a limit.
            Updated::Limited(_) => Decided::NotNow("the limit of edits is reached".to_owned()),
        })
    }

    /// The change that a proposal makes, checked again under the rules of now, as its requester's.
    pub(super) async fn change_of(
        &self,
        proposal: &Proposal,
        edit: &ProposedEdit,
        requester: &User,
    ) -> Result<Result<CheckedEdit, Unapplied>, ServiceError> {
        let stale = |why: &str| Ok(Err(Unapplied::Stale(why.to_owned())));
        let Some(after) = self.store.proposal_data(&proposal.id).await? else {
            return Ok(Err(Unapplied::Expired));
        };
        let (Ok(after), true) = (
            String::from_utf8(after.clone()),
            Revision::of(&after) == edit.after,
        ) else {
            return stale("what it would store is not what was proposed");
        };
        let after: Arc<str> = after.into();
        let job = match self.editable(&proposal.queue, &edit.job).await? {
            Ok(job) => job,
            Err(EditRejection::Gone) => return stale(GONE),
            Err(_) => return stale("the stored data is larger than may be edited"),
        };
        if job.revision() != edit.before {
            return stale(CHANGED);
        }
        let draft = EditRequest {
            seen: edit.before.clone(),
            opened: String::new().into(),
            text: Arc::clone(&after),
            reason: proposal.reason.clone(),
        };
        let by = self.operator(requester, Origin::default());
        // The bytes to store were made from what the requester saw, with the hidden values put back.
        let whole = EditorSight::default();
        let change = match self
            .assess(&by, &proposal.queue, job, &draft, &whole)
            .await?
        {
            Ok(change) => change,
            Err(EditRejection::Refused(refusal)) => {
                return Ok(Err(Unapplied::NotNow(refusal.words().to_owned())));
            }
            Err(_) => return stale("the rules do not allow this change any more"),
        };
        let schema = change.schema.as_ref().map_or("", |schema| schema.hash());
        let same = schema == edit.rules.schema_hash
            && change.demands.policy_hash == edit.rules.policy_hash
            && change.after == *after;
        match same {
            true => Ok(Ok(change)),
            false => stale("the schema or the policy was changed since"),
        }
    }

    /// Closes a proposal because something that it rests on changed. It is never adapted to what is there now.
    async fn close_as_stale(
        &self,
        permit: &Permit<ApproveRepair>,
        proposal: &Proposal,
        why: String,
    ) -> Result<Decided, ServiceError> {
        let as_stale = (ProposalStatus::Stale, why);
        self.close_as_past(permit, Act::APPROVE, proposal, as_stale)
            .await
    }
}

/// Why a proposal is not applied.
pub(super) enum Unapplied {
    /// What it rests on changed.
    Stale(String),
    /// Its bytes are gone.
    Expired,
    /// The job can't be edited at the moment.
    NotNow(String),
}

const GONE: &str = "the job is gone";
const CHANGED: &str = "the job's data was changed since";
