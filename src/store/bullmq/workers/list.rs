//! The list of all connected workers, from one CLIENT LIST. The live engine only counts them (`workers.rs`).

use super::{Purpose, named};
use crate::domain::worker::Worker;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many workers are listed at most. Each takes about 300 bytes in memory.
const MOST: usize = 20_000;

/// The connected workers of every queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkerList {
    /// The workers, as Redis lists them.
    pub workers: Vec<Worker>,
    /// Whether more are connected than are listed.
    pub is_cut: bool,
}

impl Store {
    /// The connected workers. `None` if the Redis user may not run CLIENT LIST, which means "unknown", not "none". A worker
    /// whose own name holds a space is not among them: Redis refuses such client names.
    pub async fn worker_list(&self) -> Result<Option<WorkerList>, StoreError> {
        let mut command = redis::cmd("CLIENT");
        command.arg("LIST");
        match self.bulk().await.command(&command).await {
            Ok(answer) => {
                let list = reply::text(answer).unwrap_or_default();
                Ok(Some(read(&list, self.redis.database(), &self.prefixes)))
            }
            Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Reads the workers of one database.
fn read(list: &str, database: i64, prefixes: &[String]) -> WorkerList {
    let database = database.to_string();
    let mut workers = list
        .lines()
        .filter_map(|line| worker(line, &database, prefixes));
    let listed = workers.by_ref().take(MOST).collect();
    WorkerList {
        workers: listed,
        is_cut: workers.next().is_some(),
    }
}

/// The worker of a line such as `id=7 addr=10.0.0.7:4242 name=bull:ZW1haWw= age=60 idle=1 flags=b db=0 …`.
fn worker(line: &str, database: &str, prefixes: &[String]) -> Option<Worker> {
    let field = |name: &str| {
        line.split(' ')
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
    };
    let (queue, Purpose::Works(name)) = named(field("name")?, prefixes)? else {
        return None;
    };
    if field("db") != Some(database) {
        return None;
    }
    // `[::1]:4242`, `10.0.0.7:4242`, and for a Unix socket its path with `:0`.
    let (host, port) = field("addr")?.rsplit_once(':')?;
    let seconds = |name| field(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let client = [field("lib-name"), field("lib-ver")];
    let client = client.into_iter().flatten().filter(|part| !part.is_empty());
    Some(Worker {
        queue,
        name: name.map(str::to_owned),
        host: host.trim_matches(['[', ']']).to_owned(),
        port: match port {
            "0" => String::new(),
            port => port.to_owned(),
        },
        connected_for: seconds("age"),
        idle: seconds("idle"),
        waits: field("flags")?.contains('b'),
        client: client.collect::<Vec<_>>().join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::QueueId;

    // `email/v2` in base64.
    const LIST: &str = "\
id=3 addr=10.0.0.7:4242 laddr=10.0.0.1:6379 fd=8 name=bull:ZW1haWwvdjI=:w:mailer-1 age=61 idle=2 flags=b db=0 cmd=bzpopmin lib-name=ioredis lib-ver=5.4.1
id=4 addr=[::1]:4243 name=bull:ZW1haWwvdjI= age=5 idle=0 flags=N db=0 cmd=evalsha lib-name= lib-ver=
id=5 addr=/run/redis.sock:0 name=bull:ZW1haWwvdjI=:w:a:b age=5 idle=0 flags=U db=0
id=6 addr=10.0.0.7:4244 name=bull:ZW1haWwvdjI=:qe age=5 idle=0 flags=b db=0
id=7 addr=10.0.0.7:4245 name=bull:ZW1haWwvdjI= age=5 idle=0 flags=b db=1
id=8 addr=10.0.0.7:4246 name= age=5 idle=0 flags=N db=0
";

    #[test]
    fn workers_are_listed_with_where_they_are_and_others_are_not() {
        let list = read(LIST, 0, &["bull".to_owned()]);
        let told: Vec<_> = list
            .workers
            .iter()
            .map(|one| {
                assert_eq!(one.queue, QueueId::new("bull", "email/v2").unwrap());
                let name = one.name.as_deref().unwrap_or("-");
                let seconds = (one.connected_for, one.idle);
                (
                    name,
                    &*one.host,
                    &*one.port,
                    seconds,
                    one.waits,
                    &*one.client,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "mailer-1",
                    "10.0.0.7",
                    "4242",
                    (61, 2),
                    true,
                    "ioredis 5.4.1"
                ),
                ("-", "::1", "4243", (5, 0), false, ""),
                ("a:b", "/run/redis.sock", "", (5, 0), false, ""),
            ]
        );
        assert!(!list.is_cut);
    }

    #[test]
    fn no_more_are_listed_than_fit() {
        let line = LIST.lines().next().unwrap();
        let list = read(
            &format!("{line}\n").repeat(MOST + 1),
            0,
            &["bull".to_owned()],
        );
        assert_eq!((list.workers.len(), list.is_cut), (MOST, true));
    }
}
