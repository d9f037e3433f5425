//! Users. Their keys are under Bullkeeper's namespace, never under a queue's prefix.

use std::sync::LazyLock;

use redis::Script;

use super::audit::add_entry;
use crate::domain::access::Role;
use crate::domain::access::permission::{ChangeOwnPassword, ManageUsers, Permission};
use crate::domain::access::scope::Scope;
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("write.lua")));

/// The fields of a user's hash.
const FIELDS: [&str; 6] = ["role", "queues", "password", "disabled", "stamp", "id"];

/// Someone who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// Never changes, and no other user gets it, also none that is made later with the same name. It begins with the time when
    /// the user was made (a ULID). Empty for a user that an earlier release made, until the next change.
    pub id: String,
    /// The role.
    pub role: Role,
    /// The queues they may see.
    pub scope: Scope,
    /// The password's argon2id hash, as a PHC string.
    pub password_hash: String,
    /// Whether sign-ins are refused.
    pub disabled: bool,
    /// Changes with every change of the user; a session with another stamp has ended.
    pub stamp: String,
}

impl User {
    /// An id for a new user.
    pub fn new_id() -> String {
        ulid::Ulid::new().to_string()
    }
}

/// The outcome of a change of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserWritten {
    /// Written, with its audit entry.
    Done,
    /// There is one of that name already.
    Exists,
    /// There is none of that name.
    Missing,
    /// Nobody would be left who is an admin and may sign in: nothing was written.
    LastAdmin,
    /// The user was changed since it was read: read again.
    Stale,
}

impl Store {
    /// Reads a user by name.
    pub async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.own.user(name)).arg(&FIELDS);
        let mut fields = reply::items(self.redis.command(&command).await?)
            .into_iter()
            .map(reply::text);
        let mut next = || fields.next().flatten();
        let Some(role) = next() else { return Ok(None) };
        let broken = |error: String| StoreError::Unexpected(format!("the user {name:?}: {error}"));
        let queues = next().unwrap_or_default();
        let queues: Vec<String> =
            serde_json::from_str(&queues).map_err(|error| broken(error.to_string()))?;
        Ok(Some(User {
            name: name.to_owned(),
            role: role.parse().map_err(broken)?,
            scope: Scope::of(queues),
            password_hash: next().unwrap_or_default(),
            disabled: next().is_some_and(|flag| flag == "1"),
            stamp: next().unwrap_or_default(),
            id: next().unwrap_or_default(),
        }))
    }

    /// The names of all users, in order.
    pub(crate) async fn user_names(&self) -> Result<Vec<String>, StoreError> {
        let mut command = redis::cmd("SMEMBERS");
        command.arg(self.own.users());
        let mut names = reply::texts(self.redis.command(&command).await?);
        names.sort();
        Ok(names)
    }

    /// All users by name, in order.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let names = self.user_names().await?;
        let mut users = Vec::with_capacity(names.len());
        for name in names {
            users.extend(self.user(&name).await?);
        }
        Ok(users)
    }

    /// Whether there is any user.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        let mut command = redis::cmd("SCARD");
        command.arg(self.own.users());
        Ok(reply::number(self.redis.command(&command).await?).unwrap_or(0) > 0)
    }

    /// Adds, changes or removes a user, as the entry says, and writes the entry; unless the user's stamp is no longer `seen`, so
    /// that no change undoes another; and unless no admin would be left, which the same step decides.
    pub async fn write_user(
        &self,
        entry: &UnrecordedEntry<ManageUsers>,
        user: &User,
        seen: &str,
    ) -> Result<UserWritten, StoreError> {
        let queues = queues_of(user)?;
        self.write_fields(entry, &user.name, &all_fields(user, &queues), seen)
            .await
    }

    /// Changes the password of the permit's holder, and nothing else about them, together with the audit entry. Refused if
    /// their stamp is no longer `seen`.
    pub async fn write_own_password(
        &self,
        entry: &UnrecordedEntry<ChangeOwnPassword>,
        password_hash: &str,
        stamp: &str,
        seen: &str,
    ) -> Result<UserWritten, StoreError> {
        let Some(name) = entry.permit().by().actor().user() else {
            return Ok(UserWritten::Missing);
        };
        let fields = [("password", password_hash), ("stamp", stamp)];
        self.write_fields(entry, name, &fields, seen).await
    }

    async fn write_fields<A: Permission>(
        &self,
        entry: &UnrecordedEntry<A>,
        name: &str,
        fields: &[(&'static str, &str)],
        seen: &str,
    ) -> Result<UserWritten, StoreError> {
        let mut invocation = WRITE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.user(name))
            .key(self.own.users())
            .key(self.own.networks_of(name))
            .arg(match entry.action() {
                AuditAction::AddUser => "add",
                AuditAction::RemoveUser => "remove",
                _ => "change",
            })
            .arg(name)
            .arg(seen)
            .arg(self.own.user(""))
            .arg(fields.len() * 2);
        for (name, value) in fields {
            invocation.arg(*name).arg(*value);
        }
        add_entry(&mut invocation, entry.as_entry());
        let answer: String = self.redis.script(&invocation).await?;
        match answer.as_str() {
            "done" => Ok(UserWritten::Done),
            "exists" => Ok(UserWritten::Exists),
            "missing" => Ok(UserWritten::Missing),
            "stale" => Ok(UserWritten::Stale),
            "last admin" => Ok(UserWritten::LastAdmin),
            other => Err(StoreError::Unexpected(format!(
                "write_user answered {other:?}"
            ))),
        }
    }

    /// The key that redacted values are hashed with. It is kept in Redis, so that every process uses the same; `fresh`
    /// becomes the key the first time.
    pub async fn redaction_key(&self, fresh: &str) -> Result<String, StoreError> {
        let key = self.own.redaction_key();
        self.kept_secret(&key, fresh).await
    }

    /// The secret that `key` holds; `fresh` becomes it if there is none. It takes no permit: nobody asks for it, and an
    /// existing secret is never changed.
    pub(crate) async fn kept_secret(&self, key: &str, fresh: &str) -> Result<String, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(key);
        // Read first: while Redis refuses writes, the key that it holds still works.
        if let Some(kept) = reply::text(self.redis.command(&get).await?) {
            return Ok(kept);
        }
        let mut set = redis::cmd("SET");
        set.arg(key).arg(fresh).arg("NX");
        self.redis.command(&set).await?;
        Ok(reply::text(self.redis.command(&get).await?).unwrap_or_else(|| fresh.to_owned()))
    }
}

fn queues_of(user: &User) -> Result<String, StoreError> {
    serde_json::to_string(user.scope.patterns())
        .map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// All fields of a user's hash.
fn all_fields<'a>(user: &'a User, queues: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("role", user.role.name()),
        ("queues", queues),
        ("password", &user.password_hash),
        ("disabled", if user.disabled { "1" } else { "0" }),
        ("stamp", &user.stamp),
        ("id", &user.id),
    ]
}
