//! The kind of a policy that retires versions automatically: a family and a duration.

use super::SettingKind;
use super::amounts::duration;
use crate::domain::versions::retire::Policy;

/// A family and how long a version of it has to be quiet, as `email=24h`.
pub(in crate::config) fn retire_policy() -> SettingKind<Policy> {
    let after = duration("1s", "365d");
    let allowed = format!(
        "a family in which * stands for any letters, =, and {}, such as email=24h",
        after.info.allowed
    );
    SettingKind::in_folder("FAMILY=DURATION", allowed, move |text, folder| {
        // A family's name may hold the sign; a duration does not.
        let (families, quiet) = text.rsplit_once('=').ok_or("holds no =")?;
        if families.is_empty() {
            return Err("names no family".to_owned());
        }
        let after = (after.read)(&[quiet.to_owned()], folder).map_err(|(_, reason)| reason)?;
        Ok(Policy {
            families: families.to_owned(),
            after,
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_policy_is_a_family_and_a_duration() {
        let kind = retire_policy();
        for (text, families, seconds) in [
            ("email=24h", "email", 86_400),
            ("team/*=90m", "team/*", 5_400),
            ("a=b=1s", "a=b", 1),
        ] {
            let policy = kind.parse(text).unwrap();
            assert_eq!(policy.families, families);
            assert_eq!(policy.after, Duration::from_secs(seconds));
        }
        for text in ["", "email", "email=", "=24h", "email=24", "email=0s", "24h"] {
            assert!(kind.parse(text).is_err(), "{text}");
        }
    }
}
