//! A run that this process holds: each piece of the run takes it.

use crate::domain::access::permission::Permission;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::run::{Lease, Run};
use crate::store::error::StoreError;
use crate::store::records::audit::recorded::Recorded;

/// A run that is about to be begun or continued: its lease, its permits and its entry.
#[derive(Debug, Clone)]
pub struct RunStart<A: Permission<Target = QueueId>> {
    /// The run.
    pub run: Run,
    /// The lease that it will get.
    pub lease: Lease,
    /// The permits for its other queues: those behind the source, and the target.
    pub others: Vec<Permit<A>>,
    /// The entry of its beginning; its permit is for the run's source.
    pub intent: UnrecordedEntry<A>,
}

impl<A: Permission<Target = QueueId>> RunStart<A> {
    /// Refuses a run for which the permits do not match.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        check_entry(&self.run, &self.intent)?;
        let others = self.others.iter().map(Permit::target);
        if !others.eq(self.run.queues().skip(1)) {
            return Err(unexpected("the permits for a run's queues", &self.others));
        }
        let names = |permit: &Permit<A>| *permit.by().actor() == self.run.actor;
        if !names(self.intent.permit()) || !self.others.iter().all(names) {
            return Err(unexpected("who takes up a run", &self.run.actor));
        }
        Ok(())
    }
}

/// The error for an answer or argument that the code elsewhere rules out.
pub(super) fn unexpected(what: &str, answer: &impl std::fmt::Debug) -> StoreError {
    StoreError::Unexpected(format!("{what} answered {answer:?}"))
}

/// Refuses an entry whose permit does not match the run.
pub(super) fn check_entry<A: Permission<Target = QueueId>>(
    run: &Run,
    entry: &UnrecordedEntry<A>,
) -> Result<(), StoreError> {
    if A::action(entry.permit().target()) != run.kind.action()
        || entry.permit().target() != &run.source
    {
        let permit = (A::action(entry.permit().target()), entry.permit().target());
        return Err(unexpected("the permit for a run", &permit));
    }
    if entry.as_entry().run != run.id {
        return Err(unexpected("the entry of a run", &entry.as_entry().run));
    }
    Ok(())
}

/// A run that this process holds. Only beginning or continuing a run makes one, together with its audit entry; so each
/// piece of the run is permitted and recorded.
#[derive(Debug)]
pub struct HeldRun<A: Permission<Target = QueueId>> {
    run: Run,
    lease: Lease,
    intent: Recorded<A>,
}

impl<A: Permission<Target = QueueId>> HeldRun<A> {
    /// Made after the script answered that the run has begun.
    pub(super) fn begun(start: RunStart<A>) -> Self {
        Self {
            run: start.run,
            lease: start.lease,
            intent: Recorded::by_script(start.intent),
        }
    }

    /// The run as it was when this process took it.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The user who began or continued it.
    pub fn by(&self) -> &Operator {
        self.intent.permit().by()
    }

    /// A new entry about a job of the run's source.
    pub fn entry_of_job(&self, act: Act<A>, job: &JobId, state: JobState) -> UnrecordedEntry<A> {
        UnrecordedEntry::new(self.intent.permit(), act, AuditOutcome::Applied)
            .on_job(job, state)
            .of_run(&self.run.id, self.run.target.as_ref())
    }

    /// The outcome of the run, as the same event as its beginning.
    pub fn ended(&self, outcome: AuditOutcome) -> UnrecordedEntry<A> {
        self.intent.ended(outcome)
    }

    pub(in crate::store) fn lease(&self) -> &Lease {
        &self.lease
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Actor;
    use crate::domain::access::permission::{MoveJobs, RetireVersion};
    use crate::domain::run::{Figures, RunApproval, RunId, RunKind, RunState};

    fn queue(name: &str) -> QueueId {
        QueueId::new("bull", name).unwrap()
    }

    /// A move from `v1` to `v2`, begun by the command line.
    fn start() -> RunStart<MoveJobs> {
        let by = Operator::console();
        let (source, target) = (queue("email/v1"), queue("email/v2"));
        let id = RunId::fresh();
        let permit = by.permit::<MoveJobs>(source.clone()).unwrap();
        let intent = UnrecordedEntry::new(&permit, Act::MOVE, AuditOutcome::Intent)
            .of_run(&id, Some(&target));
        RunStart {
            lease: Lease {
                run: id.clone(),
                token: "t".to_owned(),
            },
            others: vec![by.permit(target.clone()).unwrap()],
            intent,
            run: Run {
                id,
                kind: RunKind::Move,
                source,
                more: Vec::new(),
                target: Some(target),
                spec: String::new(),
                about: String::new(),
                actor: by.actor().clone(),
                role: by.role().name().to_owned(),
                reason: String::new(),
                approval: RunApproval::NotAsked,
                state: RunState::Running,
                figures: Figures::default(),
                begun: 0,
                updated: 0,
                words: String::new(),
            },
        }
    }

    #[test]
    fn a_run_is_taken_up_with_permits_for_its_own_queues_alone() {
        assert!(start().check().is_ok());

        let mut from_elsewhere = start();
        from_elsewhere.run.source = queue("billing");
        assert!(from_elsewhere.check().is_err());

        let mut to_elsewhere = start();
        to_elsewhere.run.target = Some(queue("billing"));
        assert!(to_elsewhere.check().is_err());

        let mut one_permit = start();
        one_permit.others.clear();
        assert!(one_permit.check().is_err());

        let mut of_more = start();
        of_more.run.more = vec![queue("billing")];
        assert!(of_more.check().is_err(), "a queue without a permit");
    }

    #[test]
    fn a_run_is_taken_up_by_the_permits_holder_with_its_own_entry() {
        let mut of_another = start();
        of_another.run.actor = Actor::User("ann".to_owned());
        assert!(of_another.check().is_err());

        let mut with_another_entry = start();
        with_another_entry.run.id = RunId::fresh();
        assert!(with_another_entry.check().is_err());
    }

    #[test]
    fn a_permit_to_retire_is_none_to_take_up_a_move() {
        let run = start().run;
        let permit = Operator::console().permit::<RetireVersion>(run.source.clone());
        let entry = UnrecordedEntry::new(&permit.unwrap(), Act::RETIRE, AuditOutcome::Intent)
            .of_run(&run.id, run.target.as_ref());
        assert!(check_entry(&run, &entry).is_err());
    }
}
