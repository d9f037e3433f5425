//! Which connections are open, from where, and what each is doing, so that a newcomer can have the place of one that
//! does nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Where there is no place one connection in so many is closed: looking for the quiet ones costs a walk over all.
const CLOSED_OF: usize = 256;

/// An answer of which nothing is taken for so long can be given up in favour of a newcomer; for much longer, by itself.
const STALLED: Duration = Duration::from_secs(5);

/// What a connection is doing.
#[derive(Debug, Clone, Copy)]
enum ConnectionActivity {
    /// Nothing of a request has come since then, or not the whole of its head.
    Head(Instant),
    /// Nothing, between two requests.
    Idle(Instant),
    /// So many requests are being answered. So many of the answers wait for us, and not for their reader to take more; when
    /// a reader took something last.
    Answering {
        requests: usize,
        ours: usize,
        taken: Instant,
    },
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Connection {
    doing: Mutex<ConnectionActivity>,
    /// Whether it speaks HTTP/2, where bytes between two requests need not begin another.
    is_http2: AtomicBool,
    network: Option<IpAddr>,
    head_within: Duration,
    idle: Duration,
    /// Told when its place is given to another.
    closed: Notify,
}

/// A request that is being answered, until its answer's body has ended or the client is gone.
#[derive(Debug)]
pub(super) struct Answering {
    connection: Arc<Connection>,
    /// Its answer waits for us: to be made, or for the next thing that happens on a live page.
    waits_for_us: bool,
}

impl Answering {
    /// Says whether the answer waits for us, or for its reader; and that the reader took what there was.
    pub(super) fn waits_for_us(&mut self, ours: bool) {
        let was = std::mem::replace(&mut self.waits_for_us, ours);
        if let ConnectionActivity::Answering {
            ours: count, taken, ..
        } = &mut *self.connection.doing()
        {
            *count = *count + usize::from(ours) - usize::from(was);
            *taken = Instant::now();
        }
    }
}

impl Connection {
    fn doing(&self) -> MutexGuard<'_, ConnectionActivity> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Some bytes came.
    pub(super) fn received(&self) {
        let mut doing = self.doing();
        if matches!(*doing, ConnectionActivity::Idle(_)) && !self.is_http2.load(Ordering::Relaxed) {
            *doing = ConnectionActivity::Head(Instant::now());
        }
    }

    /// A request's head is complete.
    pub(super) fn begin(self: &Arc<Self>, is_http2: bool) -> Answering {
        self.is_http2.store(is_http2, Ordering::Relaxed);
        let mut doing = self.doing();
        let (requests, ours) = match *doing {
            ConnectionActivity::Answering { requests, ours, .. } => (requests + 1, ours + 1),
            ConnectionActivity::Head(_) | ConnectionActivity::Idle(_) => (1, 1),
        };
        *doing = ConnectionActivity::Answering {
            requests,
            ours,
            taken: Instant::now(),
        };
        Answering {
            connection: Arc::clone(self),
            waits_for_us: true,
        }
    }

    /// Since when no request is being answered, or nobody takes any of the answers.
    fn quiet_since(&self) -> Option<Instant> {
        match *self.doing() {
            ConnectionActivity::Head(since) | ConnectionActivity::Idle(since) => Some(since),
            ConnectionActivity::Answering { ours: 0, taken, .. } if taken.elapsed() >= STALLED => {
                Some(taken)
            }
            ConnectionActivity::Answering { .. } => None,
        }
    }

    /// When it is to be closed unless it does something until then; `None` while a request is being answered.
    fn due(&self) -> Option<Instant> {
        match *self.doing() {
            ConnectionActivity::Head(since) => Some(since + self.head_within),
            ConnectionActivity::Idle(since) => Some(since + self.idle),
            ConnectionActivity::Answering { ours: 0, taken, .. } => {
                Some(taken + self.idle.max(STALLED))
            }
            ConnectionActivity::Answering { .. } => None,
        }
    }

    /// Waits until it has done nothing for too long, or its place was given to another.
    pub(super) async fn overdue(&self) {
        loop {
            let now = Instant::now();
            let due = self.due();
            if due.is_some_and(|due| due <= now) {
                return;
            }
            // What is due may come nearer while nobody looks, but by no more than the time for a head.
            let look = now + self.head_within;
            let look = due.map_or(look, |due| due.min(look));
            tokio::select! {
                () = tokio::time::sleep_until(look.into()) => {}
                () = self.closed.notified() => return,
            }
        }
    }

    /// Whether no request is being answered.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet_since().is_some()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut doing = self.connection.doing();
        *doing = match *doing {
            ConnectionActivity::Answering { requests, ours, .. } if requests > 1 => {
                ConnectionActivity::Answering {
                    requests: requests - 1,
                    ours: ours - usize::from(self.waits_for_us),
                    taken: Instant::now(),
                }
            }
            _ => ConnectionActivity::Idle(Instant::now()),
        };
    }
}

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

/// A connection's place among the open ones, given back when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPlace {
    number: u64,
    connection: Arc<Connection>,
    all: Arc<OpenConnections>,
}

impl ConnectionPlace {
    /// The connection that has it.
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

    /// Closes the connections that have been quiet for the longest, of `network` or of all; whether there was one.
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
    /// None yet, and `most` at once.
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

    /// A place for a connection from `network`, which is counted unless it is `None`. Where all are taken it is that of
    /// connections that do nothing, and those are closed; `None` where all are at work.
    pub(super) fn enter(self: &Arc<Self>, network: Option<IpAddr>) -> Option<ConnectionPlace> {
        let mut open = self.open();
        let held = network.and_then(|network| open.networks.get(&network));
        if held.is_some_and(|held| *held >= self.of_one_network) && !open.close_quiet(network) {
            return None;
        }
        if open.connections.len() >= self.most && !open.close_quiet(None) {
            return None;
        }
        let connection = Arc::new(Connection {
            doing: Mutex::new(ConnectionActivity::Head(Instant::now())),
            is_http2: AtomicBool::new(false),
            network,
            head_within: self.head_within,
            idle: self.idle,
            closed: Notify::new(),
        });
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

    /// Closes some connections that do nothing: the process has no descriptor left.
    pub(super) fn make_room(&self) {
        self.open().close_quiet(None);
    }
}

#[cfg(test)]
mod tests {
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
