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

/// Parts of Redis's errors, and what to do about them.
const ADVICE: [(&str, &str); 14] = [
    (
        "OOM",
        "Give Redis more memory (maxmemory), or make room in it.",
    ),
    (
        "READONLY",
        "Point the setting redis at the primary, or wait for the failover to end.",
    ),
    (
        "ReadOnly",
        "Point the setting redis at the primary, or wait for the failover to end.",
    ),
    (
        "MISCONF",
        "Make room on Redis's disk; its own log says why it can't save.",
    ),
    ("NOREPLICAS", "Bring Redis's replicas back."),
    ("NOPERM", RIGHTS),
    ("The user executing the script can't", RIGHTS),
    ("NOAUTH", "Set the password in the setting redis."),
    ("WRONGPASS", "Correct the password in the setting redis."),
    (
        "AuthenticationFailed",
        "Correct the password in the setting redis.",
    ),
    (
        "Password authentication failed",
        "Correct the password in the setting redis.",
    ),
    ("LOADING", "Wait until Redis has loaded its data."),
    (
        "BUSY",
        "Wait for the script to end, or end it with SCRIPT KILL.",
    ),
    (
        "WRONGTYPE",
        "Look in the log of this process for the key, and delete or rename it. Bullkeeper's own records are set aside by themselves.",
    ),
];

const RIGHTS: &str = "Give Bullkeeper's Redis user the right to this; ACL LOG in Redis names the command and the key.";

impl StoreError {
    /// What a person can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        let text = self.text();
        if let Some((_, advice)) = ADVICE.iter().find(|(word, _)| text.contains(word)) {
            return advice;
        }
        match self {
            Self::Away(_) => {
                "Check that Redis runs and that this machine reaches it. Bullkeeper goes on by itself then."
            }
            Self::Busy(_) => "Bullkeeper tries it again by itself.",
            Self::Refused(_) | Self::Unexpected(_) => {
                "The log of this process has Redis's own words."
            }
        }
    }

    fn text(&self) -> &str {
        let (Self::Away(text) | Self::Busy(text) | Self::Refused(text) | Self::Unexpected(text)) =
            self;
        text
    }

    /// What happened, without any of Redis's own text.
    pub fn plain(&self) -> &'static str {
        let text = self.text();
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
        let (found, wanted) = self.text().rsplit_once(" and should be a ")?;
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

    #[test]
    fn whatever_redis_refuses_there_is_something_to_do_about_it() {
        for (word, _) in MEANINGS {
            for error in [StoreError::Refused, StoreError::Away, StoreError::Busy] {
                let advice = error(format!("{word} of 10.0.0.7")).advice();
                assert!(
                    advice.ends_with('.') && !advice.contains("10.0.0.7"),
                    "{word}"
                );
            }
        }
        let oom = StoreError::Refused("OOM command not allowed".to_owned());
        assert!(oom.advice().contains("maxmemory"));
    }
}
