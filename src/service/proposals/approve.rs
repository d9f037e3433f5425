//! Approving: what a second person saw is stored in one step, or nothing is. Nobody is exempt, whatever their role.

use std::sync::Arc;

use super::decided::{Decided, no_proposal};
use crate::clock::unix_millis;
use crate::domain::access::permission::ApproveRepair;
use crate::domain::access::{Action, FreshPassword, Operator, Origin, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::Refusal;
use crate::domain::job::Revision;
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::people::{NotSecond, Person, check_second};
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::edit::assess::{CheckedEdit, EditRejection};
use crate::service::edit::recorded_change::keep;
use crate::service::edit::request::EditRequest;
use crate::service::edit::sight::EditorSight;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::store::bullmq::operations::update_data::{DataUpdate, Unmet, Updated};
use crate::store::records::proposals::Approval;
use crate::store::records::users::User;

/// The two people of an approval, as their records are now.
struct People {
    requester: User,
    approver: User,
}

impl Services {
    /// Approves someone's proposal and makes its change.
    #[tracing::instrument(level = "error", skip_all, fields(proposal = %id))]
    pub async fn approve_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        let target = JobRef::new(&proposal.queue, &proposal.job);
        let permit = self.permit::<ApproveRepair>(operator, target).await?;
        let approver = self.store.user(operator.name()).await?;
        let Some(approver) = approver.filter(|user| !user.disabled) else {
            return Err(no_proposal(id));
        };
        if let Err(not) = second_person(&proposal, &approver) {
            let entry = Entry::of(&permit, AuditAction::ApproveProposal, AuditOutcome::Denied);
            let entry = entry.because(not).noting(format!("proposal {id}"));
            self.note(&entry).await;
            return Ok(Decided::NotSecond(not));
        }
        match proposal.status_at(unix_millis()) {
            ProposalStatus::Pending | ProposalStatus::Expired => {}
            status => return Ok(Decided::Before(status)),
        }
        let Some(fresh) = operator.fresh_password(unix_millis()).cloned() else {
            return Ok(Decided::NeedsPassword);
        };
        let requester = match self.requester_now(&proposal).await? {
            Ok(requester) => requester,
            Err(why) => return self.close_as_stale(&permit, &proposal, why).await,
        };
        let people = People {
            requester,
            approver,
        };
        let decided = self.try_to_apply(&permit, &proposal, &people, &fresh);
        let decided = decided.await?;
        self.look_at_proposals_soon();
        self.overview.touch(&proposal.queue, &proposal.job);
        Ok(decided)
    }

    /// The requester, if they are the same user as before and may still make the change by themselves; otherwise why not.
    async fn requester_now(
        &self,
        proposal: &Proposal,
    ) -> Result<Result<User, String>, ServiceError> {
        let name = &proposal.requester;
        let Some(user) = self.store.user(name).await? else {
            return Ok(Err(format!("the user {name} was removed")));
        };
        if user.id != proposal.requester_id {
            return Ok(Err(format!("the user {name} was removed and made again")));
        }
        if user.disabled {
            return Ok(Err(format!("the user {name} was disabled")));
        }
        let may = self
            .operator(&user, Origin::default())
            .may(Action::EditData, &proposal.queue);
        Ok(match may {
            true => Ok(user),
            false => Err(format!("{name} may not change this job's data any more")),
        })
    }

    async fn try_to_apply(
        &self,
        permit: &Permit<ApproveRepair>,
        proposal: &Proposal,
        people: &People,
        fresh: &FreshPassword,
    ) -> Result<Decided, ServiceError> {
        let _room = self.room.take(DATA_TAKES * proposal.size, BRIEFLY).await?;
        let change = match self.change_of(proposal, &people.requester).await? {
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
        let (change, entry) = self
            .with_change(&proposal.queue, entry, change, &proposal.reason)
            .await?;
        let policy = self.policy_for(&proposal.queue, &change.job.name).await;
        let entry = entry.under_policy(&policy);
        let update = DataUpdate {
            before: (!change.job.lacks_data).then_some(&change.job.data),
            after: Some(change.after.as_bytes()),
        };
        let approval = Approval {
            id: &proposal.id,
            requester: &people.requester,
            approver: &people.approver,
            fresh,
        };
        let updated = self.store.apply_proposal(&entry, update, &approval).await;
        let changed = |whose: &str| format!("{whose} rights were changed while this was approved");
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
            Updated::Unmet(Unmet::Decided(status)) => match status.parse() {
                Ok(status) => Decided::Before(status),
                Err(_) => return Err(no_proposal(&proposal.id)),
            },
            Updated::Unmet(Unmet::Expired | Unmet::NoBytes) => {
                self.expire(permit, Act::APPROVE, proposal).await?
            }
            Updated::Unmet(Unmet::Requester) => Decided::NotNow(changed("the requester's")),
            Updated::Unmet(Unmet::Approver) => Decided::NotNow(changed("your")),
            Updated::Unmet(Unmet::NotFresh) => Decided::NeedsPassword,
            // Only an edit by its own person has a limit.
            Updated::Limited(_) => Decided::NotNow("the limit of edits is reached".to_owned()),
        })
    }

    /// The change that a proposal makes, checked again under the rules of now, as its requester's.
    pub(super) async fn change_of(
        &self,
        proposal: &Proposal,
        requester: &User,
    ) -> Result<Result<CheckedEdit, Unapplied>, ServiceError> {
        let stale = |why: &str| Ok(Err(Unapplied::Stale(why.to_owned())));
        let Some(after) = self.store.proposal_data(&proposal.id).await? else {
            return Ok(Err(Unapplied::Expired));
        };
        let (Ok(after), true) = (
            String::from_utf8(after.clone()),
            Revision::of(&after) == proposal.after,
        ) else {
            return stale("what it would store is not what was proposed");
        };
        let after: Arc<str> = after.into();
        let job = match self.editable(&proposal.queue, &proposal.job).await? {
            Ok(job) => job,
            Err(EditRejection::Gone) => return stale(GONE),
            Err(_) => return stale("the stored data is larger than may be edited"),
        };
        if job.revision() != proposal.before {
            return stale(CHANGED);
        }
        let draft = EditRequest {
            seen: proposal.before.clone(),
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
        let same = schema == proposal.rules.schema_hash
            && change.demands.policy_hash == proposal.rules.policy_hash
            && change.after == *after;
        match same {
            true => Ok(Ok(change)),
            false => stale("the schema or the policy was changed since"),
        }
    }

    /// Adds to an entry what the log keeps of the change.
    async fn with_change(
        &self,
        queue: &QueueId,
        entry: UnrecordedEntry<ApproveRepair>,
        change: CheckedEdit,
        reason: &str,
    ) -> Result<(CheckedEdit, UnrecordedEntry<ApproveRepair>), ServiceError> {
        let redactor = self.redactor_for(queue, Some(&change.job.name)).await?;
        let size = change.job.data.len() + change.after.len();
        let reason = reason.to_owned();
        let (change, kept) = run_blocking(size, move || {
            let kept = keep(&change.job.data, &change.after, &reason, &redactor);
            (change, kept)
        })
        .await?;
        let (kept, reason) = kept.map_err(ServiceError::Bad)?;
        Ok((change, kept.put_in(entry).reason(&reason)))
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

    /// Whether someone is the requester of a proposal.
    pub(crate) async fn is_requester(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Result<bool, ServiceError> {
        let user = self.store.user(operator.name()).await?;
        Ok(user.is_some_and(|user| second_person(proposal, &user) == Err(NotSecond::Requester)))
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

pub(super) fn second_person(proposal: &Proposal, approver: &User) -> Result<(), NotSecond> {
    check_second(
        Person {
            name: &proposal.requester,
            id: &proposal.requester_id,
        },
        Person {
            name: &approver.name,
            id: &approver.id,
        },
        proposal.made,
    )
}
