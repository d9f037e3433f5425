//! One operation on many jobs: what a run is told.

use serde::{Deserialize, Serialize};

use super::Operation;
use super::parameters::{ParameterFault, Parameters};
use crate::domain::job::filter::JobFilter;

/// One operation on the jobs that a filter finds. Kept as JSON in a run's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManyJobsSpec {
    /// The operation's id.
    pub operation: String,
    /// Its parameters as they were typed, by name; a time as a time, so that it means the same when the run goes on.
    pub parameters: Vec<(String, String)>,
    /// Which jobs.
    pub filter: JobFilter,
}

impl ManyJobsSpec {
    /// What is to be done to which jobs.
    pub fn new(operation: Operation, parameters: &Parameters, filter: JobFilter) -> Self {
        Self {
            operation: operation.spec().id.to_owned(),
            parameters: parameters.to_keep(),
            filter,
        }
    }

    /// The operation; `None` where there is none of this id, as after a change of the program.
    pub fn operation(&self) -> Option<Operation> {
        Operation::by_id(&self.operation)
    }

    /// The parameters, as they were checked when the run was begun at `begun`, in Unix milliseconds.
    pub fn parameters(
        &self,
        operation: Operation,
        begun: u64,
    ) -> Result<Parameters, Vec<ParameterFault>> {
        Parameters::kept(operation.spec().parameters, &self.parameters, begun)
    }

    /// In our words: `Retry: failed jobs named "send"`; of how many queues, if of several, but never of which.
    pub fn words(&self, parameters: &Parameters, queues: usize) -> String {
        let label = self.operation().map_or("", |one| one.spec().label);
        let told = match parameters.words() {
            none if none.is_empty() => none,
            words => format!(". {words}"),
        };
        let of_queues = match queues {
            0 | 1 => String::new(),
            several => format!(" of {several} queues"),
        };
        format!("{label}: {}{of_queues}{told}", self.filter.words())
    }
}
