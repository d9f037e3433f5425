//! Signing in and out, and changing one's own password.

use std::time::Duration;

use super::fresh_password::OwnPassword;
use super::guess_limits::Try;
use super::password_rules::BadPassword;
use super::passwords::Verified;
use super::session::SessionData;
use super::token::random_token;
use crate::domain::access::permission::ChangeOwnPassword;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Actor, Grants, Operator, Origin, Role};
use crate::domain::accounts::network::Network;
use crate::domain::accounts::user_name::is_name;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::field::Field;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::users::{User, UserWritten};

/// What became of a sign-in.
#[derive(Debug)]
pub enum SignedIn {
    /// Name and password are right; the session to keep.
    Yes(SessionData),
    /// The user is unknown or disabled, or the password is wrong. All get the same answer.
    No,
    /// After failures, the next try must wait this long.
    Wait(Duration),
}

/// The result of changing one's own password.
#[derive(Debug)]
pub enum PasswordChanged {
    /// The password was changed. Every other session of the user has ended; this one continues with the new data.
    Yes(SessionData),
    /// The current password is wrong.
    WrongPresent,
    /// After failures, the next try must wait this long.
    Wait(Duration),
    /// The new password is not accepted.
    Bad(BadPassword),
}

impl Services {
    /// Signs a user in. If the audit entry can't be written, there is no session.
    pub async fn sign_in(
        &self,
        name: &str,
        password: String,
        origin: Origin,
    ) -> Result<SignedIn, ServiceError> {
        let network = Network::of(&origin.ip);
        let made = match self.allow_sign_in(name, &network).await? {
            Ok(made) => made,
            Err(wait) => return Ok(SignedIn::Wait(wait)),
        };
        let Some(turn) = self.verify_turns.take(&network, made.lane()).await else {
            return Ok(SignedIn::Wait(self.wait_of_network(&network).await?));
        };
        let user = match is_name(name) {
            true => self.store.user(name).await?,
            false => None,
        };
        let user = user.filter(|user| !user.disabled);
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let verified = self.passwords.verify(password.clone(), hash, turn).await?;
        let who = match &user {
            Some(user) => self.operator(user, origin),
            // A typed name may be a password in the wrong field, so it is not recorded.
            None => Operator::new(
                Actor::Unknown,
                Role::Viewer,
                Scope::everything(),
                origin,
                false,
            ),
        };
        let (Some(user), false) = (user, verified == Verified::Wrong) else {
            return self.refuse_sign_in(who, &network, made).await;
        };
        self.note_or_fail(&Entry::new(
            &who,
            AuditAction::SignIn,
            AuditOutcome::Applied,
        ))
        .await?;
        self.settle(&user.name, &network, made).await;
        if verified == Verified::RightButOld {
            self.rehash(&who, user.clone(), password).await;
        }
        Ok(SignedIn::Yes(SessionData::of(&user)))
    }

    /// The answer to a wrong name or password, and its audit entry. On a throttled network the answer is that of any try
    /// that must wait, so that it does not tell which users exist. A try that was not counted is not recorded.
    async fn refuse_sign_in(
        &self,
        who: Operator,
        network: &Network,
        made: Try,
    ) -> Result<SignedIn, ServiceError> {
        if !matches!(made, Try::Throttled) {
            let mut entry = Entry::new(&who, AuditAction::SignIn, AuditOutcome::Denied);
            if *who.actor() == Actor::Unknown {
                entry.role = Field::Absent;
            }
            self.note(&entry.because("wrong name or password")).await;
        }
        if matches!(made, Try::Counted(_)) {
            return Ok(SignedIn::No);
        }
        Ok(match made {
            Try::Known => match self.wait_of_stranger(who.name(), network).await? {
                Duration::ZERO => SignedIn::No,
                wait => SignedIn::Wait(wait),
            },
            _ => SignedIn::Wait(self.wait_of_network(network).await?),
        })
    }

    /// Records that a user signed out.
    pub async fn sign_out(&self, operator: &Operator) {
        self.note(&Entry::new(
            operator,
            AuditAction::SignOut,
            AuditOutcome::Applied,
        ))
        .await;
    }

    /// Changes one's own password.
    pub async fn change_password(
        &self,
        operator: &Operator,
        present: String,
        new: String,
    ) -> Result<PasswordChanged, ServiceError> {
        let action = AuditAction::ChangePassword;
        let mut user = match self.check_own_password(operator, present, action).await? {
            OwnPassword::Right(user) => *user,
            OwnPassword::Wrong => return Ok(PasswordChanged::WrongPresent),
            OwnPassword::Wait(wait) => return Ok(PasswordChanged::Wait(wait)),
        };
        if let Err(bad) = self.passwords.check(&user.name, &new).await? {
            return Ok(PasswordChanged::Bad(bad));
        }
        user.password_hash = self.passwords.hash(new).await?;
        let seen = std::mem::replace(&mut user.stamp, random_token());
        self.write_own_password(operator, &user, &seen, "").await?;
        Ok(PasswordChanged::Yes(SessionData::of(&user)))
    }

    pub(crate) fn operator(&self, user: &User, origin: Origin) -> Operator {
        Operator::new(
            Actor::User(user.name.clone()),
            user.role,
            user.scope.clone(),
            origin,
            self.rules.read_only,
        )
        .holding(Grants::of(&user.name, &self.rules.grants))
    }

    async fn rehash(&self, who: &Operator, mut user: User, password: String) {
        // The stamp stays: nothing changed for the user, so no session may end.
        const WHY: &str = "hashed again with current parameters";
        match self.passwords.hash(password).await {
            Ok(hash) => {
                user.password_hash = hash;
                if let Err(error) = self.write_own_password(who, &user, &user.stamp, WHY).await {
                    tracing::warn!(%error, "a password could not be hashed anew");
                }
            }
            Err(error) => tracing::warn!(%error, "a password could not be hashed anew"),
        }
    }

    /// Writes the password and stamp of `who`. Every role may change its own.
    async fn write_own_password(
        &self,
        who: &Operator,
        user: &User,
        seen: &str,
        note: &str,
    ) -> Result<(), ServiceError> {
        let permit = self.permit::<ChangeOwnPassword>(who, ()).await?;
        let entry = UnrecordedEntry::new(&permit, Act::OWN_PASSWORD, AuditOutcome::Applied)
            .about_themselves()
            .noting(note);
        let written = self
            .store
            .write_own_password(&entry, &user.password_hash, &user.stamp, seen);
        let written = self.witnessed(entry.as_entry(), written.await)?;
        self.users.forget(&user.name);
        match written {
            UserWritten::Done => Ok(()),
            _ => Err(ServiceError::Bad(
                "your account was changed by someone else just now: sign in again".to_owned(),
            )),
        }
    }
}
