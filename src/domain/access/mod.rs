//! Who may do what: one match over roles and actions, and the [`Permit`] that only it can mint.
//!
//! Every store function that changes something takes a `Permit`, and takes the audit entry's actor from it, so an
//! unchecked or unaudited write does not compile.

#[cfg(test)]
mod properties;
pub mod scope;

use std::fmt;
use std::str::FromStr;

use super::queue::QueueId;
use scope::Scope;

/// What a person is allowed in general. Each role may do what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also repairs and retries, and sees the audit log of their own queues.
    Operator,
    /// Also sees the whole audit log, acts on whole versions and manages users.
    Admin,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The role's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| {
                format!("there is no role {text:?}; the roles are viewer, operator and admin")
            })
    }
}

/// Something a person asks to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read a queue and its jobs.
    View,
    /// Change a job's data.
    EditData,
    /// Put a failed job back in line.
    Retry,
    /// Read the audit log.
    ReadAudit,
    /// Add, change and remove users.
    ManageUsers,
    /// Change one's own password.
    ChangeOwnPassword,
    /// Say which version of a family is the current one.
    PinVersion,
    /// Take a version that is done out of Redis.
    RetireVersion,
    /// Move jobs from one version to another; takes both.
    MoveJobs,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 9] = [
        Self::View,
        Self::EditData,
        Self::Retry,
        Self::ReadAudit,
        Self::ManageUsers,
        Self::ChangeOwnPassword,
        Self::PinVersion,
        Self::RetireVersion,
        Self::MoveJobs,
    ];

    /// Whether it writes to Redis, beyond the audit log.
    pub fn writes(self) -> bool {
        match self {
            Self::EditData
            | Self::Retry
            | Self::ManageUsers
            | Self::ChangeOwnPassword
            | Self::PinVersion
            | Self::RetireVersion
            | Self::MoveJobs => true,
            Self::View | Self::ReadAudit => false,
        }
    }

    /// The words of a refusal: "may not …".
    pub fn words(self) -> &'static str {
        match self {
            Self::View => "see this queue",
            Self::EditData => "change a job's data",
            Self::Retry => "retry a job",
            Self::ReadAudit => "read the audit log",
            Self::ManageUsers => "manage users",
            Self::ChangeOwnPassword => "change their password",
            Self::PinVersion => "say which version is current",
            Self::RetireVersion => "retire a version",
            Self::MoveJobs => "move jobs between versions",
        }
    }

    /// The least role that may do it: the one place where this is decided.
    pub fn needs(self) -> Role {
        match self {
            Self::View | Self::ChangeOwnPassword => Role::Viewer,
            Self::EditData | Self::Retry | Self::ReadAudit => Role::Operator,
            Self::ManageUsers | Self::PinVersion | Self::RetireVersion | Self::MoveJobs => {
                Role::Admin
            }
        }
    }
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The client's address, after trusted proxies.
    pub ip: String,
    /// The browser's own description, cut to 256 characters.
    pub user_agent: String,
    /// The request's id, also in the log line and the answer's `x-request-id`.
    pub request: String,
}

/// Someone who is signed in, asking for something now.
#[derive(Debug, Clone)]
pub struct Operator {
    name: String,
    role: Role,
    scope: Scope,
    origin: Origin,
    read_only: bool,
}

impl Operator {
    /// A signed-in user. `read_only` is the process's setting: nobody may change anything then.
    pub fn new(name: String, role: Role, scope: Scope, origin: Origin, read_only: bool) -> Self {
        Self {
            name,
            role,
            scope,
            origin,
            read_only,
        }
    }

    /// Whoever runs the command line: the machine's own administrator.
    pub fn console() -> Self {
        let origin = Origin {
            ip: "local".to_owned(),
            user_agent: "command line".to_owned(),
            request: String::new(),
        };
        Self::new(
            "console".to_owned(),
            Role::Admin,
            Scope::everything(),
            origin,
            false,
        )
    }

    /// A policy of the settings that acts by itself, as an administrator would. No user can have its name: it holds a
    /// colon.
    pub fn policy(name: &str, read_only: bool) -> Self {
        let origin = Origin {
            ip: "local".to_owned(),
            user_agent: "policy".to_owned(),
            request: String::new(),
        };
        Self::new(
            format!("policy:{name}"),
            Role::Admin,
            Scope::everything(),
            origin,
            read_only,
        )
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user's role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The queues the user may know of.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where the request came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether `action` on `queue` would be permitted; for showing or hiding what a page offers.
    pub fn may(&self, action: Action, queue: &QueueId) -> bool {
        self.check(action, Some(queue)).is_ok()
    }

    /// Whether `action` would be permitted where no single queue is meant.
    pub fn may_anywhere(&self, action: Action) -> bool {
        self.check(action, None).is_ok()
    }

    /// Permission for `action` on `queue`: the only way to a [`Permit`].
    pub fn permit(&self, action: Action, queue: &QueueId) -> Result<Permit, Denied> {
        self.check(action, Some(queue)).map(|()| Permit {
            by: self.clone(),
            action,
            queue: Some(queue.clone()),
        })
    }

    /// Permission for an action that concerns no single queue.
    pub fn permit_anywhere(&self, action: Action) -> Result<Permit, Denied> {
        self.check(action, None).map(|()| Permit {
            by: self.clone(),
            action,
            queue: None,
        })
    }

    fn check(&self, action: Action, queue: Option<&QueueId>) -> Result<(), Denied> {
        if queue.is_some_and(|queue| !self.scope.holds(queue)) {
            return Err(Denied::Hidden);
        }
        if self.role < action.needs() {
            return Err(Denied::Role {
                has: self.role,
                action,
            });
        }
        if self.read_only && action.writes() {
            return Err(Denied::ReadOnly);
        }
        Ok(())
    }
}

/// Proof that someone may do one thing, to be handed to the store.
#[derive(Debug, Clone)]
pub struct Permit {
    by: Operator,
    action: Action,
    queue: Option<QueueId>,
}

impl Permit {
    /// Who may.
    pub fn by(&self) -> &Operator {
        &self.by
    }

    /// What.
    pub fn action(&self) -> Action {
        self.action
    }

    /// On which queue; `None` where no single queue is meant.
    pub fn queue(&self) -> Option<&QueueId> {
        self.queue.as_ref()
    }
}

/// Why something is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The queue is outside the person's scope: to them it does not exist.
    Hidden,
    /// Their role does not reach.
    Role {
        /// What they are.
        has: Role,
        /// What they asked for.
        action: Action,
    },
    /// The process was started to read only.
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
            Self::ReadOnly => {
                f.write_str("Bullkeeper was started with --read-only: nothing can be changed here")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> QueueId {
        QueueId::new("bull", name).unwrap()
    }

    fn person(role: Role, patterns: &[&str], read_only: bool) -> Operator {
        let scope = Scope::of(patterns.iter().map(|p| (*p).to_owned()).collect());
        Operator::new("ann".into(), role, scope, Origin::default(), read_only)
    }

    #[test]
    fn each_role_may_do_exactly_what_the_table_says() {
        let table = [
            (Action::View, [true, true, true]),
            (Action::EditData, [false, true, true]),
            (Action::Retry, [false, true, true]),
            (Action::ReadAudit, [false, true, true]),
            (Action::ManageUsers, [false, false, true]),
            (Action::ChangeOwnPassword, [true, true, true]),
            (Action::PinVersion, [false, false, true]),
            (Action::RetireVersion, [false, false, true]),
            (Action::MoveJobs, [false, false, true]),
        ];
        assert_eq!(table.len(), Action::ALL.len());
        for (action, allowed) in table {
            for (role, allowed) in Role::ALL.into_iter().zip(allowed) {
                assert_eq!(
                    person(role, &[], false).may(action, &queue("email/v1")),
                    allowed,
                    "{role} {action:?}"
                );
            }
        }
    }

    #[test]
    fn a_queue_outside_the_scope_is_hidden_even_from_an_admin() {
        let admin = person(Role::Admin, &["email/*"], false);
        assert!(admin.may(Action::EditData, &queue("email/v1")));
        assert_eq!(
            admin.permit(Action::View, &queue("billing")).err(),
            Some(Denied::Hidden)
        );
    }

    #[test]
    fn read_only_refuses_every_change_and_no_reading() {
        let admin = person(Role::Admin, &[], true);
        for action in Action::ALL {
            assert_eq!(
                admin.may(action, &queue("a")),
                !action.writes(),
                "{action:?}"
            );
        }
    }
}
