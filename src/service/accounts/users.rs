//! Adds, changes and removes users, each with its audit entry in the same step.

use super::password_rules::BadPassword;
use super::token::random_token;
use crate::domain::access::permission::ManageUsers;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Action, Actor, Operator, Role};
use crate::domain::accounts::user_name::is_name;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::users::{User, UserWritten};

/// A user to be added.
#[derive(Debug)]
pub struct NewUser {
    /// The name to sign in with.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The queues they may see.
    pub scope: Scope,
    /// Their password.
    pub password: String,
}

/// Why a user can't be added or changed in this way.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUser {
    /// The name is not allowed. Names are parts of keys and table rows, and people must be able to tell them apart.
    #[error(
        "a user's name has 1 to 64 of the characters a-z, A-Z, 0-9, and . _ @ -, and begins with a letter or digit: {0:?}"
    )]
    Name(String),
    /// In the audit log the name would look like another actor's.
    #[error(
        "no user can be called {0:?}, since the audit log could be misread: choose another name; reserved are {reserved}",
        reserved = Actor::reserved().collect::<Vec<_>>().join(", ")
    )]
    Reserved(String),
    /// The password can't be taken.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// The user exists already.
    #[error("there is a user {0:?} already")]
    Exists(String),
    /// There is no such user.
    #[error("there is no user {0:?}")]
    Missing(String),
    /// Nothing would change.
    #[error("{0:?} has that already: nothing was changed, and no session ended")]
    Same(String),
    /// No admin who can sign in would be left.
    #[error(
        "{0:?} is the only admin who may sign in, so nothing was changed: make another admin first, with `bullkeeper user \
         add NAME --role admin` or `bullkeeper user role NAME admin`, or enable one with `bullkeeper user enable NAME`"
    )]
    LastAdmin(String),
}

/// A change that an admin makes to a user.
#[derive(Debug)]
pub enum UserChange {
    /// Sets the role.
    Role(Role),
    /// Sets the queues they may see.
    Queues(Scope),
    /// Sets the password.
    Password(String),
    /// Refuses sign-ins from now on, and ends every session.
    Disable,
    /// Allows sign-ins again.
    Enable,
    /// Removes the user.
    Remove,
}

impl Services {
    /// All users by name.
    pub async fn users(&self, operator: &Operator) -> Result<Vec<User>, ServiceError> {
        self.check_may_anywhere(operator, Action::ManageUsers)
            .await?;
        Ok(self.store.users().await?)
    }

    /// Adds a user.
    #[tracing::instrument(level = "error", skip_all, fields(user = new.name))]
    pub async fn add_user(
        &self,
        operator: &Operator,
        new: NewUser,
    ) -> Result<Result<User, BadUser>, ServiceError> {
        let permit = self.permit::<ManageUsers>(operator, ()).await?;
        if !is_name(&new.name) {
            return Ok(Err(BadUser::Name(new.name)));
        }
        if Actor::is_reserved(&new.name) {
            return Ok(Err(BadUser::Reserved(new.name)));
        }
        if let Err(bad) = self.passwords.check(&new.name, &new.password).await? {
            return Ok(Err(bad.into()));
        }
        let user = User {
            password_hash: self.passwords.hash(new.password).await?,
            name: new.name,
            role: new.role,
            scope: new.scope,
            disabled: false,
            stamp: random_token(),
            id: User::new_id(),
        };
        let entry = UnrecordedEntry::new(&permit, Act::ADD, AuditOutcome::Applied)
            .about_user(&user.name)
            .noting(format!("{} for {}", user.role, user.scope));
        let written = self.store.write_user(&entry, &user, "");
        let written = self.witnessed(entry.as_entry(), written.await)?;
        Ok(match written {
            UserWritten::Done => Ok(user),
            _ => Err(BadUser::Exists(user.name)),
        })
    }

    /// Changes or removes a user. Every session of theirs ends within a second.
    #[tracing::instrument(level = "error", skip_all, fields(user = name))]
    pub async fn change_user(
        &self,
        operator: &Operator,
        name: &str,
        change: UserChange,
    ) -> Result<Result<(), BadUser>, ServiceError> {
        let permit = self.permit::<ManageUsers>(operator, ()).await?;
        let password_hash = match &change {
            UserChange::Password(password) => {
                if let Err(bad) = self.passwords.check(name, password).await? {
                    return Ok(Err(bad.into()));
                }
                Some(self.passwords.hash(password.clone()).await?)
            }
            _ => None,
        };
        loop {
            let Some(mut user) = self.store.user(name).await? else {
                return Ok(Err(BadUser::Missing(name.to_owned())));
            };
            let before = user.clone();
            user.stamp = random_token();
            if user.id.is_empty() {
                user.id = User::new_id();
            }
            let act = apply(&change, &mut user);
            if let Some(hash) = &password_hash {
                user.password_hash.clone_from(hash);
            }
            let mut entry =
                UnrecordedEntry::new(&permit, act, AuditOutcome::Applied).about_user(name);
            if matches!(change, UserChange::Role(_) | UserChange::Queues(_)) {
                if (before.role, &before.scope) == (user.role, &user.scope) {
                    return Ok(Err(BadUser::Same(user.name)));
                }
                entry = entry.noting(what_changed(&before, &user));
            }
            let written = self.store.write_user(&entry, &user, &before.stamp);
            let written = self.witnessed(entry.as_entry(), written.await)?;
            self.users.forget(&user.name);
            match written {
                UserWritten::Done => return Ok(Ok(())),
                UserWritten::LastAdmin => return Ok(Err(BadUser::LastAdmin(user.name))),
                // Somebody changed the user in between: on top of that, then.
                UserWritten::Stale => {}
                UserWritten::Exists | UserWritten::Missing => {
                    return Ok(Err(BadUser::Missing(user.name)));
                }
            }
        }
    }
}

/// Applies `change` to `user` and returns its audit action.
fn apply(change: &UserChange, user: &mut User) -> Act<ManageUsers> {
    match change {
        UserChange::Role(role) => {
            user.role = *role;
            Act::CHANGE
        }
        UserChange::Queues(queues) => {
            user.scope = queues.clone();
            Act::CHANGE
        }
        UserChange::Password(_) => Act::PASSWORD,
        UserChange::Disable => {
            user.disabled = true;
            Act::DISABLE
        }
        UserChange::Enable => {
            user.disabled = false;
            Act::ENABLE
        }
        UserChange::Remove => Act::REMOVE,
    }
}

/// The role and queues before and after, in words.
fn what_changed(before: &User, after: &User) -> String {
    format!(
        "before: {} for {}; after: {} for {}",
        before.role, before.scope, after.role, after.scope
    )
}
