//! What was read of the database server and of the workers: once for all who look, and kept for a moment.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cache::Cache;
use crate::domain::queue::QueueId;
use crate::domain::server::ServerState;
use crate::domain::worker::ActiveJobs;
use crate::service::error::StoreError;
use crate::store::bullmq::workers::list::WorkerList;

/// A reading is good for so long at least, and for so many times as long as it took.
const FRESH: Duration = Duration::from_secs(2);
const WORTH: u32 = 20;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// Of how many queues the active jobs are kept.
const KEPT: usize = 512;

/// The readings that are kept.
#[derive(Debug)]
pub(crate) struct Readings {
    /// All workers; `None` if the Redis user may not list the clients.
    pub(crate) workers: Cache<(), Option<WorkersListed>, StoreError>,
    /// The active jobs of each queue; `None` if they can't be read.
    pub(crate) active: Cache<QueueId, Option<Arc<ActiveJobs>>, StoreError>,
    /// The server.
    pub(crate) server: Cache<(), Arc<ServerSeen>, StoreError>,
}

/// A list of all workers.
#[derive(Debug, Clone)]
pub(crate) struct WorkersListed {
    pub(crate) list: Arc<WorkerList>,
    /// When it was read.
    pub(crate) at: SystemTime,
}

/// The state of the server at one moment.
#[derive(Debug)]
pub struct ServerSeen {
    /// What it says of itself; `None` if the Redis user may not ask.
    pub state: Option<ServerState>,
    /// How long each of a few PINGs took from here, the fastest first.
    pub pings: Vec<Duration>,
    /// When it was read.
    pub at: SystemTime,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            workers: Cache::new(1, good_for),
            active: Cache::new(KEPT, good_for),
            server: Cache::new(1, good_for),
        }
    }
}

/// How long what took so long to read is good, from when it was asked for.
fn good_for(took: Duration) -> Duration {
    took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
}
