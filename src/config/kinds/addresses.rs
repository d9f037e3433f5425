//! Kinds of addresses: Redis, where to listen, under which path, and whom to believe.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use ipnet::IpNet;

use super::redis_url::{self, RedisUrl};
use super::text_values::describe;
use super::{Describe, Kind};
use crate::config::secret::MASK;

/// The address of Redis.
pub(in crate::config) struct RedisAddress;

impl Describe for RedisAddress {
    fn allowed(&self) -> String {
        redis_url::ALLOWED.to_owned()
    }

    fn placeholder(&self) -> &'static str {
        "URL"
    }

    fn shown(&self, text: &str) -> String {
        RedisUrl::parse(text).map_or_else(|_| MASK.to_owned(), |url| url.to_string())
    }

    fn secret(&self) -> bool {
        true
    }
}

impl Kind for RedisAddress {
    type Value = RedisUrl;

    fn parse(&self, text: &str, _: &Path) -> Result<RedisUrl, String> {
        RedisUrl::parse(text)
    }
}

/// An address and port to listen on.
pub(in crate::config) struct Listen;

describe!(
    Listen,
    "ADDRESS:PORT",
    "an IP address with a port, such as 127.0.0.1:3000 or [::]:3000 (port 0 picks a free one)"
);

impl Kind for Listen {
    type Value = SocketAddr;

    fn parse(&self, text: &str, _: &Path) -> Result<SocketAddr, String> {
        text.parse()
            .map_err(|_| "is not an IP address with a port".to_owned())
    }
}

/// The path a proxy serves Bullkeeper under.
pub(in crate::config) struct UrlPath;

describe!(
    UrlPath,
    "PATH",
    "empty, or a path such as /bullkeeper: begins with /, does not end in /, of letters, digits and - _ . ~"
);

impl Kind for UrlPath {
    type Value = String;

    fn parse(&self, text: &str, _: &Path) -> Result<String, String> {
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
    }
}

/// A network: an address alone, or with the length of its prefix.
pub(in crate::config) struct Network;

describe!(
    Network,
    "NETWORK",
    "an IP address or network, such as 10.0.0.7 or 10.0.0.0/8"
);

impl Kind for Network {
    type Value = IpNet;

    fn parse(&self, text: &str, _: &Path) -> Result<IpNet, String> {
        text.parse::<IpAddr>()
            .map(IpNet::from)
            .or_else(|_| text.parse())
            .map_err(|_| "is not an IP address or network".to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_base_path_begins_with_a_slash_and_does_not_end_in_one() {
        let read = |text| UrlPath.parse(text, Path::new(""));
        for text in ["", "/bullkeeper", "/ops/bull_keeper-2.~"] {
            assert_eq!(read(text).unwrap(), text);
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
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_is_an_address_or_a_prefix() {
        let read = |text| Network.parse(text, Path::new(""));
        for (text, expected) in [
            ("10.0.0.7", "10.0.0.7/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), expected);
        }
        for text in ["", "10.0.0", "10.0.0.0/33", "proxy.local", "10.0.0.7:80"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_redis_kind_masks_even_what_it_can_t_read() {
        assert_eq!(RedisAddress.shown("hunter2"), MASK);
        assert_eq!(RedisAddress.shown("redis://:hunter2@h"), "redis://:***@h");
    }
}
