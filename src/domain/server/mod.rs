//! The database server that holds the queues: what it says of itself, and what of that endangers jobs.

pub(crate) mod warning;

/// The eviction policy under which no job is lost.
pub const SAFE_POLICY: &str = "noeviction";

/// What the server says of itself. A figure that it does not tell is `None`, which is not 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerState {
    /// `Redis`, `Valkey`, …
    pub product: String,
    /// Its version.
    pub version: String,
    /// The version of Redis whose commands it has, as numbers.
    pub redis_version: Option<(u32, u32, u32)>,
    /// `standalone`, `sentinel` or `cluster`.
    pub mode: String,
    /// The operating system.
    pub system: String,
    /// For how many seconds it has been running.
    pub running_for: Option<u64>,
    /// Memory, in bytes.
    pub memory: Memory,
    /// The clients.
    pub clients: Clients,
    /// The commands, and what was evicted.
    pub work: Work,
    /// How it keeps its data on disk.
    pub disk: Disk,
    /// The copies of its data.
    pub copies: Copies,
    /// How many keys the database of the queues has.
    pub keys: Option<u64>,
}

/// Memory, in bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// In use.
    pub used: Option<u64>,
    /// The most that was in use.
    pub peak: Option<u64>,
    /// What the process takes of the system.
    pub resident: Option<u64>,
    /// The limit; `Some(0)` for none.
    pub limit: Option<u64>,
    /// What the machine has.
    pub machine: Option<u64>,
    /// How many times its use the process takes of the system.
    pub fragmentation: Option<f64>,
    /// What happens when the limit is reached.
    pub policy: Option<String>,
}

/// The clients.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clients {
    /// Connected now.
    pub connected: Option<u64>,
    /// Those that wait in a blocking command, as idle workers do.
    pub blocked: Option<u64>,
    /// How many may connect.
    pub limit: Option<u64>,
    /// How many were turned away since the start, because of that limit.
    pub rejected: Option<u64>,
}

/// The commands, and what was evicted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Work {
    /// Commands a second.
    pub a_second: Option<u64>,
    /// Commands since the start.
    pub commands: Option<u64>,
    /// Keys that were evicted since the start.
    pub evicted: Option<u64>,
}

/// How it keeps its data on disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Disk {
    /// Whether it writes each change to an append-only file.
    pub appends: Option<bool>,
    /// Whether the last write to that file succeeded.
    pub append_ok: Option<bool>,
    /// When it takes snapshots; empty for never.
    pub snapshots: Option<String>,
    /// When the last snapshot was taken, in Unix seconds; the start of the server if there was none.
    pub last_snapshot: Option<u64>,
    /// Whether the last snapshot succeeded.
    pub snapshot_ok: Option<bool>,
    /// How many changes are in no snapshot.
    pub unsaved: Option<u64>,
}

/// The copies of its data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Copies {
    /// The server that it copies from, if it is a replica itself.
    pub primary: Option<Primary>,
    /// Its replicas.
    pub replicas: Vec<Replica>,
}

/// The server that a replica copies from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Primary {
    /// Its address.
    pub address: String,
    /// Whether the link to it is up.
    pub is_linked: bool,
}

/// A replica.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replica {
    /// Its address.
    pub address: String,
    /// `online`, or what it does before that.
    pub state: String,
    /// How many seconds ago it last acknowledged.
    pub lag: Option<u64>,
}

impl Replica {
    /// Whether it follows.
    pub fn is_online(&self) -> bool {
        self.state == "online"
    }
}

impl Memory {
    /// How much of the limit is in use, in per cent; `None` without a limit.
    pub fn use_of_limit(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        Some(self.used?.saturating_mul(100) / limit)
    }

    /// The policy, if keys may be evicted under it.
    pub fn evicting_policy(&self) -> Option<&str> {
        self.policy
            .as_deref()
            .filter(|policy| *policy != SAFE_POLICY)
    }
}
