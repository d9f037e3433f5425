//! The link that makes the first admin, while it works.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

use super::token::random_token;

/// How long the link works.
pub(crate) const SET_UP_WITHIN: Duration = Duration::from_secs(15 * 60);

/// The token of the link, and when it was made; `None` if no link works.
#[derive(Debug, Default)]
pub(crate) struct FirstAdminLink(Mutex<Option<(String, Instant)>>);

/// A link that was taken. It is put back if it did not make an admin.
#[derive(Debug)]
pub(crate) struct TakenLink(String, Instant);

impl FirstAdminLink {
    /// Makes a new link and returns its token. The previous link stops working.
    pub(crate) fn offer(&self) -> String {
        let token = random_token();
        *self.link() = Some((token.clone(), Instant::now()));
        token
    }

    /// Whether `token` is the link's token, and the link still works.
    pub(crate) fn is_open(&self, token: &str) -> bool {
        self.link()
            .as_ref()
            .is_some_and(|link| is_good(link, token))
    }

    /// Whether a link was made that made no admin yet, and whether it is still good.
    pub(crate) fn is_good(&self) -> Option<bool> {
        let link = self.link();
        link.as_ref()
            .map(|(_, made)| made.elapsed() < SET_UP_WITHIN)
    }

    /// Takes the link, so that nobody else can; `None` where it is not good.
    pub(crate) fn take(&self, token: &str) -> Option<TakenLink> {
        let taken = self.link().take_if(|link| is_good(link, token));
        taken.map(|(token, made)| TakenLink(token, made))
    }

    /// Puts a taken link back, for the rest of its time.
    pub(crate) fn put_back(&self, TakenLink(token, made): TakenLink) {
        *self.link() = Some((token, made));
    }

    fn link(&self) -> MutexGuard<'_, Option<(String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_good((offered, made): &(String, Instant), token: &str) -> bool {
    made.elapsed() < SET_UP_WITHIN && same(offered, token)
}

/// Compares two secrets in constant time.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
