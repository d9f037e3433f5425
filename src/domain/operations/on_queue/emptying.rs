//! Which jobs the operations delete that empty a queue: what their run is told, and what that means.

use serde::{Deserialize, Serialize};

use super::QueueOperation;
use crate::domain::job::JobState;
use crate::domain::operations::parameters::{ParameterFault, Parameters};

/// What a run of such an operation is told. Kept as JSON in its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmptyingSpec {
    /// The parameters as they were typed, by name.
    pub parameters: Vec<(String, String)>,
}

impl EmptyingSpec {
    /// What is kept of parameters.
    pub fn new(parameters: &Parameters) -> Self {
        Self {
            parameters: parameters.to_keep(),
        }
    }

    /// The parameters, as they were checked when the run was begun at `begun`, in Unix milliseconds.
    pub fn parameters(
        &self,
        operation: QueueOperation,
        begun: u64,
    ) -> Result<Parameters, Vec<ParameterFault>> {
        Parameters::kept(operation.spec().parameters, &self.parameters, begun)
    }
}

/// The condition under which jobs are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// None.
    Nothing,
    /// The queue is paused and has no active jobs.
    PausedAndIdle,
    /// The queue is paused.
    Paused,
}

/// Which jobs are deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emptying {
    /// Those in these states, one after the other.
    pub states: Vec<JobState>,
    /// Those that ended or were added by then, in Unix milliseconds; `None` for all.
    pub latest: Option<u64>,
    /// So many at most; `None` for all.
    pub limit: Option<u64>,
    /// Not those that are part of a flow.
    pub keeps_flows: bool,
    /// Not those that a worker holds, nor the next jobs of schedulers.
    pub keeps_held: bool,
    /// Whether events say how many, as those of BullMQ's `clean` do.
    pub tells: bool,
    /// The condition.
    pub needs: Needs,
    /// Whether the queue goes as well.
    pub deletes_queue: bool,
}

impl Emptying {
    /// What `operation` with these parameters deletes if it begins at `begun`; `None` for one that deletes no jobs.
    pub fn of(operation: QueueOperation, parameters: &Parameters, begun: u64) -> Option<Self> {
        let told = parameters.for_script();
        let told = |at: usize| told.get(at).map_or("", String::as_str);
        let all = Self {
            states: Vec::new(),
            latest: None,
            limit: None,
            keeps_flows: false,
            keeps_held: true,
            tells: false,
            needs: Needs::Nothing,
            deletes_queue: false,
        };
        match operation {
            QueueOperation::Drain => Some(Self {
                states: states_to_drain(told(0) == "1"),
                keeps_flows: told(1) != "delete",
                ..all
            }),
            QueueOperation::Clean => {
                let age = told(1).parse().unwrap_or(0);
                Some(Self {
                    states: states_named(told(0)),
                    latest: Some(begun.saturating_sub(age)),
                    limit: told(2).parse().ok().filter(|limit| *limit > 0),
                    keeps_flows: told(3) != "delete",
                    tells: true,
                    ..all
                })
            }
            QueueOperation::Obliterate => {
                let is_forced = told(0) == "1";
                Some(Self {
                    // Parents first: none is then put in line for its last child.
                    states: vec![
                        JobState::Active,
                        JobState::WaitingChildren,
                        JobState::Delayed,
                        JobState::Completed,
                        JobState::Waiting,
                        JobState::Paused,
                        JobState::Prioritized,
                        JobState::Failed,
                    ],
                    keeps_held: false,
                    needs: match is_forced {
                        true => Needs::Paused,
                        false => Needs::PausedAndIdle,
                    },
                    deletes_queue: true,
                    ..all
                })
            }
            _ => None,
        }
    }
}

fn states_to_drain(delayed: bool) -> Vec<JobState> {
    let mut states = vec![JobState::Waiting, JobState::Paused, JobState::Prioritized];
    states.extend(delayed.then_some(JobState::Delayed));
    states
}

/// The states that a choice of `clean` names. A paused queue of BullMQ 4 and 5 has its waiting jobs in another list.
fn states_named(name: &str) -> Vec<JobState> {
    match name {
        "waiting" => vec![JobState::Waiting, JobState::Paused],
        name => name.parse().into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emptying(operation: QueueOperation, typed: &[(&str, &str)]) -> Emptying {
        let find = |name: &str| {
            let field = typed.iter().find(|(other, _)| *other == name);
            field.map(|(_, text)| *text)
        };
        let parameters = Parameters::parse(operation.spec().parameters, find, 10_000).unwrap();
        let spec = EmptyingSpec::new(&parameters);
        let again = spec.parameters(operation, 99_000).unwrap();
        assert_eq!(again.words(), parameters.words());
        Emptying::of(operation, &again, 10_000).unwrap()
    }

    #[test]
    fn what_is_told_decides_which_jobs_go() {
        use JobState::{Completed, Delayed, Paused, Prioritized, Waiting};
        let drain = emptying(QueueOperation::Drain, &[]);
        assert_eq!(drain.states, [Waiting, Paused, Prioritized]);
        assert!(drain.keeps_flows && drain.keeps_held && drain.limit.is_none());
        let more = [("delayed", "1"), ("flows", "delete")];
        let drain = emptying(QueueOperation::Drain, &more);
        assert_eq!(drain.states, [Waiting, Paused, Prioritized, Delayed]);
        assert!(!drain.keeps_flows);

        let clean = emptying(QueueOperation::Clean, &[]);
        assert_eq!((clean.states, clean.limit), (vec![Completed], None));
        assert_eq!(clean.latest, Some(10_000));
        let more = [("kind", "waiting"), ("age", "3 s"), ("limit", "7")];
        let clean = emptying(QueueOperation::Clean, &more);
        assert_eq!(
            (clean.states, clean.limit),
            (vec![Waiting, Paused], Some(7))
        );
        assert_eq!(clean.latest, Some(7_000));

        let all = emptying(QueueOperation::Obliterate, &[]);
        assert_eq!((all.needs, all.states.len()), (Needs::PausedAndIdle, 8));
        let forced = emptying(QueueOperation::Obliterate, &[("force", "1")]);
        assert!(forced.needs == Needs::Paused && forced.deletes_queue);
    }
}
