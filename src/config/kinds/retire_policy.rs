//! The kind of a policy by which versions are retired by themselves: a family and a duration.

use std::path::Path;
use std::time::Duration;

use super::amounts::{Span, days, seconds};
use super::{Describe, Kind};
use crate::domain::retire::Policy;

/// How long a version has to be quiet.
const AFTER: Span = Span {
    least: seconds(1),
    most: days(365),
};

/// A family and a duration, as `email=24h`.
pub(in crate::config) struct RetirePolicy;

impl Describe for RetirePolicy {
    fn allowed(&self) -> String {
        format!(
            "a family in which * stands for any letters, =, and {}, such as email=24h",
            AFTER.allowed()
        )
    }

    fn placeholder(&self) -> &'static str {
        "FAMILY=DURATION"
    }
}

impl Kind for RetirePolicy {
    type Value = Policy;

    fn parse(&self, text: &str, cwd: &Path) -> Result<Policy, String> {
        // A family's name may hold the sign; a duration does not.
        let (families, after) = text.rsplit_once('=').ok_or("holds no =")?;
        if families.is_empty() {
            return Err("names no family".to_owned());
        }
        let after: Duration = AFTER.parse(after, cwd)?;
        Ok(Policy {
            families: families.to_owned(),
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_policy_is_a_family_and_a_duration() {
        let read = |text| RetirePolicy.parse(text, Path::new(""));
        for (text, families, seconds) in [
            ("email=24h", "email", 86_400),
            ("team/*=90m", "team/*", 5_400),
            ("a=b=1s", "a=b", 1),
        ] {
            let policy = read(text).unwrap();
            assert_eq!(policy.families, families);
            assert_eq!(policy.after, Duration::from_secs(seconds));
        }
        for text in ["", "email", "email=", "=24h", "email=24", "email=0s", "24h"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
