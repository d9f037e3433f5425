//! The ids of the jobs that schedulers and repeatable jobs make, and the key by which older versions know a repeatable job.

use md5::{Digest, Md5};

use super::scheduler::SchedulerId;
use crate::domain::job::JobId;

/// What the key `name:id:endDate:tz:pattern` of a repeatable job says (BullMQ 4, and 5 before it kept hashes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyKey {
    /// The name of its jobs.
    pub name: String,
    /// The id that the application gave; may be empty.
    pub id: String,
    /// When it ends, in Unix milliseconds.
    pub end: Option<u64>,
    /// Its time zone.
    pub zone: Option<String>,
    /// The pattern, or the interval in milliseconds.
    pub rule: String,
}

impl LegacyKey {
    /// Splits a key, if it has this form.
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.splitn(5, ':');
        let mut next = || parts.next();
        let (name, id, end, zone, rule) = (next()?, next()?, next()?, next()?, next()?);
        let is_rule = rule.contains(' ') || (!rule.is_empty() && digits(rule));
        if !is_rule || !digits(end) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            id: id.to_owned(),
            end: end.parse().ok(),
            zone: (!zone.is_empty()).then(|| zone.to_owned()),
            rule: rule.to_owned(),
        })
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the id of every job of a scheduler begins with; the time it is due, in Unix milliseconds, follows.
pub fn prefix(id: &SchedulerId, is_legacy: bool) -> String {
    let key = id.as_str();
    match is_legacy && key.split(':').count() > 2 {
        true => {
            let named = LegacyKey::parse(key);
            let (name, custom) = match &named {
                Some(key) => (key.name.as_str(), key.id.as_str()),
                None => (key.split(':').next().unwrap_or(key), ""),
            };
            format!("repeat:{}:", md5(&format!("{name}{custom}{}", md5(key))))
        }
        false => format!("repeat:{key}:"),
    }
}

/// The id of the job that is due at this time.
pub fn job_at(id: &SchedulerId, is_legacy: bool, millis: u64) -> Option<JobId> {
    JobId::new(format!("{}{millis}", prefix(id, is_legacy)))
}

fn md5(text: &str) -> String {
    base16ct::lower::encode_string(&Md5::digest(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_of_a_repeatable_job_is_told_from_an_id_with_colons() {
        let key = LegacyKey::parse("report:r1:1764000000000:Europe/Berlin:15 3 * * *").unwrap();
        assert_eq!((key.name.as_str(), key.id.as_str()), ("report", "r1"));
        assert_eq!(key.end, Some(1_764_000_000_000));
        assert_eq!(key.zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(key.rule, "15 3 * * *");
        assert_eq!(LegacyKey::parse("tick::::60000").unwrap().rule, "60000");
        for id in [
            "a",
            "a:b:c",
            "a:b:c:d:e",
            "a:b:not a number:d:60000",
            "a::::",
        ] {
            assert_eq!(LegacyKey::parse(id), None, "{id}");
        }
    }
}
