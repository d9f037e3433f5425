//! Adds, changes and removes users, each with its audit entry in the same step.

use super::password_rules::BadPassword;
use super::token::random_token;
use crate::domain::access::permission::ManageUsers;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Action, Operator, Role};
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
    /// The password is not accepted.
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
        "{0:?} is the only admin who may sign in: make another one first, with `bullkeeper user add NAME --role admin` or \
         `bullkeeper user role NAME admin`"
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

/// Whether `name` is allowed as a user's name.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-');
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(allowed)
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
        };
        let about = format!("{} as {} for {}", user.name, user.role, user.scope);
        let entry = UnrecordedEntry::new(&permit, Act::ADD, AuditOutcome::Applied).reason(&about);
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
            let act = apply(&change, &mut user);
            if let Some(hash) = &password_hash {
                user.password_hash.clone_from(hash);
            }
            let mut entry = UnrecordedEntry::new(&permit, act, AuditOutcome::Applied).reason(name);
            if matches!(change, UserChange::Role(_) | UserChange::Queues(_)) {
                if (before.role, &before.scope) == (user.role, &user.scope) {
                    return Ok(Err(BadUser::Same(user.name)));
                }
                entry = entry.noting(what_changed(&before, &user));
            }
            let write = ChangeWrite {
                before: &before,
                user: &user,
                entry: &entry,
            };
            let written = match self.write_change(write).await? {
                Ok(written) => written,
                Err(bad) => return Ok(Err(bad)),
            };
            self.users.forget(&user.name);
            match written {
                UserWritten::Done => return Ok(Ok(())),
                // Somebody changed the user meanwhile: try again on top of that.
                UserWritten::Stale => {}
                UserWritten::Exists | UserWritten::Missing => {
                    return Ok(Err(BadUser::Missing(user.name)));
                }
            }
        }
    }

    /// Writes a change. The only admin who can sign in keeps the role.
    async fn write_change(
        &self,
        change: ChangeWrite<'_>,
    ) -> Result<Result<UserWritten, BadUser>, ServiceError> {
        let ChangeWrite {
            before,
            user,
            entry,
        } = change;
        let demotes = is_admin(before) && user.role != Role::Admin;
        let written = if demotes {
            let users = self.store.users().await?;
            let other = users
                .iter()
                .find(|other| is_admin(other) && other.name != user.name);
            let Some(other) = other else {
                return Ok(Err(BadUser::LastAdmin(user.name.clone())));
            };
            let demoted = self.store.demote_admin(entry, user, &before.stamp, other);
            demoted.await
        } else {
            let written = self.store.write_user(entry, user, &before.stamp);
            written.await
        };
        Ok(Ok(self.witnessed(entry.as_entry(), written)?))
    }
}

/// A change of a user that is about to be written.
struct ChangeWrite<'a> {
    before: &'a User,
    user: &'a User,
    entry: &'a UnrecordedEntry<ManageUsers>,
}

/// Whether the user is an admin who can sign in.
fn is_admin(user: &User) -> bool {
    user.role == Role::Admin && !user.disabled
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_is_short_and_plain() {
        for name in ["ann", "Ann.B", "ann@example.com", "7"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".ann", "ann b", "a:b", "ü", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
