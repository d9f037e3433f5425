//! Hashes and verifies passwords with argon2id, off the async threads and a few at once. A user who does not exist costs
//! the same work.

use crate::service::error::HashFailed;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::password_rules::{BadPassword, check};
use crate::service::large_texts::blocking::spawn_blocking;

/// OWASP's first choice for argon2id: 46 MiB, one pass, one lane. It takes 47 ms on one core of a small server.
const MEMORY_KIB: u32 = 46 * 1024;

/// How many are hashed at once; each takes 46 MiB.
const AT_ONCE: usize = 4;

static DUMMY: LazyLock<String> =
    LazyLock::new(|| hash_now("no user has this password").unwrap_or_default());

/// Hashes and verifies passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verified {
    /// The password is right.
    Right,
    /// The password is right, but its hash was made with older parameters.
    RightButOld,
    /// The password is wrong.
    Wrong,
}

impl Passwords {
    /// Hashes `password` with a new salt, as a PHC string.
    pub(crate) async fn hash(&self, password: String) -> Result<String, HashFailed> {
        self.aside(move || hash_now(&password)).await?
    }

    /// Checks whether `password` may be the new password of `name`. Takes some milliseconds of CPU.
    pub(crate) async fn check(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Result<(), BadPassword>, HashFailed> {
        let (name, password) = (name.to_owned(), password.to_owned());
        self.aside(move || check(&name, &password)).await
    }

    /// Verifies `password` against `hash`. With `None` it does the same work and finds the password wrong. Holds `turn`
    /// until the work is done.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        turn: impl Send + 'static,
    ) -> Result<Verified, HashFailed> {
        self.aside(move || {
            let verified = match hash {
                Some(hash) => verify_now(&password, &hash),
                None => {
                    verify_now(&password, &DUMMY);
                    Verified::Wrong
                }
            };
            drop(turn);
            verified
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashFailed> {
        let failed = |error: &dyn std::fmt::Display| HashFailed(error.to_string());
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let turn = turn.map_err(|error| failed(&error))?;
        // The caller may be gone before the work is done, so the turn belongs to the work.
        spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(|error| failed(&error))
    }
}

fn hasher() -> Result<Argon2<'static>, HashFailed> {
    let params =
        Params::new(MEMORY_KIB, 1, 1, None).map_err(|error| HashFailed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String, HashFailed> {
    hasher()?
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| HashFailed(error.to_string()))
}

fn verify_now(password: &str, hash: &str) -> Verified {
    let (Ok(parsed), Ok(hasher)) = (PasswordHash::new(hash), hasher()) else {
        return Verified::Wrong;
    };
    if hasher
        .verify_password(password.as_bytes(), &parsed)
        .is_err()
    {
        return Verified::Wrong;
    }
    let current = Params::try_from(&parsed).is_ok_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, 1, 1)
    });
    if current {
        Verified::Right
    } else {
        Verified::RightButOld
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
            "{hash}"
        );
        let verify = |password: &str, hash: Option<String>| {
            let (passwords, password) = (passwords.clone(), password.to_owned());
            async move { passwords.verify(password, hash, ()).await.unwrap() }
        };
        assert_eq!(
            verify("correct horse", Some(hash.clone())).await,
            Verified::Right
        );
        assert_eq!(verify("battery staple", Some(hash)).await, Verified::Wrong);
        assert_eq!(verify("correct horse", None).await, Verified::Wrong);
    }
}
