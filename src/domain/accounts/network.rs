//! The network of a client address, the unit of all limits: one host may own all of an IPv6 /64.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Network(String);

impl Network {
    /// The network of an address. A text that is not an address is a network of its own.
    pub(crate) fn of(address: &str) -> Self {
        match address.parse().map(network_of) {
            Ok(IpAddr::V6(network)) => Self(format!("{network}/64")),
            Ok(IpAddr::V4(address)) => Self(address.to_string()),
            Err(_) => Self(address.to_owned()),
        }
    }

    /// Its text, such as `10.0.0.7` or `2001:db8::/64`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An IPv4 address unchanged; the first address of an IPv6 address's /64. An IPv4-mapped IPv6 address counts as IPv4.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_one_ipv6_64_are_one_network() {
        let of = |address: &str| Network::of(address).as_str().to_owned();
        assert_eq!(of("2001:db8:1:2::3"), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2:ffff::9"), of("2001:db8:1:2::3"));
        assert_ne!(of("2001:db8:1:3::3"), of("2001:db8:1:2::3"));
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(of("unknown"), "unknown");
    }
}
