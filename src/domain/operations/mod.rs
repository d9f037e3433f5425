//! The operations on a job, each described once; those on a queue are in [`on_queue`].
//!
//! An [`Operation`] has a file with its [`OperationSpec`]: the least role, the states it works on, its name and its texts.
//! Permits, audit entries, routes, buttons, notices, the audit log's filter and the table of roles are made from the
//! descriptions. `CONTRIBUTING.md` says how to add one.

mod change_priority;
mod clear_log;
mod complete_stuck;
mod fail_stuck;
pub mod many;
pub mod on_queue;
pub mod parameters;
mod promote;
mod remove;
mod remove_with_children;
mod remove_without_children;
mod reschedule;
mod retry;
mod stuck;

use super::access::role::Role;
use super::job::JobState;
use super::job::job_ref::JobRef;
use parameters::ParameterSpec;

/// Defines the enum from the files that describe the operations.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident in $file:ident;)*) => {
        /// Something that a user can do to a job.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All operations, in the order in which pages offer them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The operation's description.
            pub const fn spec(self) -> &'static OperationSpec {
                match self {
                    $(Self::$name => &$file::SPEC,)*
                }
            }
        }
    };
}

operations! {
    /// Puts a job that failed or completed back in line.
    Retry in retry;
    /// Puts a delayed job in line now.
    Promote in promote;
    /// A delayed job waits until another time.
    Reschedule in reschedule;
    /// An active job that no worker holds fails.
    FailStuck in fail_stuck;
    /// An active job that no worker holds completes.
    CompleteStuck in complete_stuck;
    /// A waiting job gets another priority.
    ChangePriority in change_priority;
    /// A job is deleted.
    Remove in remove;
    /// A job is deleted with all jobs below it in its flow.
    RemoveWithChildren in remove_with_children;
    /// A job that waits for its children is deleted, and they stay.
    RemoveWithoutChildren in remove_without_children;
    /// The lines of a job's log are deleted.
    ClearLog in clear_log;
}

impl Operation {
    /// Whether the operation works on a job in `state`.
    pub fn is_for(self, state: JobState) -> bool {
        self.spec().on.states.contains(&state)
    }

    /// The state that is meant where an address or form names none; also that of the jobs that pages offer it for first.
    pub fn first_state(self) -> Option<JobState> {
        self.spec().on.states.first().copied()
    }

    /// Whether it can be done to many jobs by one run.
    pub fn is_for_many(self) -> bool {
        !self.ends_stuck()
            && !matches!(
                self,
                Self::ClearLog | Self::RemoveWithChildren | Self::RemoveWithoutChildren
            )
    }

    /// The operation with this id.
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.spec().id == id)
    }
}

/// The description of an operation on a job, or on what else `T` says.
#[derive(Debug)]
pub struct OperationSpec<T = OnJob> {
    /// The name in the audit log and in metrics: `job.retry`.
    pub id: &'static str,
    /// The path under the base path: `/job/retry`.
    pub path: &'static str,
    /// The least role that may do it.
    pub role: Role,
    /// How a refusal names it: "a viewer may not …".
    pub words: &'static str,
    /// The label of its button.
    pub label: &'static str,
    /// The icon of its button: a name in `static/icons.svg`.
    pub icon: &'static str,
    /// How much harm it can do.
    pub harm: Harm,
    /// What it is told besides its target.
    pub parameters: &'static [ParameterSpec],
    /// What a page says once it is done.
    pub done: &'static str,
    /// What only operations on such a target have.
    pub on: T,
}

/// What only operations on a job have.
#[derive(Debug)]
pub struct OnJob {
    /// The states of a job that it works on.
    pub states: &'static [JobState],
    /// Whether it deletes the job. Its entry then keeps what the job held.
    pub removes: bool,
}

impl<T> OperationSpec<T> {
    /// Whether a page asks for something before it is done: a confirmation, or a parameter that has no default.
    pub fn asks(&self) -> bool {
        let missing = self.parameters.iter().any(ParameterSpec::has_to_be_given);
        self.harm != Harm::None || missing
    }
}

/// How much harm an operation can do, and so what is asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// None: the button does it at once.
    None,
    /// A confirmation page shows this text and takes a reason first.
    Confirm(&'static str),
    /// The same, and the name of the target has to be typed.
    TypeName(&'static str),
}

impl Harm {
    /// What the page that asks says of it; empty for nothing.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Confirm(words) | Self::TypeName(words) => words,
        }
    }
}

/// The target of a permit for an operation: which operation, on which job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOperation {
    /// The operation.
    pub operation: Operation,
    /// The job.
    pub job: JobRef,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of what the forms hold beside the parameters.
    const TAKEN: [&str; 14] = [
        "queue",
        "prefix",
        "id",
        "reason",
        "name",
        "state",
        "operation",
        "job_name",
        "job_id",
        "error",
        "job",
        "all",
        "count",
        "typed_count",
    ];

    #[test]
    fn a_path_is_its_operations_id() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            assert_eq!(spec.path, format!("/{}", spec.id.replace('.', "/")));
            assert_eq!(Operation::by_id(spec.id), Some(*operation));
        }
    }

    #[test]
    fn a_parameter_has_a_name_of_its_own_and_a_default_that_is_allowed() {
        for operation in Operation::ALL {
            let specs = operation.spec().parameters;
            for (at, spec) in specs.iter().enumerate() {
                let others = specs[..at].iter().map(|other| other.name);
                let mut taken = others.chain(TAKEN);
                assert!(taken.all(|other| other != spec.name), "{}", spec.name);
            }
            let given = |name: &str| {
                let spec = specs.iter().find(|spec| spec.name == name)?;
                // Any that is allowed, where one has to be given.
                spec.has_to_be_given().then_some(match spec.kind {
                    parameters::ParameterKind::Moment => "now",
                    _ => "1",
                })
            };
            assert!(parameters::Parameters::parse(specs, given, 0).is_ok());
        }
    }

    #[test]
    fn what_removes_a_job_asks_first() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            assert!(!spec.on.removes || spec.harm != Harm::None, "{}", spec.id);
        }
    }
}
