//! Approving: what a second person saw is done in one step, or nothing is. Nobody is exempt, whatever their role.

use std::sync::Arc;

use super::decided::{Decided, no_proposal};
use super::to_approve::People;
use crate::clock::unix_millis;
use crate::domain::access::permission::{ApproveRepair, ApproveRun, Permission};
use crate::domain::access::{Operator, Origin, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::Act;
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::people::{NotSecond, Person, check_second};
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus, ProposedChange};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::proposals::approval::Unmet;
use crate::store::records::users::User;

impl Services {
    /// Approves someone's proposal, and makes its change or begins its run.
    #[tracing::instrument(level = "error", skip_all, fields(proposal = %id))]
    pub async fn approve_proposal(
        self: &Arc<Self>,
        operator: &Operator,
        id: &ProposalId,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        let decided = match &proposal.what {
            ProposedChange::Edit(edit) => {
                let target = JobRef::new(&proposal.queue, &edit.job);
                let permit = self.permit::<ApproveRepair>(operator, target).await?;
                match self.people_of(&permit, Act::APPROVE, &proposal).await? {
                    Ok(people) => self.approve_edit(&permit, &proposal, edit, &people).await?,
                    Err(decided) => decided,
                }
            }
            ProposedChange::Run(run) => {
                let permit = self.permit_to_approve(operator, &proposal).await?;
                match self.people_of(&permit, Act::APPROVE_RUN, &proposal).await? {
                    Ok(people) => self.approve_run(&permit, &proposal, run, &people).await?,
                    Err(decided) => decided,
                }
            }
        };
        self.look_at_proposals_soon();
        Ok(decided)
    }

    /// The permit to approve or reject the proposal of a run: it takes the right on each of the run's queues.
    pub(super) async fn permit_to_approve(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Result<Permit<ApproveRun>, ServiceError> {
        for queue in proposal.queues().skip(1) {
            let _: Permit<ApproveRun> = self.permit(operator, queue.clone()).await?;
        }
        self.permit(operator, proposal.queue.clone()).await
    }

    /// The people of an approval; or what became of it where it can't go on.
    async fn people_of<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
    ) -> Result<Result<People, Decided>, ServiceError> {
        let operator = permit.by();
        let approver = self.store.user(operator.name()).await?;
        let Some(approver) = approver.filter(|user| !user.disabled) else {
            return Err(no_proposal(&proposal.id));
        };
        if let Err(not) = second_person(proposal, &approver) {
            let entry = Entry::of(permit, AuditAction::ApproveProposal, AuditOutcome::Denied);
            let entry = entry
                .because(not)
                .noting(format!("proposal {}", proposal.id));
            self.note(&entry).await;
            return Ok(Err(Decided::NotSecond(not)));
        }
        match proposal.status_at(unix_millis()) {
            ProposalStatus::Pending | ProposalStatus::Expired => {}
            status => return Ok(Err(Decided::Before(status))),
        }
        let Some(fresh) = operator.fresh_password(unix_millis()).cloned() else {
            return Ok(Err(Decided::NeedsPassword));
        };
        Ok(match self.requester_now(proposal).await? {
            Ok(requester) => Ok(People {
                requester,
                approver,
                fresh,
            }),
            Err(why) => {
                let as_stale = (ProposalStatus::Stale, why);
                Err(self.close_as_past(permit, act, proposal, as_stale).await?)
            }
        })
    }

    /// The requester, if they are the same user as before and may still do it by themselves; otherwise why not.
    pub(super) async fn requester_now(
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
        let now = self.operator(&user, Origin::default());
        let mut actions = proposal.actions();
        let may = actions.all(|action| proposal.queues().all(|queue| now.may(action, queue)));
        Ok(match (may, &proposal.what) {
            (true, _) => Ok(user),
            (false, ProposedChange::Edit(_)) => {
                Err(format!("{name} may not change this job's data any more"))
            }
            (false, ProposedChange::Run(_)) => {
                Err(format!("{name} may not begin this run any more"))
            }
        })
    }

    /// What became of an approval whose script found something else than was checked.
    pub(super) async fn unmet<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
        unmet: Unmet,
    ) -> Result<Decided, ServiceError> {
        let changed = |whose: &str| format!("{whose} rights were changed while this was approved");
        Ok(match unmet {
            Unmet::Decided(status) => match status.parse() {
                Ok(status) => Decided::Before(status),
                Err(_) => return Err(no_proposal(&proposal.id)),
            },
            Unmet::Expired | Unmet::NoBytes => self.expire(permit, act, proposal).await?,
            Unmet::Requester => Decided::NotNow(changed("the requester's")),
            Unmet::Approver => Decided::NotNow(changed("your")),
            Unmet::NotFresh => Decided::NeedsPassword,
        })
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
