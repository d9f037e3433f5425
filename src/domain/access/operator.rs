//! The person or process that asks for something, and from where.

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
    /// The browser's `User-Agent`, cut to 256 characters.
    pub user_agent: String,
    /// The request's id; it is also in the log lines and in the answer's `x-request-id`.
    pub request: String,
}

/// A signed-in user, the command line, or a policy, at the moment of a request.
#[derive(Debug, Clone)]
pub struct Operator {
    name: String,
    role: Role,
    scope: Scope,
    origin: Origin,
    read_only: bool,
}

impl Operator {
    /// A signed-in user. With `read_only`, the process's setting, no change is permitted.
    pub fn new(name: String, role: Role, scope: Scope, origin: Origin, read_only: bool) -> Self {
        Self {
            name,
            role,
            scope,
            origin,
            read_only,
        }
    }

    /// The command line: whoever runs it administers the machine.
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

    /// A policy from the settings, such as `auto_retire`, with an admin's rights. Its name holds a colon, so no user can
    /// have it.
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

    /// The name that entries record as the actor.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The queues that the operator may see.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where the request came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether `action` on `queue` would be permitted. Decides what a page offers.
    pub fn may(&self, action: Action, queue: &QueueId) -> bool {
        self.check(action, Some(queue)).is_ok()
    }

    /// Whether `action` would be permitted when it concerns no single queue.
    pub fn may_anywhere(&self, action: Action) -> bool {
        self.check(action, None).is_ok()
    }

    /// Checks `action` on `queue`; `None` if the action concerns no single queue. The error says why it is denied.
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
