//! Redis's errors in words for users. Redis's own text stays in the log: it names keys, commands, addresses and the digests
//! of scripts, which readers of a page should not learn.

use crate::store::error::StoreError;

/// Parts of Redis's errors, and what they mean.
const MEANINGS: [(&str, &str); 17] = [
    ("OOM", "Redis refuses writes: it is out of memory"),
    ("READONLY", "Redis refuses writes: it is a replica"),
    // As the redis crate (1.8) names it.
    ("ReadOnly", "Redis refuses writes: it is a replica"),
    ("MISCONF", "Redis refuses writes: it can't save to its disk"),
    (
        "NOREPLICAS",
        "Redis refuses writes: it has too few replicas",
    ),
    ("NOPERM", "Bullkeeper's Redis user may not do this"),
    // Before Redis 7.2, the error for a command in a script that the user may not run has no code.
    (
        "The user executing the script can't",
        "Bullkeeper's Redis user may not do this",
    ),
    (
        "NOAUTH",
        "Redis wants a password, and the setting redis has none",
    ),
    (
        "WRONGPASS",
        "Redis does not take the password of the setting redis",
    ),
    (
        "AuthenticationFailed",
        "Redis does not take the password of the setting redis",
    ),
    (
        "Password authentication failed",
        "Redis does not take the password of the setting redis",
    ),
    ("LOADING", "Redis is still loading its data"),
    (
        "MASTERDOWN",
        "this Redis is a replica that has lost its primary",
    ),
    ("CLUSTERDOWN", "the Redis cluster is down"),
    ("BUSY", "Redis is busy with a long script"),
    ("NOSCRIPT", "Redis forgot a script just now"),
    (
        "WRONGTYPE",
        "a key in Redis has another type than it should have",
    ),
];

impl StoreError {
    /// What happened, without any of Redis's own text.
    pub fn plain(&self) -> &'static str {
        let (Self::Away(text) | Self::Busy(text) | Self::Refused(text) | Self::Unexpected(text)) =
            self;
        if let Some((_, words)) = MEANINGS.iter().find(|(word, _)| text.contains(word)) {
            return words;
        }
        match self {
            Self::Away(_) => "there is no connection to Redis, or no answer in time",
            Self::Busy(_) => "Redis can't do this now",
            Self::Refused(_) => "Redis refused it",
            Self::Unexpected(_) => "Redis answered something unexpected",
        }
    }

    /// The same for the record of a run. If a script found a key of another type, this also names the key.
    pub fn for_record(&self) -> String {
        self.odd_key().unwrap_or_else(|| self.plain().to_owned())
    }

    /// What a script says about such a key: `KEY is a string and should be a zset`.
    fn odd_key(&self) -> Option<String> {
        let (Self::Away(text) | Self::Busy(text) | Self::Refused(text) | Self::Unexpected(text)) =
            self;
        let (found, wanted) = text.rsplit_once(" and should be a ")?;
        let (_, found) = found.split_once("WRONGTYPE")?;
        let found = found.trim_start_matches([':', ' ']);
        let wanted: String = wanted
            .chars()
            .take_while(char::is_ascii_lowercase)
            .collect();
        Some(format!("{found} and should be a {wanted}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_is_told_but_what_it_means() {
        let oom = "OOM command not allowed when used memory > 'maxmemory'. script: 3f2a, on @user_script:31.";
        let told = StoreError::Refused(oom.to_owned()).plain();
        assert_eq!(told, "Redis refuses writes: it is out of memory");
        let session = StoreError::Away(format!("session store: Redis refused: {oom}"));
        assert_eq!(session.plain(), told, "wherever it was wrapped in");
        let odd = "WRONGTYPE: bull:email/v2:delayed is a string and should be a zset script: 3f2a";
        assert_eq!(
            StoreError::Unexpected(odd.to_owned()).for_record(),
            "bull:email/v2:delayed is a string and should be a zset"
        );
        let other = StoreError::Unexpected("ERR Error running script f_abc: 127.0.0.1".to_owned());
        assert_eq!(other.plain(), "Redis answered something unexpected");
    }
}
