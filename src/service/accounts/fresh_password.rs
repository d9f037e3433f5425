//! Typing one's own password again: for a change that takes more than a session, and to choose a new password.

use std::time::Duration;

use super::passwords::Verified;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::accounts::network::Network;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::service::Services;
use crate::service::accounts::guess_limits::{SHORT_WAIT, Try};
use crate::service::error::ServiceError;
use crate::store::records::users::User;

/// A longer one is nobody's, and is not hashed: a form may be large. In bytes.
const LONGEST: usize = 4096;

/// What became of a password that was typed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordConfirmed {
    /// It is right, and counts from now, in Unix milliseconds.
    Yes(u64),
    /// It is wrong.
    Wrong,
    /// After failures, the next try must wait this long.
    Wait(Duration),
}

/// Whether a password is someone's own.
#[derive(Debug)]
pub(crate) enum OwnPassword {
    /// It is; their record.
    Right(Box<User>),
    /// It is not.
    Wrong,
    /// After failures, the next try must wait this long.
    Wait(Duration),
}

impl Services {
    /// Confirms that whoever sends a request knows the password of its user. The session has to keep the time that is
    /// returned. If the audit entry can't be written, nothing is confirmed.
    pub async fn confirm_password(
        &self,
        operator: &Operator,
        password: String,
    ) -> Result<PasswordConfirmed, ServiceError> {
        let action = AuditAction::ConfirmPassword;
        match self.check_own_password(operator, password, action).await? {
            OwnPassword::Right(_) => {
                let entry = Entry::new(operator, action, AuditOutcome::Applied);
                self.note_or_fail(&entry).await?;
                Ok(PasswordConfirmed::Yes(unix_millis()))
            }
            OwnPassword::Wrong => Ok(PasswordConfirmed::Wrong),
            OwnPassword::Wait(wait) => Ok(PasswordConfirmed::Wait(wait)),
        }
    }

    /// Checks one's own password. Tries are counted together with sign-ins, so that nobody guesses faster here; a wrong one
    /// is recorded as a refused `action`.
    pub(crate) async fn check_own_password(
        &self,
        operator: &Operator,
        password: String,
        action: AuditAction,
    ) -> Result<OwnPassword, ServiceError> {
        let Some(name) = operator.actor().user() else {
            return Ok(OwnPassword::Wrong);
        };
        let network = Network::of(&operator.origin().ip);
        let made = match self.allow_sign_in(name, &network).await? {
            Ok(made) => made,
            Err(wait) => return Ok(OwnPassword::Wait(wait)),
        };
        let Some(turn) = self.verify_turns.take(&network, made.lane()).await else {
            let wait = self.wait_of_network(&network).await?;
            return Ok(OwnPassword::Wait(wait.max(SHORT_WAIT)));
        };
        let user = self.store.user(name).await?;
        let user = user.filter(|user| !user.disabled);
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let password = match password.len() > LONGEST {
            true => String::new(),
            false => password,
        };
        let verified = self.passwords.verify(password, hash, turn).await?;
        let (Some(user), false) = (user, verified == Verified::Wrong) else {
            // A try that was not counted is not recorded either.
            if !matches!(made, Try::Throttled) {
                let entry = Entry::new(operator, action, AuditOutcome::Denied);
                self.note(&entry.because("the present password was wrong"))
                    .await;
            }
            return Ok(OwnPassword::Wrong);
        };
        self.settle(&user.name, &network, made).await;
        Ok(OwnPassword::Right(Box::new(user)))
    }
}
