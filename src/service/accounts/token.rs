//! Tokens that nobody can guess.

use crate::domain::job::hex;

/// 32 random bytes in hex: a link nobody can guess, a key nobody has.
pub(crate) fn random_token() -> String {
    hex(&rand::random::<[u8; 32]>())
}
