//! Finds the workers of all queues with one CLIENT LIST.

pub(crate) mod active_jobs;
pub(crate) mod list;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::queue::QueueId;
use crate::domain::worker::LastWorker;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many characters of a worker's name and address are kept. A client chooses its name, and one is kept for each queue.
const LONGEST_NAME: usize = 100;

/// The clients of one database whose names say which queue they serve.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clients {
    /// How many workers each queue has, and one of them; a queue that is missing here has none.
    workers: HashMap<QueueId, (u32, Arc<LastWorker>)>,
    /// The queues whose events someone listens to.
    listened: HashSet<QueueId>,
}

impl Clients {
    /// How many workers a queue has.
    pub fn workers_of(&self, queue: &QueueId) -> u32 {
        self.workers.get(queue).map_or(0, |(count, _)| *count)
    }

    /// The worker of a queue that connected first, if it has any.
    pub fn a_worker_of(&self, queue: &QueueId) -> Option<&Arc<LastWorker>> {
        self.workers.get(queue).map(|(_, worker)| worker)
    }

    /// Every queue that a client names, once. The queue need not exist.
    pub fn queues(&self) -> impl Iterator<Item = &QueueId> {
        let only_listened = |queue: &&QueueId| !self.workers.contains_key(*queue);
        let listened = self.listened.iter().filter(only_listened);
        self.workers.keys().chain(listened)
    }
}

impl Store {
    /// The connected workers of every queue. `None` if the Redis user may not run CLIENT LIST, which means "unknown", not
    /// "none". A worker whose own name holds a space can't be seen: Redis refuses such client names.
    pub async fn clients(&self) -> Result<Option<Clients>, StoreError> {
        match self.redis.command(redis::cmd("CLIENT").arg("LIST")).await {
            Ok(answer) => {
                let list = reply::text(answer).unwrap_or_default();
                Ok(Some(read(&list, self.redis.database(), &self.prefixes)))
            }
            Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Reads the clients of one database. CLIENT LIST shows all of them, and a queue of the same name in another database is a
/// different queue.
fn read(list: &str, database: i64, prefixes: &[String]) -> Clients {
    let mut clients = Clients::default();
    let database = database.to_string();
    for line in list.lines() {
        let field = |name: &str| {
            line.split(' ')
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        };
        let Some(name) = field("name").filter(|name| !name.is_empty()) else {
            continue;
        };
        if field("db") != Some(database.as_str()) {
            continue;
        }
        match named(name, prefixes) {
            Some((queue, Purpose::Works(name))) => {
                let first = || (0, Arc::new(last_worker(name, field("addr"))));
                clients.workers.entry(queue).or_insert_with(first).0 += 1;
            }
            Some((queue, Purpose::Listens)) => {
                clients.listened.insert(queue);
            }
            None => {}
        }
    }
    clients
}

/// A worker by its name and `10.0.0.7:4242`, `[::1]:4242` or a Unix socket's path with `:0`.
fn last_worker(name: Option<&str>, address: Option<&str>) -> LastWorker {
    let cut = |text: &str| text.chars().take(LONGEST_NAME).collect();
    let host = address.map_or("", |address| {
        address.rsplit_once(':').map_or(address, |(host, _)| host)
    });
    LastWorker {
        name: name.map(cut),
        host: cut(host.trim_matches(['[', ']'])),
    }
}

/// The purpose of a client.
pub(super) enum Purpose<'a> {
    /// It is a worker's, which may have a name.
    Works(Option<&'a str>),
    Listens,
}

/// BullMQ names a worker's blocking connection `{prefix}:{base64 of the queue's name}`, followed by `:w:{name}` if the
/// worker has a name. Its other connection has no name, so each worker counts once. `:qe` marks a listener of events.
pub(super) fn named<'a>(name: &'a str, prefixes: &[String]) -> Option<(QueueId, Purpose<'a>)> {
    prefixes.iter().find_map(|prefix| {
        let rest = name.strip_prefix(prefix.as_str())?.strip_prefix(':')?;
        let (encoded, purpose) = rest.split_once(':').unwrap_or((rest, ""));
        let purpose = match purpose {
            "" => Purpose::Works(None),
            "qe" => Purpose::Listens,
            other => Purpose::Works(Some(other.strip_prefix("w:")?)),
        };
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        Some((QueueId::new(prefix, &decoded).ok()?, purpose))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> QueueId {
        QueueId::new("bull", "email/v2").unwrap()
    }

    #[test]
    fn workers_are_counted_by_queue_and_listeners_are_not() {
        let name = STANDARD.encode("email/v2");
        let list = format!(
            "id=1 addr=x name=bull:{name} db=0 age=1\nid=2 name=bull:{name}:w:mailer-1 db=0\nid=3 name=bull:{name}:qe db=0\nid=4 name= db=0 age=2\nid=5 name=other:{name} db=0\n"
        );
        let clients = read(&list, 0, &["bull".to_owned()]);
        assert_eq!(clients.workers_of(&queue()), 2);
        assert!(clients.queues().all(|named| *named == queue()));
    }

    #[test]
    fn the_worker_that_connected_first_is_named_and_a_long_name_is_cut() {
        let name = STANDARD.encode("email/v2");
        let long = "x".repeat(10_000);
        let told = |list: &str| {
            let clients = read(list, 0, &["bull".to_owned()]);
            let worker = clients.a_worker_of(&queue()).unwrap();
            (worker.name.clone().unwrap_or_default(), worker.host.clone())
        };
        let list = format!(
            "id=2 addr=[::1]:7 name=bull:{name}:w:mailer-1 db=0\nid=3 addr=10.0.0.7:8 name=bull:{name} db=0\n"
        );
        assert_eq!(told(&list), ("mailer-1".to_owned(), "::1".to_owned()));
        let list = format!("id=2 addr=10.0.0.7:8 name=bull:{name}:w:{long} db=0\n");
        assert_eq!(told(&list), ("x".repeat(100), "10.0.0.7".to_owned()));
    }

    #[test]
    fn a_client_of_another_database_is_there_for_another_queue() {
        let name = STANDARD.encode("email/v2");
        let list = format!("id=1 name=bull:{name} db=1\nid=2 name=bull:{name}:qe db=10\n");
        let in_database = |database| read(&list, database, &["bull".to_owned()]);
        assert_eq!(in_database(0), Clients::default());
        assert_eq!(in_database(1).workers_of(&queue()), 1);
        assert_eq!(in_database(10).queues().count(), 1);
    }

    #[test]
    fn a_worker_s_own_name_does_not_say_which_database_it_is_on() {
        let name = STANDARD.encode("email/v2");
        let list = format!("id=1 name=bull:{name}:w:db=0 db=1\n");
        let clients = read(&list, 0, &["bull".to_owned()]);
        assert_eq!(clients, Clients::default());
    }
}
