//! Kinds of names and patterns.

use regex::Regex;
use tracing_subscriber::EnvFilter;

use super::SettingKind;

/// A queue prefix, which BullMQ puts before every key.
pub(in crate::config) fn queue_prefix() -> SettingKind<String> {
    let allowed = "a BullMQ prefix, not empty, without control characters";
    SettingKind::new("PREFIX", allowed, |text| {
        nonempty(text)?;
        without_control_characters(text)
    })
}

/// The text that Bullkeeper's own keys begin with.
pub(in crate::config) fn namespace() -> SettingKind<String> {
    let allowed = "letters, digits, and any of - _ . and no queue prefix";
    SettingKind::new("NAME", allowed, |text| {
        // A brace would change the cluster slot of keys that must lie beside a job's; a colon would let Bullkeeper's
        // keys lie among those of a queue.
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if text.is_empty() || !text.chars().all(fits) {
            return Err("is not such a name".to_owned());
        }
        Ok(text.to_owned())
    })
}

/// A label of at most `most` characters that is shown on pages.
pub(in crate::config) fn label(most: usize) -> SettingKind<String> {
    let allowed = format!("up to {most} characters on one line");
    SettingKind::new("TEXT", allowed, move |text| {
        if text.chars().count() > most {
            return Err("is too long".to_owned());
        }
        without_control_characters(text)
    })
}

/// The name of an object's member, in which `*` stands for any letters.
pub(in crate::config) fn member_glob() -> SettingKind<String> {
    let allowed = "a member name in which * stands for any letters, such as password or *token*";
    SettingKind::new("GLOB", allowed, nonempty)
}

fn nonempty(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text.to_owned())
}

fn without_control_characters(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("holds a control character".to_owned());
    }
    Ok(text.to_owned())
}

/// The default pattern: `/v2`, `-v2`, `_v2`, `.v2` and `@2` end a name that holds a version. Numbers without a `v` or
/// an `@` (`resize-128`, `mp3`) are not versions, and neither is a number that a word follows (`email-v2-priority`),
/// unless the word marks a pre-release.
pub(in crate::config) const VERSION_PATTERN: &str = concat!(
    r"(?i)^(?P<family>.+?)(?:[/_.\-]v|@v?)",
    r"(?P<version>[0-9]+(?:\.[0-9]+)*",
    r"(?:-(?:[0-9]|alpha|beta|rc|pre|dev|canary|next|snapshot)[0-9a-z.\-]*)?",
    r"(?:\+[0-9a-z.\-]+)?)$",
);

/// A regular expression with the groups `family` and `version`.
pub(in crate::config) fn version_pattern() -> SettingKind<Regex> {
    let allowed = "a regular expression with the named groups family and version";
    SettingKind::new("REGEX", allowed, |text| {
        let regex = Regex::new(text).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "is too large when compiled".to_owned(),
            // The full message draws the pattern over several lines; its last one says what is wrong.
            error => format!(
                "is not a regular expression ({})",
                error.to_string().lines().last().unwrap_or_default().trim()
            ),
        })?;
        let named: Vec<&str> = regex.capture_names().flatten().collect();
        let missing = ["family", "version"]
            .into_iter()
            .find(|name| !named.contains(name));
        match missing {
            Some(missing) => Err(format!("has no group (?P<{missing}>…)")),
            None => Ok(regex),
        }
    })
}

const LOG_LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What is logged: levels, alone or for a target.
pub(in crate::config) fn log_level() -> SettingKind<String> {
    let allowed = "off, error, warn, info, debug or trace, and target=level, with commas between";
    SettingKind::new("LEVEL", allowed, |text| {
        // EnvFilter takes a misspelt level for a target's name and then logs nothing else, so levels are checked here.
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        for part in &parts {
            let level = part.rsplit_once('=').map_or(*part, |(_, level)| level);
            if !LOG_LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
                return Err(format!("holds {part:?}, which ends in no level"));
            }
        }
        let text = parts.join(",");
        EnvFilter::try_new(&text).map_err(|error| format!("is refused ({error})"))?;
        Ok(text)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_version_pattern_tells_versions_from_numbers() {
        let pattern = version_pattern().parse(VERSION_PATTERN).unwrap();
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
        let kind = version_pattern();
        let read = |text| kind.parse(text);
        assert!(read("(?P<family>a)(?<version>b)").is_ok());
        assert!(read("(?P<family>a)").unwrap_err().contains("version"));
        let reason = read("(").unwrap_err();
        assert!(reason.contains("unclosed group"), "{reason}");
        assert!(!reason.contains('\n'));
    }

    #[test]
    fn a_misspelt_log_level_is_refused() {
        let kind = log_level();
        let read = |text| kind.parse(text);
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
