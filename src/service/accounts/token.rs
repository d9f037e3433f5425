//! Tokens that nobody can guess.

use base16ct::lower::encode_string;

/// 32 random bytes in hex, for links and keys that nobody can guess.
pub(crate) fn random_token() -> String {
    encode_string(&rand::random::<[u8; 32]>())
}
