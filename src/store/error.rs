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
    /// Redis answered that it can't do this just now, and did nothing: another client's script is running (BUSY), or it was told
    /// to forget a script (NOSCRIPT). The same may be asked again.
    #[error("Redis can't do this now: {0}")]
    Busy(String),
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

/// Codes of errors that pass, with nothing done.
const PASSING: [&str; 3] = ["BUSY", "NOSCRIPT", "TRYAGAIN"];

impl StoreError {
    /// Whether it is about the keys of one queue, so that another queue may be read and changed all the same.
    pub(crate) fn is_of_keys(&self) -> bool {
        match self {
            Self::Away(_) | Self::Busy(_) => false,
            Self::Refused(text) => OF_KEYS.into_iter().any(|word| text.contains(word)),
            Self::Unexpected(_) => self.is_wrong_type(),
        }
    }

    /// Whether a key has another type than it should have.
    pub(crate) fn is_wrong_type(&self) -> bool {
        matches!(self, Self::Unexpected(text) if text.contains("WRONGTYPE"))
    }

    /// Whether the same may succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Busy(_))
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
        } else if PASSING.contains(&code.as_str()) {
            Self::Busy(text)
        } else if REFUSALS.into_iter().any(has) {
            Self::Refused(text)
        } else {
            Self::Unexpected(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use redis::{Value, parse_redis_value};

    use super::*;

    /// The store's error for what Redis answers.
    fn answered(text: &str) -> StoreError {
        let answer = parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap();
        let Value::ServerError(error) = answer else {
            panic!("{text} is no error");
        };
        redis::RedisError::from(error).into()
    }

    #[test]
    fn an_error_that_passes_is_not_about_the_keys_of_a_queue() {
        for text in [
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            "NOSCRIPT No matching script. Please use EVAL.",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "LOADING Redis is loading the dataset in memory",
        ] {
            let error = answered(text);
            assert!(error.is_passing(), "{error:?}");
            assert!(!error.is_of_keys(), "{error:?}");
        }
    }

    #[test]
    fn only_a_wrong_type_and_a_missing_right_are_about_the_keys_of_a_queue() {
        for (text, is_of_keys) in [
            (
                "WRONGTYPE Operation against a key holding the wrong kind of value",
                true,
            ),
            (
                "ERR Error running script: @user_script:3: WRONGTYPE Operation against a key",
                true,
            ),
            (
                "NOPERM this user has no permissions to access one of the keys",
                true,
            ),
            (
                "READONLY You can't write against a read only replica.",
                false,
            ),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                false,
            ),
            ("ERR user_script:12: attempt to index a nil value", false),
        ] {
            let error = answered(text);
            assert_eq!(error.is_of_keys(), is_of_keys, "{error:?}");
            assert!(!error.is_passing(), "{error:?}");
        }
    }
}
