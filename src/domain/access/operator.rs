//! The person or process that asks for something, and from where.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::action::Action;
use super::actor::{Actor, Policy};
use super::denied::Denied;
use super::fresh_password::FreshPassword;
use super::grant::Grants;
use super::role::Role;
use super::scope::Scope;
use crate::domain::queue::QueueId;

/// The address of what this machine does by itself. No client has it: a client's address is an IP address.
pub(crate) const LOCAL: &str = "local";

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

impl Origin {
    /// This machine itself.
    fn local(user_agent: &str) -> Self {
        Self {
            ip: LOCAL.to_owned(),
            user_agent: user_agent.to_owned(),
            request: String::new(),
        }
    }
}

/// Someone who asks for something now: a signed-in user, the command line, a policy, the first-admin link.
#[derive(Debug, Clone)]
pub struct Operator {
    actor: Actor,
    role: Role,
    scope: Scope,
    grants: Grants,
    origin: Origin,
    read_only: bool,
    fresh: Option<FreshPassword>,
    /// Shared by the copies that one request makes.
    counted: Arc<AtomicBool>,
}

impl Operator {
    /// Someone with a role and a scope. `read_only` is the process's setting: nobody may change anything then.
    pub fn new(actor: Actor, role: Role, scope: Scope, origin: Origin, read_only: bool) -> Self {
        Self {
            actor,
            role,
            scope,
            grants: Grants::default(),
            origin,
            read_only,
            fresh: None,
            counted: Arc::default(),
        }
    }

    /// The same, whose password was typed again in their session; `None` if it was not.
    pub fn with_fresh_password(self, fresh: Option<FreshPassword>) -> Self {
        Self { fresh, ..self }
    }

    /// The password that was typed again, if it counts at `now`, in Unix milliseconds.
    pub fn fresh_password(&self, now: u64) -> Option<&FreshPassword> {
        self.fresh.as_ref().filter(|fresh| fresh.counts_at(now))
    }

    /// Until when their password counts as typed again, in Unix milliseconds; that may be over.
    pub fn fresh_until(&self) -> Option<u64> {
        self.fresh.as_ref().map(FreshPassword::until)
    }

    /// Whether what this request changes was counted as a change of theirs.
    pub(crate) fn is_counted(&self) -> bool {
        self.counted.load(Ordering::Relaxed)
    }

    /// Remembers that it was.
    pub(crate) fn count(&self) {
        self.counted.store(true, Ordering::Relaxed);
    }

    /// The same person with these grants.
    #[must_use]
    pub fn holding(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// The command line: whoever runs it administers the machine.
    pub fn console() -> Self {
        let origin = Origin::local("command line");
        let scope = Scope::everything();
        Self::new(Actor::CommandLine, Role::Admin, scope, origin, false)
    }

    /// A policy of the settings that acts by itself, as an administrator would.
    pub fn policy(policy: Policy, read_only: bool) -> Self {
        let origin = Origin::local("policy");
        let scope = Scope::everything();
        let actor = Actor::Policy(policy);
        Self::new(actor, Role::Admin, scope, origin, read_only)
    }

    /// Who it is.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The actor's name.
    pub fn name(&self) -> &str {
        self.actor.name()
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The queues they may know of.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What they may for some queues beside their role, if the scope holds those.
    pub fn grants(&self) -> &Grants {
        &self.grants
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
        if !action.is_for(self.role) && !self.is_granted(action, queue) {
            return Err(Denied::Role {
                has: self.role,
                action,
            });
        }
        if action.is_of_every_queue() && !self.scope.is_everything() {
            return Err(Denied::SomeQueues { action });
        }
        if self.read_only && action.writes() {
            return Err(Denied::ReadOnly);
        }
        Ok(())
    }

    /// Whether a grant allows `action` for some queue, which may still be outside the scope.
    pub fn is_granted_somewhere(&self, action: Action) -> bool {
        let grant = action.granted_by();
        grant.is_some_and(|grant| self.grants.hold_anywhere(grant))
            && !(self.read_only && action.writes())
    }

    /// Whether a grant for the queue allows it. Nothing is granted for no queue.
    fn is_granted(&self, action: Action, queue: Option<&QueueId>) -> bool {
        match (action.granted_by(), queue) {
            (Some(grant), Some(queue)) => self.grants.hold(grant, queue),
            _ => false,
        }
    }
}
