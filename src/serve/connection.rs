//! One open connection: what it is doing, and when it has been inactive for too long.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// After this time without its reader taking anything, an answer can be given up for a new connection; after much longer,
/// in any case.
pub(crate) const STALLED: Duration = Duration::from_secs(5);

/// What a connection is doing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ConnectionActivity {
    /// Since then no byte of a request has come, or not all of its head.
    Head(Instant),
    /// It has been between two requests since then.
    Idle(Instant),
    /// How many requests are being answered, how many of their answers wait for this process instead of their reader, and
    /// when a reader last took something.
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
    /// Whether it uses HTTP/2, where bytes between two requests need not begin another.
    is_http2: AtomicBool,
    pub(crate) network: Option<IpAddr>,
    head_within: Duration,
    idle: Duration,
    /// Notified when its place is given to another connection.
    pub(crate) closed: Notify,
}

impl Connection {
    /// A connection on which nothing has come yet.
    pub(super) fn new(network: Option<IpAddr>, head_within: Duration, idle: Duration) -> Self {
        Self {
            doing: Mutex::new(ConnectionActivity::Head(Instant::now())),
            is_http2: AtomicBool::new(false),
            network,
            head_within,
            idle,
            closed: Notify::new(),
        }
    }
}

/// A request that is being answered, until the end of the answer's body or until the client is gone.
#[derive(Debug)]
pub(super) struct Answering {
    connection: Arc<Connection>,
    /// Whether its answer waits for this process: to be made, or for the next event of a live page.
    waits_for_us: bool,
}

impl Answering {
    /// Sets whether the answer waits for this process or for its reader, and records that the reader took what there was.
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
    pub(super) fn doing(&self) -> MutexGuard<'_, ConnectionActivity> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that bytes came.
    pub(super) fn received(&self) {
        let mut doing = self.doing();
        if matches!(*doing, ConnectionActivity::Idle(_)) && !self.is_http2.load(Ordering::Relaxed) {
            *doing = ConnectionActivity::Head(Instant::now());
        }
    }

    /// Begins a request whose head is complete.
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

    /// Since when no request is being answered, or no reader has taken anything.
    pub(crate) fn quiet_since(&self) -> Option<Instant> {
        match *self.doing() {
            ConnectionActivity::Head(since) | ConnectionActivity::Idle(since) => Some(since),
            ConnectionActivity::Answering { ours: 0, taken, .. } if taken.elapsed() >= STALLED => {
                Some(taken)
            }
            ConnectionActivity::Answering { .. } => None,
        }
    }

    /// When it will be closed unless something happens; `None` while a request is being answered.
    pub(super) fn due(&self) -> Option<Instant> {
        match *self.doing() {
            ConnectionActivity::Head(since) => Some(since + self.head_within),
            ConnectionActivity::Idle(since) => Some(since + self.idle),
            ConnectionActivity::Answering { ours: 0, taken, .. } => {
                Some(taken + self.idle.max(STALLED))
            }
            ConnectionActivity::Answering { .. } => None,
        }
    }

    /// Waits until it has been inactive for too long, or its place was given to another.
    pub(super) async fn overdue(&self) {
        loop {
            let now = Instant::now();
            let due = self.due();
            if due.is_some_and(|due| due <= now) {
                return;
            }
            // The deadline may move nearer meanwhile, but by no more than the time for a head.
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
