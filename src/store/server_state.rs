//! What the server says of itself: INFO, two settings that INFO lacks or some servers leave out of it, and how fast it answers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::Store;
use super::connection::reply;
use super::error::StoreError;
use crate::domain::server::{Clients, Copies, Disk, Memory, Primary, Replica, ServerState, Work};

/// How many PINGs measure the latency.
const PINGS: usize = 5;

/// The replicas that are read at most.
const MOST_REPLICAS: usize = 100;

/// The reading of a server.
#[derive(Debug, Clone, Default)]
pub struct ServerReading {
    /// What it says of itself; `None` if the Redis user may not run INFO.
    pub state: Option<ServerState>,
    /// How long each PING took from here, in their order.
    pub pings: Vec<Duration>,
}

impl Store {
    /// Reads the state of the server. Managed servers refuse CONFIG: what only it tells is then not known.
    pub async fn server(&self) -> Result<ServerReading, StoreError> {
        let mut pings = Vec::with_capacity(PINGS);
        for _ in 0..PINGS {
            let began = Instant::now();
            self.ping().await?;
            pings.push(began.elapsed());
        }
        let info = match self.redis.command(&redis::cmd("INFO")).await {
            Ok(answer) => reply::text(answer).unwrap_or_default(),
            Err(StoreError::Refused(_)) => return Ok(ServerReading { state: None, pings }),
            Err(error) => return Err(error),
        };
        let mut state = read(&info, self.redis.database());
        state.disk.snapshots = self.setting("save").await?;
        if state.memory.policy.is_none() {
            state.memory.policy = self.setting("maxmemory-policy").await?;
        }
        let state = Some(state);
        Ok(ServerReading { state, pings })
    }

    /// A setting of the server; `None` if it does not tell.
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut command = redis::cmd("CONFIG");
        command.arg("GET").arg(name);
        match self.redis.command(&command).await {
            // RESP3 answers with a map.
            Ok(redis::Value::Map(pairs)) => {
                let value = pairs.into_iter().next().map(|(_, value)| value);
                Ok(value.and_then(reply::text))
            }
            Ok(answer) => Ok(reply::texts(answer).into_iter().nth(1)),
            // A server without CONFIG calls it an unknown command.
            Err(StoreError::Refused(_) | StoreError::Unexpected(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Reads INFO: lines of `name:value` under headings. Each field may be missing.
fn read(info: &str, database: i64) -> ServerState {
    let fields = Fields(
        info.lines()
            .filter_map(|line| line.split_once(':'))
            .collect(),
    );
    let (product, version) = fields.product();
    ServerState {
        product,
        version,
        redis_version: numbers(fields.text("redis_version")),
        mode: fields.text("redis_mode").to_owned(),
        system: fields.text("os").to_owned(),
        running_for: fields.number("uptime_in_seconds"),
        memory: Memory {
            used: fields.number("used_memory"),
            peak: fields.number("used_memory_peak"),
            resident: fields.number("used_memory_rss"),
            limit: fields.number("maxmemory"),
            machine: fields
                .number("total_system_memory")
                .filter(|size| *size > 0),
            fragmentation: fields.text("mem_fragmentation_ratio").parse().ok(),
            policy: fields.some("maxmemory_policy"),
        },
        clients: Clients {
            connected: fields.number("connected_clients"),
            blocked: fields.number("blocked_clients"),
            limit: fields.number("maxclients"),
            rejected: fields.number("rejected_connections"),
        },
        work: Work {
            a_second: fields.number("instantaneous_ops_per_sec"),
            commands: fields.number("total_commands_processed"),
            evicted: fields.number("evicted_keys"),
        },
        disk: Disk {
            appends: fields.number("aof_enabled").map(|on| on == 1),
            append_ok: fields.is_ok("aof_last_write_status"),
            snapshots: None,
            last_snapshot: fields.number("rdb_last_save_time"),
            snapshot_ok: fields.is_ok("rdb_last_bgsave_status"),
            unsaved: fields.number("rdb_changes_since_last_save"),
        },
        copies: fields.copies(),
        keys: fields.keys_of(database),
    }
}

struct Fields<'a>(HashMap<&'a str, &'a str>);

impl Fields<'_> {
    /// Empty if it is missing.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    fn is_ok(&self, name: &str) -> Option<bool> {
        self.some(name).map(|status| status == "ok")
    }

    /// The server's name and version. Servers that speak Redis's protocol tell Redis's version beside their own.
    fn product(&self) -> (String, String) {
        for (field, name) in [
            ("valkey_version", "Valkey"),
            ("dragonfly_version", "Dragonfly"),
        ] {
            if let Some(version) = self.some(field) {
                let version = version.trim_start_matches("df-v").to_owned();
                return (name.to_owned(), version);
            }
        }
        ("Redis".to_owned(), self.text("redis_version").to_owned())
    }

    fn copies(&self) -> Copies {
        let is_replica = self.text("role") == "slave";
        let address = |host: &str, port: &str| format!("{host}:{port}");
        let replica = |at: usize| {
            let text = self.some(&format!("slave{at}"))?;
            let part = |name: &str| {
                text.split(',')
                    .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
            };
            Some(Replica {
                address: address(part("ip")?, part("port").unwrap_or_default()),
                state: part("state").unwrap_or_default().to_owned(),
                lag: part("lag").and_then(|lag| lag.parse().ok()),
            })
        };
        let count = self.number("connected_slaves").unwrap_or(0) as usize;
        Copies {
            primary: is_replica.then(|| Primary {
                address: address(self.text("master_host"), self.text("master_port")),
                is_linked: self.text("master_link_status") == "up",
            }),
            replicas: (0..count.min(MOST_REPLICAS)).filter_map(replica).collect(),
        }
    }

    /// How many keys a database has: it is left out where it has none.
    fn keys_of(&self, database: i64) -> Option<u64> {
        let of_database = self.text(&format!("db{database}"));
        match of_database
            .split(',')
            .find_map(|part| part.strip_prefix("keys="))
        {
            Some(keys) => keys.parse().ok(),
            None => Some(0),
        }
    }
}

/// `7.0.15` as numbers.
fn numbers(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let first = parts.next().filter(|major| *major > 0)?;
    Some((first, parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_a_limit_and_a_database_are_read() {
        let info = "# Server\r\nredis_version:6.2.14\r\nredis_mode:standalone\r\nuptime_in_seconds:61\r\n\
            # Memory\r\nused_memory:90\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\nmem_fragmentation_ratio:1.25\r\n\
            # Persistence\r\naof_enabled:0\r\nrdb_last_bgsave_status:err\r\n\
            # Replication\r\nrole:master\r\nconnected_slaves:1\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=7,lag=1\r\n\
            # Keyspace\r\ndb2:keys=12,expires=0,avg_ttl=0\r\n";
        let state = read(info, 2);
        assert_eq!((&*state.product, &*state.version), ("Redis", "6.2.14"));
        assert_eq!(state.redis_version, Some((6, 2, 14)));
        assert_eq!(state.running_for, Some(61));
        assert_eq!(state.memory.use_of_limit(), Some(90));
        assert_eq!(state.memory.evicting_policy(), Some("allkeys-lru"));
        assert_eq!(state.memory.fragmentation, Some(1.25));
        assert_eq!(
            (state.disk.appends, state.disk.snapshot_ok),
            (Some(false), Some(false))
        );
        assert_eq!(
            state.clients,
            Clients::default(),
            "what is not told is not 0"
        );
        let replica = &state.copies.replicas[0];
        assert_eq!(
            (&*replica.address, replica.is_online(), replica.lag),
            ("10.0.0.2:6379", true, Some(1))
        );
        assert_eq!(state.keys, Some(12));
        assert_eq!(read(info, 0).keys, Some(0));
    }

    #[test]
    fn a_replica_names_its_primary_and_another_product_itself() {
        let info = "redis_version:7.2.4\nvalkey_version:8.0.1\nrole:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:down\n";
        let state = read(info, 0);
        assert_eq!((&*state.product, &*state.version), ("Valkey", "8.0.1"));
        let primary = state.copies.primary;
        let told = primary.map(|primary| (primary.address, primary.is_linked));
        assert_eq!(told, Some(("10.0.0.1:6379".to_owned(), false)));
    }
}
