//! How many connections are served at once, and for how long each may do nothing.

use std::time::Duration;

/// Connections beyond one for each live page: for pages, assets and health checks.
const BESIDE_LIVE_PAGES: usize = 4_000;

/// Descriptors that are kept free for Redis, files and sockets that are just being closed.
const KEPT_FREE: usize = 64;

/// However few descriptors there are, so many connections are served.
const FEWEST: usize = 16;

/// What a connection may take, and how many there may be.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// How many connections are served at once.
    pub connections: usize,
    /// How many of them one address may have; of IPv6, one /64 network.
    pub of_one_network: usize,
    /// How many more are served for health checks alone while no other has a place.
    pub for_health: usize,
    /// The time from a connection's start, or a request's first byte, to the end of that request's head.
    pub head_within: Duration,
    /// The same for the connections that are there for health checks.
    pub health_head_within: Duration,
    /// How long a connection stays open between two requests. Longer than the 60 s for which load balancers keep theirs, so
    /// that they never send a request to a connection that is just being closed.
    pub idle: Duration,
}

impl ConnectionLimits {
    /// The defaults with room for `connections` at once, half of them from one address.
    pub fn of(connections: usize) -> Self {
        Self {
            connections,
            of_one_network: connections.div_ceil(2),
            for_health: 16,
            head_within: Duration::from_secs(15),
            health_head_within: Duration::from_secs(2),
            idle: Duration::from_secs(75),
        }
    }

    /// As many as `live_streams` need and the process has descriptors for; asks the system for more descriptors first.
    pub fn of_process(live_streams: usize) -> Self {
        let wanted = live_streams.saturating_add(BESIDE_LIVE_PAGES);
        let mut limits = Self::of(wanted);
        let descriptors = descriptors(wanted + limits.for_health + KEPT_FREE);
        let most = descriptors.saturating_sub(limits.for_health + KEPT_FREE);
        if most < live_streams {
            tracing::warn!(
                descriptors,
                live_streams,
                "this process may open too few files (ulimit -n) for as many live pages as live_streams allows"
            );
        }
        if most < wanted {
            limits = Self::of(most.max(FEWEST));
        }
        limits
    }
}

/// How many descriptors this process may have, after asking for `wanted`.
#[cfg(unix)]
fn descriptors(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = wanted as u64;
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    let possible = wanted.min(limit.maximum.unwrap_or(u64::MAX));
    let raised = Rlimit {
        current: Some(possible),
        ..limit
    };
    let has = match current < possible && setrlimit(Resource::Nofile, raised).is_ok() {
        true => possible,
        false => current,
    };
    usize::try_from(has).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn descriptors(wanted: usize) -> usize {
    wanted
}
