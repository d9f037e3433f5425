//! The address of Redis. It may hold a password, so it is a type of its own: what is printed is a copy in which the
//! password is masked.

use std::fmt;

use redis::IntoConnectionInfo;
use secrecy::{ExposeSecret, SecretString};

use super::MASK;

/// What is allowed, in words that follow "allowed:".
pub(in crate::config) const ALLOWED: &str = "redis:// or rediss:// (TLS) with [[user]:password@]host[:port][/db], \
     or unix:///path.sock?db=0&user=…&pass=…";

/// A checked Redis URL. `Debug` and `Display` show it with its password masked.
#[derive(Clone)]
pub struct RedisUrl {
    url: SecretString,
    shown: String,
    place: String,
}

impl RedisUrl {
    /// Accepts `text` if the Redis client does. The error is a reason that never repeats the URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url =
            redis::parse_redis_url(text).ok_or("is not a Redis URL of a scheme that is known")?;
        if url.fragment().is_some() {
            // `#insecure` would need the client's switch that turns certificate checks off.
            return Err("ends in a #fragment; certificates are always checked".to_owned());
        }
        if url.password().is_none() && !url.username().is_empty() {
            // Nearly always a password that lost its colon; the client would connect without it.
            return Err(
                "has a user without a password (a password alone is written :password@)".to_owned(),
            );
        }
        let mut shown = url.clone();
        if url.password().is_some() {
            shown
                .set_password(Some(MASK))
                .map_err(|()| "can't hold a password")?;
        }
        if url.query().is_some() {
            shown.query_pairs_mut().clear().extend_pairs(
                url.query_pairs()
                    .map(|(name, value)| mask_pair(name.into(), value.into())),
            );
        }
        let mut place = shown.clone();
        // What has no host, as a unix socket, has neither.
        let _ = place.set_username("");
        let _ = place.set_password(None);
        let database = url.query_pairs().find(|(name, _)| name == "db");
        let database = database.map(|(_, number)| format!("db={number}"));
        place.set_query(database.as_deref());
        let info = url.into_connection_info().map_err(|error| {
            // What follows the dash may repeat a part of the URL.
            let words = error.to_string();
            let words = words.split(" - ").next().unwrap_or_default();
            format!("is refused by the Redis client ({words})")
        })?;
        if info.redis_settings().db() < 0 {
            return Err("names a database below 0".to_owned());
        }
        Ok(Self {
            url: text.into(),
            shown: shown.into(),
            place: place.into(),
        })
    }

    /// Where it is: the URL without any user or password, and of a unix socket's parameters only the database.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The URL with its password, for the Redis client.
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

/// A unix socket's URL holds its password as `pass=`; every parameter that isn't known to be harmless is masked.
fn mask_pair(name: String, value: String) -> (String, String) {
    match name.as_str() {
        "db" | "user" | "protocol" => (name, value),
        _ => (name, MASK.to_owned()),
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_client_s_url_forms_are_taken_and_passwords_masked() {
        for (url, shown) in [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("redis://h", "redis://h"),
            ("redis://[::1]:7000/3", "redis://[::1]:7000/3"),
            ("redis://:pw@h:1/2", "redis://:***@h:1/2"),
            ("rediss://ann:p%40w@h", "rediss://ann:***@h"),
            ("redis://h/?protocol=resp3", "redis://h/?protocol=resp3"),
            ("valkeys://ann:pw@h", "valkeys://ann:***@h"),
            ("unix:///run/r.sock", "unix:///run/r.sock"),
            (
                "redis+unix:///run/r.sock?db=1&user=ann&pass=pw",
                "redis+unix:///run/r.sock?db=1&user=ann&pass=***",
            ),
        ] {
            let parsed = RedisUrl::parse(url).unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), shown);
            assert_eq!(parsed.expose(), url);
        }
    }

    #[test]
    fn the_place_has_no_user_and_no_password() {
        for (url, place) in [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("redis://:pw@h:1/2", "redis://h:1/2"),
            ("rediss://ann:p%40w@h", "rediss://h"),
            (
                "unix:///run/r.sock?db=1&user=ann&pass=pw",
                "unix:///run/r.sock?db=1",
            ),
        ] {
            assert_eq!(RedisUrl::parse(url).unwrap().place(), place);
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_repeating_it() {
        for url in [
            "",
            "hunter2",
            "127.0.0.1:6379",
            "http://:hunter2@h",
            "redis://hunter2@h",
            "redis://:hunter2@h/x",
            "redis://:hunter2@h/-1",
            "redis://:hunter2@0.0.0.0",
            "redis://:hunter2@h:99999",
            "rediss://:hunter2@h/#insecure",
            "redis://:hunter2@h?protocol=hunter2",
            "unix:///r.sock?pass=hunter2&db=x",
            "unix://host/r.sock",
        ] {
            let reason = RedisUrl::parse(url).unwrap_err();
            assert!(!reason.contains("hunter2"), "{url}: {reason}");
        }
    }
}
