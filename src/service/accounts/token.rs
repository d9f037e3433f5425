//! Tokens that nobody can guess.

use base16ct::lower::encode_string;

/// 32 random bytes in hex: a link nobody can guess, a key nobody has.
pub(crate) fn random_token() -> String {
    encode_string(&rand::random::<[u8; 32]>())
}
