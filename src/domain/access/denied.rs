//! The reasons for which an action is denied.

use std::fmt;

use super::action::Action;
use super::role::Role;

/// Why something is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The queue is outside the user's scope; for them it does not exist.
    Hidden,
    /// Neither the user's role nor a grant of theirs allows the action.
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
                "{} {has} may not {}: that takes {}",
                match has {
                    Role::Viewer => "a",
                    Role::Operator | Role::Admin => "an",
                },
                action.words(),
                what_it_takes(*action)
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

/// The role or the grant that allows `action`.
fn what_it_takes(action: Action) -> String {
    let role = action.needs().map(|needs| match needs {
        Role::Admin => "the role admin".to_owned(),
        needs => format!("the role {needs} or above"),
    });
    let grant = action
        .granted_by()
        .map(|grant| format!("the grant {grant} for this queue"));
    let ways: Vec<String> = role.into_iter().chain(grant).collect();
    ways.join(", or ")
}
