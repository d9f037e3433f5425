//! Kinds of names and patterns: what is text, but not any text.

use std::path::Path;

use regex::Regex;
use tracing_subscriber::EnvFilter;

use super::{Describe, Kind};

/// Implements [`Describe`] for a kind of one plain text.
macro_rules! describe {
    ($kind:ty, $placeholder:literal, $allowed:expr) => {
        impl Describe for $kind {
            fn allowed(&self) -> String {
                $allowed.to_owned()
            }

            fn placeholder(&self) -> &'static str {
                $placeholder
            }
        }
    };
}
pub(in crate::config) use describe;

/// A queue prefix: what BullMQ puts before every key.
pub(in crate::config) struct QueuePrefix;

describe!(
    QueuePrefix,
    "PREFIX",
    "a BullMQ prefix, not empty, without control characters"
);

impl Kind for QueuePrefix {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        no_control(text)
    }
}

/// What Bullkeeper's own keys begin with.
pub(in crate::config) struct Namespace;

describe!(
    Namespace,
    "NAME",
    "letters, digits, and any of - _ . and no queue prefix"
);

impl Kind for Namespace {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
        // A brace would change the cluster slot of keys that must lie beside a job's; a colon would let Bullkeeper's
        // keys lie among those of a queue.
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if text.is_empty() || !text.chars().all(fits) {
            return Err("is not such a name".to_owned());
        }
        Ok(text.to_owned())
    }
}

/// A short label that is shown to people.
pub(in crate::config) struct Label {
    /// The most characters.
    pub(in crate::config) most: usize,
}

impl Describe for Label {
    fn allowed(&self) -> String {
        format!("up to {} characters on one line", self.most)
    }

    fn placeholder(&self) -> &'static str {
        "TEXT"
    }
}

impl Kind for Label {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
        if text.chars().count() > self.most {
            return Err("is too long".to_owned());
        }
        no_control(text)
    }
}

fn no_control(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("holds a control character".to_owned());
    }
    Ok(text.to_owned())
}

/// The name of an object's member, in which `*` stands for any letters.
pub(in crate::config) struct MemberGlob;

describe!(
    MemberGlob,
    "GLOB",
    "a member name in which * stands for any letters, such as password or *token*"
);

impl Kind for MemberGlob {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        Ok(text.to_owned())
    }
}

/// How a queue's name splits, when nothing else is set: `/v2`, `-v2`, `_v2`, `.v2` and `@2` end a name that holds a
/// version. Numbers without a `v` or an `@` (`resize-128`, `mp3`) are no versions, and neither is what goes on with a
/// word (`email-v2-priority`) unless the word marks a pre-release.
pub(in crate::config) const VERSION_PATTERN: &str = concat!(
    r"(?i)^(?P<family>.+?)(?:[/_.\-]v|@v?)",
    r"(?P<version>[0-9]+(?:\.[0-9]+)*",
    r"(?:-(?:[0-9]|alpha|beta|rc|pre|dev|canary|next|snapshot)[0-9a-z.\-]*)?",
    r"(?:\+[0-9a-z.\-]+)?)$",
);

/// A regular expression with the groups `family` and `version`.
pub(in crate::config) struct SplitPattern;

describe!(
    SplitPattern,
    "REGEX",
    "a regular expression with the named groups family and version"
);

impl Kind for SplitPattern {
    type Value = Regex;

    fn parse(&self, text: &str, _: &Path) -> Result<Regex, String> {
        let regex = Regex::new(text).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "is too large when compiled".to_owned(),
            // The full message draws the pattern over several lines; its last one says what is wrong.
            error => format!(
                "is not a regular expression ({})",
                error.to_string().lines().last().unwrap_or_default().trim()
            ),
        })?;
        let named: Vec<&str> = regex.capture_names().flatten().collect();
        match ["family", "version"]
            .iter()
            .find(|name| !named.contains(name))
        {
            Some(missing) => Err(format!("has no group (?P<{missing}>…)")),
            None => Ok(regex),
        }
    }
}

/// What is logged: levels, alone or for a target.
pub(in crate::config) struct LogLevel;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

describe!(
    LogLevel,
    "LEVEL",
    "off, error, warn, info, debug or trace, and target=level, with commas between"
);

impl Kind for LogLevel {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
        // EnvFilter takes a misspelt level for a target's name and then logs nothing else, so levels are checked here.
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        for part in &parts {
            let level = part.rsplit_once('=').map_or(*part, |(_, level)| level);
            if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
                return Err(format!("holds {part:?}, which ends in no level"));
            }
        }
        let text = parts.join(",");
        EnvFilter::try_new(&text).map_err(|error| format!("is refused ({error})"))?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_version_pattern_tells_versions_from_numbers() {
        let pattern = SplitPattern.parse(VERSION_PATTERN, Path::new("")).unwrap();
        for (name, family, version) in [
            ("email/v2", "email", "2"),
            ("email-v2", "email", "2"),
            ("email_v2", "email", "2"),
            ("email.v2", "email", "2"),
            ("email.V2", "email", "2"),
            ("email@2.1.0", "email", "2.1.0"),
            ("email@v2", "email", "2"),
            ("email/v2.10.0", "email", "2.10.0"),
            ("email@2.1.0-rc.1+b7", "email", "2.1.0-rc.1+b7"),
            ("email@2.1.0+build.7", "email", "2.1.0+build.7"),
            ("email/v3-beta2", "email", "3-beta2"),
            ("email/v2024-05-01", "email", "2024-05-01"),
            ("team/email/v2", "team/email", "2"),
            ("email-v1/v3", "email-v1", "3"),
            ("image-resize/v7", "image-resize", "7"),
            ("mp3/v2", "mp3", "2"),
            ("räksmörgås v/v2", "räksmörgås v", "2"),
            ("a@b@2", "a@b", "2"),
        ] {
            let found = pattern.captures(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((&found["family"], &found["version"]), (family, version));
        }
        for name in [
            "mp3",
            "resize-128",
            "email/2",
            "tv2",
            "v2",
            "/v2",
            "@2",
            "email-v",
            "email/version2",
            "email-v2-priority",
            "email-v2-dlq",
            "email@example.com",
            "ipv6",
            "email/v٢",
            "email/v2 ",
            "email/v2.",
            "sha-256",
            "h.264",
            "email/v2/retry",
            "",
        ] {
            assert!(pattern.captures(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_pattern_needs_both_groups() {
        let read = |text| SplitPattern.parse(text, Path::new(""));
        assert!(read("(?P<family>a)(?<version>b)").is_ok());
        assert!(read("(?P<family>a)").unwrap_err().contains("version"));
        let reason = read("(").unwrap_err();
        assert!(reason.contains("unclosed group"), "{reason}");
        assert!(!reason.contains('\n'));
    }

    #[test]
    fn a_misspelt_log_level_is_refused() {
        let read = |text| LogLevel.parse(text, Path::new(""));
        for text in [
            "info",
            "INFO",
            "off",
            "info,redis=debug",
            "warn, bullkeeper::web=trace",
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "infoo",
            "info,hyper",
            "redis=verbose",
            "a=b=info=",
            "info,,",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
