//! The open connections by origin and activity, so that a new one can take the place of one that is inactive.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;

/// If no place is free, one in this many connections is closed at once, since finding the inactive ones means a scan of
/// all.
const CLOSED_OF: usize = 256;

/// The open connections of one kind.
#[derive(Debug)]
pub(super) struct OpenConnections {
    most: usize,
    of_one_network: usize,
    head_within: Duration,
    idle: Duration,
    open: Mutex<ConnectionTable>,
}

#[derive(Debug, Default)]
struct ConnectionTable {
    next: u64,
    connections: HashMap<u64, Arc<Connection>>,
    networks: HashMap<IpAddr, usize>,
}

/// A connection's place among the open ones; given back when it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPlace {
    number: u64,
    connection: Arc<Connection>,
    all: Arc<OpenConnections>,
}

impl ConnectionPlace {
    /// The connection in this place.
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.all.open().remove(self.number);
    }
}

impl ConnectionTable {
    fn remove(&mut self, number: u64) -> Option<Arc<Connection>> {
        let connection = self.connections.remove(&number)?;
        if let Some(network) = connection.network
            && let Some(count) = self.networks.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&network);
            }
        }
        Some(connection)
    }

    /// Closes the connections that have been quiet for longest, of `network` or of all; returns whether there was one.
    fn close_quiet(&mut self, network: Option<IpAddr>) -> bool {
        let some = self.connections.len().div_ceil(CLOSED_OF);
        let mut quiet: Vec<(Instant, u64)> = self
            .connections
            .iter()
            .filter(|(_, connection)| network.is_none() || connection.network == network)
            .filter_map(|(number, connection)| Some((connection.quiet_since()?, *number)))
            .collect();
        if quiet.len() > some {
            quiet.select_nth_unstable(some);
            quiet.truncate(some);
        }
        for (_, number) in &quiet {
            if let Some(connection) = self.remove(*number) {
                connection.closed.notify_one();
            }
        }
        !quiet.is_empty()
    }
}

impl OpenConnections {
    /// No connections yet, and `most` at once.
    pub(super) fn new(
        most: usize,
        of_one_network: usize,
        head_within: Duration,
        idle: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            most,
            of_one_network,
            head_within,
            idle,
            open: Mutex::default(),
        })
    }

    fn open(&self) -> MutexGuard<'_, ConnectionTable> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from `network`, which counts for it unless it is `None`. If all are taken, inactive
    /// connections are closed to free one; `None` if all are active.
    pub(super) fn enter(self: &Arc<Self>, network: Option<IpAddr>) -> Option<ConnectionPlace> {
        let mut open = self.open();
        let held = network.and_then(|network| open.networks.get(&network));
        if held.is_some_and(|held| *held >= self.of_one_network) && !open.close_quiet(network) {
            return None;
        }
        if open.connections.len() >= self.most && !open.close_quiet(None) {
            return None;
        }
        let connection = Arc::new(Connection::new(network, self.head_within, self.idle));
        let number = open.next;
        open.next += 1;
        open.connections.insert(number, Arc::clone(&connection));
        if let Some(network) = network {
            *open.networks.entry(network).or_default() += 1;
        }
        Some(ConnectionPlace {
            number,
            connection,
            all: Arc::clone(self),
        })
    }

    /// Closes some inactive connections, because the process has no descriptor left.
    pub(super) fn make_room(&self) {
        self.open().close_quiet(None);
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::{Answering, ConnectionActivity, STALLED};
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, last]))
    }

    #[test]
    fn a_newcomer_has_the_place_of_the_quiet_and_none_of_those_at_work() {
        let all = OpenConnections::new(2, 2, LONG, LONG);
        let first = all.enter(address(1)).unwrap();
        let second = all.enter(address(2)).unwrap();
        let at_work = second.connection().begin(false);
        let third = all.enter(address(3)).expect("the first one's place");
        let also_at_work = third.connection().begin(false);
        assert!(all.enter(address(4)).is_none(), "both are at work");
        drop(at_work);
        assert!(all.enter(address(4)).is_some());
        drop((first, also_at_work));
        assert!(all.open().connections.len() <= 2);
    }

    #[test]
    fn an_answer_that_nobody_takes_leaves_its_place_and_a_live_page_does_not() {
        let all = OpenConnections::new(1, 1, LONG, LONG);
        let place = all.enter(address(1)).unwrap();
        let mut answer = place.connection().begin(true);
        let long_ago = Instant::now() - 2 * STALLED;
        let since = |doing: &mut ConnectionActivity| {
            if let ConnectionActivity::Answering { taken, .. } = doing {
                *taken = long_ago;
            }
        };
        since(&mut place.connection().doing());
        assert!(!place.connection().is_quiet(), "it is still being made");
        answer.waits_for_us(false);
        assert!(!place.connection().is_quiet(), "it was just taken");
        since(&mut place.connection().doing());
        assert!(place.connection().is_quiet(), "nobody takes it");
        assert_eq!(place.connection().due(), Some(long_ago + LONG));
        answer.waits_for_us(true);
        since(&mut place.connection().doing());
        assert!(all.enter(address(2)).is_none(), "a live page has no news");
        answer.waits_for_us(false);
        since(&mut place.connection().doing());
        assert!(all.enter(address(2)).is_some());
    }

    #[test]
    fn one_network_has_its_share_and_takes_no_place_of_others() {
        let all = OpenConnections::new(4, 2, LONG, LONG);
        let other = all.enter(address(1)).unwrap();
        let places: Vec<ConnectionPlace> = (0..2).filter_map(|_| all.enter(address(9))).collect();
        let work: Vec<Answering> = places.iter().map(|p| p.connection().begin(false)).collect();
        assert!(all.enter(address(9)).is_none(), "its share is at work");
        assert!(all.enter(address(2)).is_some(), "others have theirs");
        drop(work);
        assert!(all.enter(address(9)).is_some(), "in place of its own");
        drop((other, places));
        assert!(all.open().networks.is_empty(), "nothing stays behind");
    }
}
