//! Kinds of addresses: Redis, the address to listen on, the path behind a proxy, and networks.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::redis_url::{self, RedisUrl};
use super::{MASK, SettingKind};

/// The address of Redis.
pub(in crate::config) fn redis_address() -> SettingKind<RedisUrl> {
    SettingKind::new("URL", redis_url::ALLOWED, RedisUrl::parse).masked_by(|text| {
        RedisUrl::parse(text).map_or_else(|_| MASK.to_owned(), |url| url.to_string())
    })
}

/// An address and port to listen on.
pub(in crate::config) fn socket_address() -> SettingKind<SocketAddr> {
    let allowed =
        "an IP address with a port, such as 127.0.0.1:3000 or [::]:3000 (port 0 picks a free one)";
    SettingKind::new("ADDRESS:PORT", allowed, |text| {
        text.parse()
            .map_err(|_| "is not an IP address with a port".to_owned())
    })
}

/// The path under which a proxy serves Bullkeeper.
pub(in crate::config) fn url_path() -> SettingKind<String> {
    let allowed = "empty, or a path such as /bullkeeper: begins with /, does not end in /, of letters, digits and - _ . ~";
    SettingKind::new("PATH", allowed, |text| {
        if text.is_empty() {
            return Ok(String::new());
        }
        let Some(path) = text.strip_prefix('/') else {
            return Err("does not begin with /".to_owned());
        };
        // Only what needs no escaping, so that the path is the same text in routes, links and cookies.
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.~".contains(letter);
        for segment in path.split('/') {
            match segment {
                "" => return Err("has an empty part, or ends in /".to_owned()),
                "." | ".." => return Err("has a part that browsers would resolve".to_owned()),
                _ if !segment.chars().all(fits) => {
                    return Err("holds a character that is not allowed".to_owned());
                }
                _ => {}
            }
        }
        Ok(text.to_owned())
    })
}

/// A network: an address alone, or with the length of its prefix.
pub(in crate::config) fn ip_network() -> SettingKind<IpNet> {
    let allowed = "an IP address or network, such as 10.0.0.7 or 10.0.0.0/8";
    SettingKind::new("NETWORK", allowed, |text| {
        text.parse::<IpAddr>()
            .map(IpNet::from)
            .or_else(|_| text.parse())
            .map_err(|_| "is not an IP address or network".to_owned())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_base_path_begins_with_a_slash_and_does_not_end_in_one() {
        let kind = url_path();
        for text in ["", "/bullkeeper", "/ops/bull_keeper-2.~"] {
            assert_eq!(kind.parse(text).unwrap(), text);
        }
        for text in [
            "/",
            "bullkeeper",
            "/a/",
            "//a",
            "/a//b",
            "/..",
            "/a b",
            "/{a}",
            "/ü",
            "/a?b",
        ] {
            assert!(kind.parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_is_an_address_or_a_prefix() {
        let kind = ip_network();
        for (text, expected) in [
            ("10.0.0.7", "10.0.0.7/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(kind.parse(text).unwrap().to_string(), expected);
        }
        for text in ["", "10.0.0", "10.0.0.0/33", "proxy.local", "10.0.0.7:80"] {
            assert!(kind.parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_redis_kind_masks_even_what_it_can_t_read() {
        let info = redis_address().info;
        assert_eq!(info.shown("hunter2"), MASK);
        assert_eq!(info.shown("redis://:hunter2@h"), "redis://:***@h");
    }
}
