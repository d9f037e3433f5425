//! Operations on one job: the permit, the entry, the script, and the outcome. The script writes the operation and its entry
//! in one step. So an operation that was done is recorded, and one whose answer was lost is found by its entry.

use super::stuck::KeptStuck;
use crate::domain::access::permission::Operate;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState, JobText, Payload};
use crate::domain::operations::parameters::Parameters;
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::operations::job::Operated;
use crate::store::error::StoreError;

/// What the script that ends a stuck job is told in place of a digest where the job stays.
const STAYS: &str = "stays";

/// Longer options are not searched for whether the job goes, in bytes.
const MOST_OPTIONS: u64 = 64 * 1024;

/// The outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationOutcome {
    /// It was done.
    Done,
    /// The same, and the job was removed as its options say.
    DoneAndRemoved,
    /// What else keeps it from being done, as a sentence.
    Hindered(&'static str),
    /// The job is in a state that the operation is not for.
    WrongState(JobState),
    /// There is no such job.
    Gone,
    /// A worker holds the job's lock.
    Locked,
    /// It is the next job of a scheduler, which could stop without it.
    Scheduled,
    /// Its parent has gone on without it.
    PassedOver,
    /// The job's data was changed meanwhile.
    Changed,
    /// The jobs below it keep it from being removed, in words.
    KeptByFlow(&'static str),
    /// Redis did not answer in time; it is not known whether the operation was done.
    Unknown,
}

impl Services {
    /// Does `operation` to a job.
    #[tracing::instrument(level = "error", skip_all, fields(operation = operation.spec().id, %queue, job = %id))]
    pub async fn operate(
        &self,
        operator: &Operator,
        operation: Operation,
        queue: &QueueId,
        id: &JobId,
        parameters: &Parameters,
        reason: &str,
    ) -> Result<OperationOutcome, ServiceError> {
        let job = JobRef::new(queue, id);
        let permit = self
            .permit::<Operate>(operator, JobOperation { operation, job })
            .await?;
        if operation == Operation::RemoveWithChildren {
            return self.remove_with_children(operator, &permit, reason).await;
        }
        let parents = match operation.ends_stuck() {
            true => match self.before_ending(operator, &permit).await? {
                Ok(parents) => parents,
                Err(kept) => return self.kept_stuck(&permit, kept, parameters, reason).await,
            },
            false => Vec::new(),
        };
        let words = match operation.ends_stuck() {
            // A result may hold what has to be hidden.
            true => self.kept_reason_for(queue, id, &parameters.words()).await?,
            false => parameters.words(),
        };
        let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied).noting(words);
        let entry = match parents.first() {
            Some(parent) => entry
                .noting_also(format!("its parent: job {}", parent.id))
                .concerning_if_other(&parent.queue),
            None => entry,
        };
        let (entry, digest) = match self.removes(&permit).await? {
            true => self.keep_what_goes(&permit, entry, reason).await?,
            false => {
                let entry = entry.reason(&self.kept_reason_for(queue, id, reason).await?);
                let stays = operation.ends_stuck().then(|| STAYS.to_owned());
                (self.in_state_now(&permit, entry).await, stays)
            }
        };
        let mut parameters = parameters.for_script();
        parameters.extend(digest);
        if operation.ends_stuck() {
            parameters.push(parents.first().map_or_else(String::new, JobRef::key));
        }
        let answer = self.store.operate(&entry, &parameters).await;
        self.overview.touch(queue, id);
        self.outcome_of_script(&permit, entry.as_entry(), answer)
            .await
    }

    /// Records what keeps a stuck job from being ended, and returns it.
    async fn kept_stuck(
        &self,
        permit: &Permit<Operate>,
        kept: KeptStuck,
        parameters: &Parameters,
        reason: &str,
    ) -> Result<OperationOutcome, ServiceError> {
        let JobRef { queue, id } = &permit.target().job;
        let words = self.kept_reason_for(queue, id, &parameters.words()).await?;
        let entry = UnrecordedEntry::operation(permit, AuditOutcome::Conflict)
            .noting(words)
            .in_state(JobState::Active)
            .reason(&self.kept_reason_for(queue, id, reason).await?);
        let (outcome, why) = match kept {
            KeptStuck::Taken => (OperationOutcome::Locked, "a worker took it just now"),
            KeptStuck::Parents(why) => (
                OperationOutcome::Hindered(why),
                "jobs above it are in queues that this person may not change, or are too many",
            ),
        };
        self.note(
            &entry
                .as_entry()
                .without_change(AuditOutcome::Conflict)
                .because(why),
        )
        .await;
        Ok(outcome)
    }

    /// What came of a script, and records what kept it from being done.
    pub(super) async fn outcome_of_script(
        &self,
        permit: &Permit<Operate>,
        entry: &Entry,
        answer: Result<Operated, StoreError>,
    ) -> Result<OperationOutcome, ServiceError> {
        let Some(answer) = self.witnessed_if_heard(entry, answer)? else {
            return Ok(OperationOutcome::Unknown);
        };
        self.outcome_of(permit, entry, answer).await
    }

    /// Checks whether `operator` may do `operation` to a job, and whether there is such a job, before they confirm it; a
    /// refusal is recorded.
    pub async fn check_may_operate(
        &self,
        operator: &Operator,
        operation: Operation,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::Operate(operation), queue, Some(id))
            .await?;
        self.check_job_exists(queue, id).await
    }

    /// Whether the job goes, by the operation or by its own options.
    async fn removes(&self, permit: &Permit<Operate>) -> Result<bool, StoreError> {
        let JobOperation { operation, job } = permit.target();
        if !operation.ends_stuck() {
            return Ok(operation.spec().on.removes);
        }
        let found = self.store.job(&job.queue, &job.id, MOST_OPTIONS).await?;
        Ok(match found.as_ref().map(|job| job.text(JobText::Options)) {
            Some(Payload::Loaded(options)) => operation.is_end_of(options),
            // Its data is kept in case it goes.
            Some(Payload::Folded(_)) => true,
            None => false,
        })
    }

    /// Adds the job's state to the entry, if the operation is for only one state.
    async fn in_state_now(
        &self,
        permit: &Permit<Operate>,
        entry: UnrecordedEntry<Operate>,
    ) -> UnrecordedEntry<Operate> {
        match permit.target().operation.spec().on.states {
            [state] => entry.in_state(*state),
            _ => match self.state_of(permit).await {
                Some(state) => entry.in_state(state),
                None => entry,
            },
        }
    }

    /// Records what kept an operation from being done, and returns it.
    async fn outcome_of(
        &self,
        permit: &Permit<Operate>,
        entry: &Entry,
        answer: Operated,
    ) -> Result<OperationOutcome, ServiceError> {
        let JobOperation { operation, job } = permit.target();
        let conflict = |why: &str| entry.without_change(AuditOutcome::Conflict).because(why);
        let (outcome, entry) = match answer {
            Operated::Done => return Ok(OperationOutcome::Done),
            Operated::DoneAndRemoved => return Ok(OperationOutcome::DoneAndRemoved),
            Operated::HasChildren => (
                OperationOutcome::Hindered(
                    "This job has children that have not completed. They have to end first.",
                ),
                conflict("its children have not completed"),
            ),
            Operated::NextWaits => (
                OperationOutcome::Hindered(
                    "Another job with the same deduplication id waits for this one to end, and only a worker adds it. Start a worker of the queue: it puts this job back in line.",
                ),
                conflict("another job with its deduplication id waits for its end"),
            ),
            Operated::Gone => {
                let entry = entry.without_change(AuditOutcome::Failed);
                let entry = entry.on_job(&job.id, None).because("there is no such job");
                (OperationOutcome::Gone, entry)
            }
            Operated::Locked => (
                OperationOutcome::Locked,
                conflict("a worker holds the job's lock"),
            ),
            Operated::Scheduled if operation.ends_stuck() => (
                OperationOutcome::Hindered(
                    "The scheduler of this job has made no next job yet, and its schedule would end with this one. Start a worker of the queue: it puts this job back in line, and the schedule goes on. To end the schedule, remove the scheduler.",
                ),
                conflict("its scheduler has made no next job"),
            ),
            Operated::Scheduled => (
                OperationOutcome::Scheduled,
                conflict("it is the next job of a scheduler"),
            ),
            Operated::PassedOver => (
                OperationOutcome::PassedOver,
                conflict("its parent has gone on without it"),
            ),
            Operated::Changed => (
                OperationOutcome::Changed,
                conflict("the job's data was changed meanwhile"),
            ),
            Operated::TooLarge | Operated::Halted | Operated::DoneBefore => {
                return Err(ServiceError::Broken(format!(
                    "an operation that is not a run's came to {answer:?}"
                )));
            }
            Operated::WrongState => {
                let state = self.state_of(permit).await.unwrap_or(JobState::Unknown);
                let entry = conflict(&format!("the job is {state}"));
                let entry = entry.on_job(&job.id, Some(state));
                (OperationOutcome::WrongState(state), entry)
            }
        };
        self.note(&entry).await;
        Ok(outcome)
    }

    /// The job's state now; `None` if it is gone or can't be determined.
    async fn state_of(&self, permit: &Permit<Operate>) -> Option<JobState> {
        let JobRef { queue, id } = &permit.target().job;
        let found = self.store.job(queue, id, 0).await.ok().flatten();
        found.map(|job| job.state)
    }
}
