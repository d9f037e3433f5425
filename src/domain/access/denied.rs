//! The reasons for which an action is denied.

use std::fmt;

use super::action::Action;
use super::role::Role;

/// Why something is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The queue is outside the user's scope; for them it does not exist.
    Hidden,
    /// The user's role does not allow the action.
    Role {
        /// The user's role.
        has: Role,
        /// The refused action.
        action: Action,
    },
    /// The action tells of all queues together, and the user may see only some.
    SomeQueues {
        /// The refused action.
        action: Action,
    },
    /// The process was started with `read_only`.
    ReadOnly,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hidden => f.write_str("this queue is not among those you may see"),
            Self::Role { has, action } => write!(
                f,
                "{} {has} may not {}: that takes the role {}",
                match has {
                    Role::Viewer => "a",
                    Role::Operator | Role::Admin => "an",
                },
                action.words(),
                match action.needs() {
                    Role::Admin => "admin".to_owned(),
                    needs => format!("{needs} or above"),
                }
            ),
            Self::SomeQueues { action } => write!(
                f,
                "only those who may see every queue may {}: its figures are of all queues together",
                action.words()
            ),
            Self::ReadOnly => {
                f.write_str("Bullkeeper was started with --read-only: nothing can be changed here")
            }
        }
    }
}
