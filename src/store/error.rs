//! The store's errors.

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Redis does not answer, or not in time. It is not known whether a write arrived.
    #[error("Redis does not answer: {0}")]
    Away(String),
    /// Redis answered that this user may not do it (NOPERM), or that it takes no writes now (READONLY, OOM, MISCONF).
    #[error("Redis refused: {0}")]
    Refused(String),
    /// Redis answered something unexpected: a key of another type, a broken record.
    #[error("Redis holds something unexpected: {0}")]
    Unexpected(String),
}

/// Texts by which an error is a refusal instead of a fault: codes, and the words for a command in a script that the user
/// may not run, which have no code before Redis 7.2 (measured with 7.0).
const REFUSALS: [&str; 6] = [
    "NOPERM",
    "READONLY",
    "OOM",
    "MISCONF",
    "NOREPLICAS",
    "The user executing the script can't",
];

/// Those of them that are about the keys that were asked for.
const OF_KEYS: [&str; 2] = ["NOPERM", "The user executing the script can't"];

impl StoreError {
    /// Whether it is about the keys of one queue, so that another queue may be read and changed all the same.
    pub(crate) fn is_of_keys(&self) -> bool {
        match self {
            Self::Away(_) => false,
            Self::Refused(text) => OF_KEYS.into_iter().any(|word| text.contains(word)),
            Self::Unexpected(_) => true,
        }
    }
}

impl From<redis::RedisError> for StoreError {
    fn from(error: redis::RedisError) -> Self {
        let code = error.code().unwrap_or_default().to_owned();
        let away = error.is_io_error()
            || error.is_timeout()
            || error.is_connection_dropped()
            || error.is_connection_refusal()
            || matches!(
                code.as_str(),
                "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "NOAUTH" | "WRONGPASS"
            );
        let text = match error.to_string() {
            // The crate spells some codes differently (NoPerm); only Redis's own are searched for.
            text if !text.contains(&code) => format!("{code}: {text}"),
            text => text,
        };
        if error.kind() == redis::ErrorKind::AuthenticationFailed {
            return Self::Refused(text);
        }
        let has = |word: &str| code == word || text.contains(word);
        if away {
            Self::Away(text)
        } else if REFUSALS.into_iter().any(has) {
            Self::Refused(text)
        } else {
            Self::Unexpected(text)
        }
    }
}
