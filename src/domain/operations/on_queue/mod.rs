//! The operations on a queue, each described once, as those on a job are.
//!
//! A [`QueueOperation`] has a file with its [`OperationSpec`]. Permits, audit entries, routes, the menu of a queue's page,
//! notices, the audit log's filter and the table of roles are made from the descriptions.

mod clean;
mod drain;
pub mod emptying;
pub mod in_force;
mod limit_concurrency;
mod limit_rate;
mod obliterate;
mod pause;
mod remove_deduplication_key;
mod resume;
mod trim_events;

use super::OperationSpec;
use crate::domain::queue::{QueueFigures, QueueId};

/// The description of an operation on a queue.
pub type QueueOperationSpec = OperationSpec<OnQueue>;

/// Defines the enum from the files that describe the operations.
macro_rules! queue_operations {
    ($($(#[$doc:meta])* $name:ident in $file:ident;)*) => {
        /// Something that a user can do to a queue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum QueueOperation {
            $($(#[$doc])* $name,)*
        }

        impl QueueOperation {
            /// All operations, in the order in which pages offer them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The operation's description.
            pub const fn spec(self) -> &'static QueueOperationSpec {
                match self {
                    $(Self::$name => &$file::SPEC,)*
                }
            }
        }
    };
}

queue_operations! {
    /// No worker takes a job from now on.
    Pause in pause;
    /// Workers take jobs again.
    Resume in resume;
    /// At most so many jobs are active at once, over all workers.
    LimitConcurrency in limit_concurrency;
    /// At most so many jobs begin within a time, over all workers.
    LimitRate in limit_rate;
    /// Old events are deleted.
    TrimEvents in trim_events;
    /// Jobs with a deduplication id are taken again.
    RemoveDeduplicationKey in remove_deduplication_key;
    /// All jobs that wait are deleted.
    Drain in drain;
    /// Old jobs of a state are deleted.
    Clean in clean;
    /// The queue and all its jobs are deleted.
    Obliterate in obliterate;
}

impl QueueOperation {
    /// Those that can be done to many queues at once.
    pub const FOR_MANY: [Self; 2] = [Self::Pause, Self::Resume];

    /// The operation with this id.
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.spec().id == id)
    }
}

/// What only operations on a queue have.
#[derive(Debug)]
pub struct OnQueue {
    /// When a page offers it.
    pub offered: Offered,
    /// What is said where there is nothing to change.
    pub unchanged: &'static str,
    /// Why it is not for a queue of BullMQ 4; empty where it is.
    pub not_in_4: &'static str,
    /// Whether it takes many steps, and so is a run.
    pub is_run: bool,
}

/// When a page offers an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// Always.
    Always,
    /// Unless the queue is paused.
    Unpaused,
    /// While the queue is paused, or jobs are still where a pause took them.
    Paused,
}

impl Offered {
    /// Whether it is offered for a queue with these figures.
    pub fn is_for(self, figures: &QueueFigures) -> bool {
        match self {
            Self::Always => true,
            Self::Unpaused => !figures.paused,
            Self::Paused => figures.paused || figures.counts.paused > 0,
        }
    }
}

/// The target of a permit for an operation: which operation, on which queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTarget {
    /// The operation.
    pub operation: QueueOperation,
    /// The queue.
    pub queue: QueueId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Role;
    use crate::domain::operations::Harm;

    /// The names of what the forms hold beside the parameters.
    const TAKEN: [&str; 6] = ["queue", "name", "prefix", "reason", "typed", "confirm"];

    #[test]
    fn a_path_is_its_operations_id() {
        for operation in QueueOperation::ALL {
            let spec = operation.spec();
            assert_eq!(spec.path, format!("/{}", spec.id.replace('.', "/")));
            assert_eq!(QueueOperation::by_id(spec.id), Some(*operation));
        }
    }

    #[test]
    fn a_parameter_has_a_name_of_its_own() {
        for operation in QueueOperation::ALL {
            let specs = operation.spec().parameters;
            for (at, spec) in specs.iter().enumerate() {
                let others = specs[..at].iter().map(|other| other.name);
                let mut taken = others.chain(TAKEN);
                assert!(taken.all(|other| other != spec.name), "{}", spec.name);
            }
        }
    }

    #[test]
    fn only_admins_operate_on_queues_and_what_deletes_jobs_asks_first() {
        for operation in QueueOperation::ALL {
            let spec = operation.spec();
            assert_eq!(spec.role, Role::Admin, "{}", spec.id);
            assert!(!spec.on.is_run || spec.harm != Harm::None, "{}", spec.id);
        }
    }
}
