//! Who asks, and from where.

use super::action::Action;
use super::denied::Denied;
use super::role::Role;
use super::scope::Scope;
use crate::domain::queue::QueueId;

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

    /// Whether `action` is permitted on `queue`, or, with `None`, where no single queue is meant; and why not.
    pub fn check(&self, action: Action, queue: Option<&QueueId>) -> Result<(), Denied> {
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
