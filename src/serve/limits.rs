//! How many connections are served at once, and how long each may be inactive.

use std::time::Duration;

/// Connections beyond one for each live page: for pages, assets and health checks.
const BESIDE_LIVE_PAGES: usize = 4_000;

/// File descriptors that are kept free for Redis, files, and sockets that are being closed.
const KEPT_FREE: usize = 64;

/// The least number of connections, however few descriptors there are.
const FEWEST: usize = 16;

/// The limits of connections.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// How many connections are served at once.
    pub connections: usize,
    /// How many of them one address may have; for IPv6, one /64 network.
    pub of_one_network: usize,
    /// How many more are served, only for health checks, while all others are in use.
    pub for_health: usize,
    /// The time from a connection's start, or a request's first byte, to the end of that request's head.
    pub head_within: Duration,
    /// The same for the connections for health checks.
    pub health_head_within: Duration,
    /// How long a connection stays open between two requests. Longer than the 60 s of load balancers, so that they never
    /// send a request on a connection that is being closed.
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

    /// As many as `live_streams` needs and the process has descriptors for. Asks the system for more descriptors first.
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
